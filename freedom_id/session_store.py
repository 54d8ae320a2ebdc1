"""Sessions in the database, known there by a digest of their key: whoever copies the table holds nobody's session."""

from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.base_session import AbstractBaseSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from freedom_id.sealing import token_digest

COLUMN = 40  # characters that Django's column holds: 160 bits


class SessionStore(db.SessionStore):
    """The browser's cookie has the key, the row its digest. For `SESSION_ENGINE`."""

    def load(self) -> dict[str, Any]:
        rows = Session.objects.filter(pk=_digest(self.session_key or ""), expire_date__gt=timezone.now())
        row = rows.first()
        if row is None:
            self._session_key = None  # a key that is not ours is never taken over
            return {}
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        return super().exists(_digest(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        row = super().create_model_instance(data)
        row.session_key = _digest(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(_digest(key))


def _digest(key: str) -> str:
    return token_digest(key)[:COLUMN]
