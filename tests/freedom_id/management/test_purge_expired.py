from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from freedom_id.models import Allowance


@pytest.mark.django_db
def test_it_says_how_much_was_past_its_time() -> None:
    now = timezone.now()
    for hours in (1, 100):
        Allowance.objects.create(key=f"sign-in:{hours}", spent=1, window_ends_at=now - timedelta(hours=hours))
    Allowance.objects.create(key="sign-in:live", spent=1, window_ends_at=now + timedelta(hours=1))
    for deleted in (2, 0):
        out = StringIO()
        call_command("purge_expired", stdout=out)
        assert out.getvalue() == f"{deleted} rows deleted.\n"
    assert Allowance.objects.get().key == "sign-in:live"
