from typing import Any

import pytest
from django.contrib.admin import site
from django.utils import timezone

from freedom_id.domain.audit import ADMINISTRATOR
from freedom_id.models import Allowance
from identity_portal.staff import bounded_paginator
from identity_portal.staff.bounded_paginator import BoundedPaginator
from tests.identity_portal.staff.stage import browser_of, member


def test_every_list_is_bounded() -> None:
    assert {(owner.paginator, owner.show_full_result_count) for owner in site._registry.values()} == {
        (BoundedPaginator, False)
    }


@pytest.mark.django_db
def test_a_long_list_is_counted_to_its_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_paginator, "MOST_ROWS", 120)
    now = timezone.now()
    Allowance.objects.bulk_create(Allowance(key=f"many:{n:03}", spent=1, window_ends_at=now) for n in range(300))
    browser = browser_of(member(ADMINISTRATOR))
    answer: Any = browser.get("/admin/freedom_id/allowance/?p=3")
    listed = answer.context["cl"]
    assert (listed.result_count, listed.paginator.num_pages, len(listed.result_list)) == (120, 3, 20)
    assert "at least 120 allowances" in " ".join(answer.content.decode().split())
    none: Any = browser.get("/admin/freedom_id/allowance/?q=nothing")
    assert "at least" not in none.content.decode()
