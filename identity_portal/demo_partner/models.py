import secrets
import uuid

from django.db import models
from django.utils import timezone

IN_POPUP = "popup."


def draw_state() -> str:
    return secrets.token_urlsafe(32)


class Visit(models.Model):
    """One person's visit to the shop: begun at the button, then with what Freedom ID answered.

    Tokens stay on the server; the browser holds the visit's id in a signed cookie. They lie here in clear because the
    shop is invented: a real one encrypts them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=64, default=draw_state, editable=False)
    code_verifier = models.CharField(max_length=64, default=draw_state, editable=False)
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    returned_at = models.DateTimeField(null=True, blank=True)
    token_id = models.UUIDField(null=True, blank=True, db_index=True)
    access_token = models.CharField(max_length=255, blank=True, default="")
    refresh_token = models.CharField(max_length=255, blank=True, default="")
    access_expire_at = models.DateTimeField(null=True, blank=True)
    grants = models.JSONField(default=list, blank=True)
    profile_request_id = models.UUIDField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"visit {self.pk}"

    @property
    def in_popup(self) -> bool:
        return self.state.startswith(IN_POPUP)
