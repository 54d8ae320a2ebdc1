"""Typed reading of `settings.FREEDOM_ID`; `freedom_id.E001` refuses keys that are not named here."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.signals import setting_changed

DEFAULTS: dict[str, Any] = {
    "ISSUER": "http://localhost:8000",
    "PII_KEYS": {},
    "DIGEST_KEY": "",
    "CHANNELS": {
        "sms": "freedom_id.channels.console.ConsoleChannel",
        "email": "freedom_id.channels.email.EmailChannel",
    },
    "FALLBACKS": {},
    "ESKIZ": {},
    "TWILIO": {},
    "SMS_PER_DAY": {"": 10_000},
    "FCM": {},
    "IDENTITY_PROVIDERS": {},
    "DEVICE_COOKIE": "device",
    "PROFILE_SOURCES": ["freedom_id.domain.profile_sources.personal"],
    "CALLBACK_NETWORKS": [],
    "TRUSTED_PROXIES": 0,
    "LINK_SECONDS": 600,
    "CODE_SECONDS": 60,
    "ACCESS_TOKEN_SECONDS": 600,
    "REFRESH_TOKEN_IDLE_DAYS": 30,
    "REFRESH_TOKEN_ABSOLUTE_DAYS": 90,
    "ID_TOKEN_SECONDS": 300,
    "SIGNING_KEY_LIFETIME_DAYS": 90,
    "RESTORE_JOURNAL": "",
    "BRAND": {"NAME": "Freedom ID", "STYLE_SHEET": "", "MARK": ""},
    "POLICY_URL": "",
    "TERMS_URL": "",
}


class Conf:
    """`conf.X` reads the live setting, or the default above."""

    def __init__(self) -> None:
        self._given: Mapping[str, Any] | None = None
        setting_changed.connect(self._forget, dispatch_uid="freedom_id.conf")

    def _read(self, key: str) -> Any:
        if self._given is None:
            self._given = cast(Mapping[str, Any], getattr(settings, "FREEDOM_ID", {}))
        return self._given.get(key, DEFAULTS[key])

    def _forget(self, **_kwargs: Any) -> None:
        self._given = None

    @property
    def issuer(self) -> str:
        """Absolute address of the portal without a trailing slash: `iss` of every token and base of every link."""
        return str(self._read("ISSUER"))

    @property
    def pii_keys(self) -> Mapping[str, str]:
        """Key ring for values at rest: key id -> 32 bytes in base64. The first key writes, all read."""
        return cast(Mapping[str, str], self._read("PII_KEYS"))

    @property
    def digest_key(self) -> str:
        """32 bytes in base64: root of every keyed digest (blind indexes, client secrets, codes, successors)."""
        return str(self._read("DIGEST_KEY"))

    @property
    def channels(self) -> Mapping[str, str]:
        """Dotted path of the class that delivers messages, per channel (`sms`, `email`, and if wanted `push`)."""
        return cast(Mapping[str, str], self._read("CHANNELS"))

    @property
    def fallbacks(self) -> Mapping[str, Sequence[str]]:
        """Per channel, what is tried in this order when it does not take a message: dotted paths, or `email` for the
        person's proven address."""
        return cast(Mapping[str, Sequence[str]], self._read("FALLBACKS"))

    @property
    def eskiz(self) -> Mapping[str, str]:
        """`EMAIL`, `PASSWORD` and `SENDER` of the account at Eskiz; `URL` for another address of its API."""
        return cast(Mapping[str, str], self._read("ESKIZ"))

    @property
    def twilio(self) -> Mapping[str, str]:
        """`ACCOUNT_SID`, `AUTH_TOKEN` and `SENDER` of the account at Twilio; `URL` for another address of its API."""
        return cast(Mapping[str, str], self._read("TWILIO"))

    @property
    def sms_per_day(self) -> Mapping[str, int]:
        """Country calling code -> how many SMS may go there in a day; "" stands for every other country."""
        return cast(Mapping[str, int], self._read("SMS_PER_DAY"))

    @property
    def fcm(self) -> Mapping[str, str]:
        """The service account that `freedom_id.channels.fcm.FcmChannel` pushes by."""
        return {"endpoint": "https://fcm.googleapis.com", **cast(Mapping[str, str], self._read("FCM"))}

    @property
    def identity_providers(self) -> Mapping[str, Mapping[str, Any]]:
        """Type of credential (`google_id`, `facebook_id`) -> whose ID tokens bind one: `ISSUER`, `JWKS_URI`, and
        `CLIENT_IDS`, under which our apps are known there."""
        return cast(Mapping[str, Mapping[str, Any]], self._read("IDENTITY_PROVIDERS"))

    @property
    def device_cookie(self) -> str:
        """Name of the cookie by which a browser is known again."""
        return str(self._read("DEVICE_COOKIE"))

    @property
    def profile_sources(self) -> Sequence[str]:
        """Dotted paths of callables `(authorization) -> dict` whose results are merged into the released profile."""
        return cast(Sequence[str], self._read("PROFILE_SOURCES"))

    @property
    def callback_networks(self) -> Sequence[str]:
        """Non-public networks (CIDR) that requests to others' addresses may reach all the same; plain http is allowed
        only there."""
        return cast(Sequence[str], self._read("CALLBACK_NETWORKS"))

    @property
    def trusted_proxies(self) -> int:
        """How many proxies in front of us append to X-Forwarded-For; 0 ignores the header."""
        return int(self._read("TRUSTED_PROXIES"))

    @property
    def link_lifetime(self) -> timedelta:
        return timedelta(seconds=self._read("LINK_SECONDS"))

    @property
    def code_lifetime(self) -> timedelta:
        return timedelta(seconds=self._read("CODE_SECONDS"))

    @property
    def access_token_lifetime(self) -> timedelta:
        return timedelta(seconds=self._read("ACCESS_TOKEN_SECONDS"))

    @property
    def refresh_token_idle(self) -> timedelta:
        return timedelta(days=self._read("REFRESH_TOKEN_IDLE_DAYS"))

    @property
    def refresh_token_absolute(self) -> timedelta:
        return timedelta(days=self._read("REFRESH_TOKEN_ABSOLUTE_DAYS"))

    @property
    def id_token_lifetime(self) -> timedelta:
        return timedelta(seconds=self._read("ID_TOKEN_SECONDS"))

    @property
    def signing_key_lifetime(self) -> timedelta:
        """How long a key signs before the worker puts another in its place."""
        return timedelta(days=self._read("SIGNING_KEY_LIFETIME_DAYS"))

    @property
    def restore_journal(self) -> Path | None:
        """The file beside the database that says what a restored backup must forget; None keeps no journal."""
        path = self._read("RESTORE_JOURNAL")
        return Path(path) if path else None

    @property
    def brand(self) -> Mapping[str, str]:
        """`NAME` of the portal where it names itself; `STYLE_SHEET`, which gives it other colours, and `MARK`, an SVG:
        paths of static files, "" for our own."""
        return {**DEFAULTS["BRAND"], **cast(Mapping[str, str], self._read("BRAND"))}

    @property
    def policy_url(self) -> str:
        """Address of the operator's own privacy policy, "" if it is not shown."""
        return str(self._read("POLICY_URL"))

    @property
    def terms_url(self) -> str:
        """Address of the operator's own terms of use, "" if they are not shown."""
        return str(self._read("TERMS_URL"))


conf = Conf()
