"""Typed reading of `settings.CONSENTS`; `consents.E001` refuses keys that are not named here."""

import hmac
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

# Dotted paths are empty for none. A fact of ISO/IEC TS 27560 that is empty is left out of the receipts.
DEFAULTS: dict[str, Any] = {
    "CALLER": "consents.domain.callers.refuse_everybody",
    "SIGNER": "",
    "PUBLIC_KEYS": "",
    "REVOKED_KEYS": "",
    "FIND_ACCOUNT": "consents.domain.on_behalf.account_by_key_or_username",
    "LEDGER_KEY": "",
    "EVIDENCE_KEYS": {},
    "LOCALES": [],
    "EVIDENCE_RETENTION": None,
    "KEEP_WHOLE_IP": False,
    "CONTROLLERS": [],
    "STORAGE_LOCATIONS": [],
    "RETENTION_PERIOD": "",
    "JURISDICTION": "",
    "WITHDRAWAL_METHOD": "",
}

Signer = Callable[[Mapping[str, Any], str], str]
PublicKeys = Callable[[], Sequence[Mapping[str, Any]]]
RevokedKeys = Callable[[], Sequence[tuple[Mapping[str, Any], datetime]]]


class Conf:
    """`conf.X` reads the live setting, or the default above."""

    def __init__(self) -> None:
        self._given: Mapping[str, Any] | None = None
        setting_changed.connect(self._forget, dispatch_uid="consents.conf")

    def _read(self, key: str) -> Any:
        if self._given is None:
            self._given = cast(Mapping[str, Any], getattr(settings, "CONSENTS", {}))
        return self._given.get(key, DEFAULTS[key])

    def _forget(self, **_kwargs: Any) -> None:
        self._given = None

    @property
    def caller(self) -> str:
        """Dotted path of `(request) -> consents.domain.callers.Caller`: who asks at the door of checks."""
        return str(self._read("CALLER"))

    @property
    def find_account(self) -> str:
        """Dotted path of `(text) -> account | None`: whom staff mean by exactly this reference."""
        return str(self._read("FIND_ACCOUNT"))

    @property
    def signer(self) -> Signer | None:
        """`(claims, typ) -> compact JWS`: signs ES256, adds `iss`, names the key by `kid`. None: no receipts."""
        path = self._read("SIGNER")
        return cast(Signer, import_string(path)) if path else None

    @property
    def public_keys(self) -> PublicKeys | None:
        """`() -> public JWKs` of every key that ever signed a receipt."""
        path = self._read("PUBLIC_KEYS")
        return cast(PublicKeys, import_string(path)) if path else None

    @property
    def revoked_keys(self) -> RevokedKeys | None:
        """`() -> (public JWK, when it was revoked)` of keys that signed receipts and are believed no more."""
        path = self._read("REVOKED_KEYS")
        return cast(RevokedKeys, import_string(path)) if path else None

    @property
    def ledger_key(self) -> bytes:
        """32 bytes that chain the ledger's rows, derived from LEDGER_KEY or, without it, from SECRET_KEY."""
        return _derived(self._read("LEDGER_KEY") or "", settings.SECRET_KEY, b"consents.ledger")

    @property
    def evidence_keys(self) -> dict[str, bytes]:
        """32 bytes by key id, derived from EVIDENCE_KEYS or, without them, from SECRET_KEY. The first seals new subject
        keys, the others still open old ones."""
        given = self._read("EVIDENCE_KEYS") or {"site": ""}
        return {name: _derived(key, settings.SECRET_KEY, b"consents.evidence") for name, key in given.items()}

    @property
    def locales(self) -> list[str]:
        """The language tags in which a reviewed version must speak: LOCALES, else the site's LANGUAGES."""
        return list(self._read("LOCALES")) or [code for code, _name in settings.LANGUAGES]

    @property
    def evidence_retention(self) -> timedelta | None:
        """How long evidence is kept after the consents of its submission stopped standing; None: until erasure."""
        return cast("timedelta | None", self._read("EVIDENCE_RETENTION"))

    @property
    def keep_whole_ip(self) -> bool:
        """Whether evidence keeps whole addresses instead of their networks."""
        return bool(self._read("KEEP_WHOLE_IP"))

    @property
    def facts(self) -> dict[str, Any]:
        """What is true of every processing here, under its name in ISO/IEC TS 27560."""
        return {
            "pii_controllers": self._read("CONTROLLERS"),
            "storage_locations": self._read("STORAGE_LOCATIONS"),
            "retention_period": self._read("RETENTION_PERIOD"),
            "jurisdiction": self._read("JURISDICTION"),
            "withdrawal_method": self._read("WITHDRAWAL_METHOD"),
        }


@lru_cache(maxsize=16)
def _derived(key: str, secret_key: str, label: bytes) -> bytes:
    """A key of its own for each use, so that a site may name one secret twice. `key` is base64; "" is SECRET_KEY."""
    return hmac.digest(b64decode(key) if key else secret_key.encode(), label, "sha256")


conf = Conf()
