"""States as badges, moments with their age, and lists that say that they are empty."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone, translation

from freedom_id.domain.accounts import block_account
from freedom_id.domain.audit import ADMINISTRATOR
from freedom_id.models import Account
from identity_portal.staff.cells import age_of, badge
from tests.factories.people import person
from tests.identity_portal.staff.stage import browser_of, member

pytestmark = pytest.mark.django_db
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def root() -> Client:
    return browser_of(member(ADMINISTRATOR))


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (-timedelta(seconds=20), "0 min ago"),
        (-59 * MINUTE, "59 min ago"),
        (-HOUR, "1 h ago"),
        (-47 * HOUR, "47 h ago"),
        (-2 * DAY, "2 d ago"),
        (-30 * DAY, "30 d ago"),
        (-31 * DAY, ""),
        (15 * MINUTE, "in 15 min"),
        (3 * HOUR, "in 3 h"),
        (9 * DAY, "in 9 d"),
        (400 * DAY, ""),
    ],
    ids=lambda value: str(value) or "-",
)
def test_an_age_is_one_number_while_it_is_easier_to_read_than_a_date(distance: timedelta, said: str) -> None:
    with translation.override("en"):
        assert age_of(distance) == said


@pytest.mark.parametrize(
    ("value", "tone"),
    [("active", "good"), ("queued", "waiting"), ("dead", "bad"), ("closed", "plain"), ("new", "plain")],
)
def test_a_state_has_a_tone_and_its_label(value: str, tone: str) -> None:
    assert badge(value, "<Label>") == f'<span class="badge {tone}">&lt;Label&gt;</span>'


@pytest.mark.parametrize("path", ["", "{}/change/"], ids=["list", "row"])
def test_a_state_and_a_moment_are_dressed_in_the_list_and_on_the_page_of_a_row(path: str, root: Client) -> None:
    account = person()
    block_account(account)
    Account.objects.filter(pk=account.pk).update(created_at=timezone.now() - 3 * HOUR)
    text = root.get(f"/admin/freedom_id/account/{path.format(account.pk)}").content.decode()
    assert '<span class="badge bad">Blocked</span>' in text
    created = Account.objects.get(pk=account.pk).created_at
    assert f'<time datetime="{created.isoformat(timespec="seconds")}">' in text
    assert '<span class="age">3 h ago</span>' in text


def test_an_empty_list_says_what_will_stand_there_and_a_search_that_nothing_matches(root: Client) -> None:
    address = "/admin/freedom_id/partnerclient/"
    assert "No partner yet." in root.get(address).content.decode()
    for query in ("?q=x", "?status__exact=closed"):
        text = root.get(address + query).content.decode()
        assert "Nothing matches." in text
        assert "No partner yet." not in text


def test_filters_come_before_the_rows_and_name_what_was_chosen(root: Client) -> None:
    person()
    text = root.get("/admin/freedom_id/account/?status__exact=active").content.decode()
    assert text.index('id="filters"') < text.index('id="result_list"') < text.index('class="actions"')
    assert "<summary>Status: <b>Active</b></summary>" in text


def test_a_dangerous_act_looks_like_one(root: Client) -> None:
    text = root.get(f"/admin/freedom_id/account/{person().pk}/change/").content.decode()
    assert '<button type="submit" name="action" value="block" class="danger">' in text
