"""A search in a list of the admin: exactly, in the field's own type, and never with a fault of the server."""

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin import ModelAdmin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consents.models import ConsentTransaction, Purpose
from freedom_id.domain.audit import ADMINISTRATOR
from freedom_id.domain.events import record_event
from freedom_id.enums import EventAction
from freedom_id.models import AccountEvent
from tests.identity_portal.staff.stage import Stage, admins, browser_of, member, stage

pytestmark = pytest.mark.django_db
EVENTS, LEDGER = (f"admin:{name}_changelist" for name in ("freedom_id_accountevent", "consents_consenttransaction"))
WORDS = ["7", str(uuid4()), "192.0.2.1", "é' \\", "9" * 40]


@pytest.fixture
def house() -> Stage:
    return stage()


@pytest.fixture
def browser() -> Client:
    return browser_of(member(ADMINISTRATOR))


def found(browser: Client, list_: str, words: object) -> set[Any]:
    answer: Any = browser.get(reverse(list_), {"q": str(words)})
    return {row.pk for row in answer.context["cl"].result_list}


def test_no_search_casts_a_column_or_fails(browser: Client, house: Stage) -> None:
    for owner in [owner for owner in admins() if any("exact" in field for field in owner.search_fields)]:
        address = reverse(f"admin:{owner.opts.app_label}_{owner.opts.model_name}_changelist")
        for word in WORDS:
            with CaptureQueriesContext(connection) as captured:
                assert browser.get(address, {"q": word}).status_code == 200, (owner, word)
            assert not [one["sql"] for one in captured if "::varchar" in one["sql"] or "CAST(" in one["sql"]], owner


def test_events_are_found_by_the_person_and_by_the_address(browser: Client, house: Stage) -> None:
    account = house.connection.account
    record_event(account, EventAction.CLOSED, ip="2001:db8::7")
    of_hers = set(AccountEvent.objects.filter(account=account).values_list("pk", flat=True))
    at_there = set(AccountEvent.objects.filter(ip="2001:db8::7").values_list("pk", flat=True))
    assert found(browser, EVENTS, account.pk) == found(browser, EVENTS, account.freedom_id) == of_hers
    assert found(browser, EVENTS, "2001:DB8:0::7") == at_there < of_hers
    assert found(browser, EVENTS, f"{account.pk} 2001:db8::7") == at_there
    assert found(browser, EVENTS, f"{account.pk} 192.0.2.99") == found(browser, EVENTS, uuid4()) == set()


def test_the_ledger_is_found_by_person_row_and_purpose(browser: Client, house: Stage) -> None:
    rows = ConsentTransaction.objects.filter(subject=house.subject)
    row = rows.earliest("epoch")
    calls = set(ConsentTransaction.objects.filter(purpose__name="calls").values_list("pk", flat=True))
    assert found(browser, LEDGER, house.subject.pk) == set(rows.values_list("pk", flat=True))
    assert found(browser, LEDGER, row.pk) == {row.pk}
    assert found(browser, LEDGER, "CALL") == calls != set()
    assert found(browser, LEDGER, "nothing") == set()


def test_what_two_names_find_is_listed_once(browser: Client, house: Stage) -> None:
    house.point.purposes.add(Purpose.objects.get(name="news"), Purpose.objects.get(name="calls"))
    answer: Any = browser.get(reverse("admin:consents_collectionpoint_changelist"), {"q": "s"})
    listed = [row.pk for row in answer.context["cl"].result_list]
    assert listed.count(house.point.pk) == 1


def test_an_admin_that_searches_by_itself_keeps_its_search() -> None:
    own = {type(owner) for owner in admins() if type(owner).get_search_results is not ModelAdmin.get_search_results}
    assert own
    assert not [owner for owner in admins() if type(owner) in own and "get_search_results" in vars(owner)]
