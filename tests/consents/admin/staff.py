"""Staff at a browser, with exactly the rights named."""

from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client

from tests.consents.conftest import new_account
from tests.factories.staff import browser_of


def browser(*rights: str, superuser: bool = False) -> Client:
    """Signed in just now; `rights` are code names of this app's permissions. The account is `client.staff`."""
    staff = new_account()
    staff.is_staff, staff.is_superuser = True, superuser
    staff.save()
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="consents", codename__in=rights))
    assert staff.user_permissions.count() == len(rights)
    client: Any = browser_of(staff)
    client.staff = staff
    return client
