from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.messages.storage.cookie import CookieStorage
from django.http import HttpRequest
from django.test import RequestFactory

from tests.consents.conftest import new_account


@pytest.fixture
def by_superuser(rf: RequestFactory, db: None) -> Callable[..., HttpRequest]:
    """A request of somebody whom only the admin's own rules stop."""
    staff = new_account()
    staff.is_staff = staff.is_superuser = True
    staff.save()

    def request(method: str = "get", **data: Any) -> HttpRequest:
        made = getattr(rf, method)("/admin/", data)
        made.user = staff
        made._messages = CookieStorage(made)
        made._dont_enforce_csrf_checks = True
        return made

    return request
