"""Nothing but the ledger says yes: a check asks no cache, so none can lie, lag or be missing."""

from typing import Any, NoReturn

import pytest
from django.core.cache.backends.base import BaseCache

from consents.models import Subject
from tests.consents.acts import allow, publish, withdraw
from tests.consents.api.conftest import Door

pytestmark = pytest.mark.django_db


class LyingCache(BaseCache):
    """Has whatever one looks for, and it is always yes."""

    def __init__(self, *_args: Any) -> None:
        super().__init__({})

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return {"allowed": True, "reason": "active"}

    def add(self, *_args: Any, **_kwargs: Any) -> bool:
        return True

    set = touch = delete = has_key = add


class GoneCache(LyingCache):
    def get(self, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise ConnectionError("Redis is down")

    add = set = touch = delete = has_key = get


@pytest.mark.parametrize("cache", [LyingCache, GoneCache])
def test_no_cache_changes_an_answer(cache: type[BaseCache], subject: Subject, door: Door, settings: Any) -> None:
    path = f"{cache.__module__}.{cache.__qualname__}"
    settings.CACHES = {"default": {"BACKEND": path}}
    publish("p")
    assert door.reason() == "none"
    allow(subject, "p")
    assert door.reason() == "active"
    withdraw(subject, "p")
    assert door.reason() == "withdrawn"
    assert door.reason("nonsense") == "unknown_purpose"
