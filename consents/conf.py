"""Typed reading of `settings.CONSENTS`; `consents.E001` refuses keys that are not named here."""

from collections.abc import Mapping
from typing import Any, cast

from django.conf import settings
from django.core.signals import setting_changed

DEFAULTS: dict[str, Any] = {"CALLER": "consents.domain.callers.refuse_everybody"}


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


conf = Conf()
