"""The lists of the work queues: what they open with, whom they let act, on one row and on all that match."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from freedom_id.domain.bulk_acts import work_off_bulk_act
from freedom_id.domain.work_queues import QUEUES
from freedom_id.enums import AuditAction
from freedom_id.models import Account, AuditEntry, BulkAct, BulkActRow, Notice
from tests.freedom_id.admin.conftest import SignedIn, staff
from tests.freedom_id.admin.connections import connect
from tests.freedom_id.models import test_constraints
from tests.freedom_id.models.test_constraints import account_erasure, profile

pytestmark = pytest.mark.django_db
NAMES = ("notice", "profilerequest", "bulkact", "accounterasure")
NOTICES, REQUESTS, BULK, ERASURES = (f"/admin/freedom_id/{name}/" for name in NAMES)
LONG_AGO = timedelta(days=2)


def notice(**columns: Any) -> Notice:
    return test_constraints.notice(**({"channel": "email", "address": "a@mail.example"} | columns))


def shown(browser: Client, address: str) -> list[Any]:
    return list(browser.get(address).context["cl"].result_list)


def three_notices() -> tuple[Notice, Notice, Notice]:
    now = timezone.now()
    waiting, old = notice(), notice(channel="sms", address="+998901234567", created_at=now - LONG_AGO)
    return waiting, old, notice(sent_at=now, created_at=now - timedelta(hours=2))


def test_a_list_opens_with_what_may_need_somebody_the_oldest_first(root: Client) -> None:
    waiting, old, sent = three_notices()
    assert shown(root, NOTICES) == [old, waiting]
    assert shown(root, f"{NOTICES}?stands=all") == [waiting, sent, old]
    assert shown(root, f"{NOTICES}?stands=done") == [sent]
    assert shown(root, f"{NOTICES}?stands=given_up") == [old]
    assert shown(root, f"{NOTICES}?age=1h") == [old]
    assert shown(root, f"{NOTICES}?stands=nonsense&age=nonsense") == [old, sent, waiting]


def test_a_search_and_a_state_by_name_look_everywhere(root: Client) -> None:
    done = profile(state="completed", finished_at=timezone.now())
    assert shown(root, REQUESTS) == []
    assert shown(root, f"{REQUESTS}?q={done.authorization.account_id}") == [done]
    assert shown(root, f"{REQUESTS}?state__exact=completed") == [done]


def test_a_row_says_its_age_its_tries_its_last_fault_and_its_next_try(root: Client) -> None:
    notice(attempts=4, last_error="ReadTimeout", created_at=timezone.now() - timedelta(hours=3))
    text = root.get(NOTICES).content.decode()
    assert [words for words in ("3\xa0hours", "ReadTimeout", ">4<") if words not in text] == []


def test_the_page_of_a_row_offers_what_its_state_allows(root: Client) -> None:
    waiting, old, sent = three_notices()
    offered = [buttons(root.get(f"{NOTICES}{row.pk}/change/")) for row in (waiting, old, sent)]
    assert offered == [["retry", "cancel"], ["replay"], ["replay"]]


def buttons(page: Any) -> list[str]:
    return [act["name"] for act in page.context["acts"]]


def test_an_erasure_is_tried_when_its_day_is_over_begun_anew_when_given_up_and_never_called_off(root: Client) -> None:
    now = timezone.now()
    rows = [
        account_erasure(not_before=now + LONG_AGO, due_at=now + LONG_AGO),
        account_erasure(last_error="legal hold", due_at=now + LONG_AGO),
        account_erasure(state="given_up", last_error="TimeoutError", finished_at=now, attempts=6),
    ]
    offered = [buttons(root.get(f"{ERASURES}{row.pk}/change/")) for row in rows]
    assert offered == [[], ["retry"], ["replay"]]
    assert [label for label, _link in root.get(ERASURES).context["acts_on_all"]] == ["Try now", "Begin anew"]
    page = root.post(ERASURES, {"action": "replay", "_selected_action": rows[2].pk})
    assert "a legal hold puts them off again" in page.content.decode()
    root.post(ERASURES, {"action": "replay", "_selected_action": rows[2].pk, "confirmed": "yes"})
    root.post(f"{ERASURES}all/retry/")
    work_off_bulk_act(str(BulkAct.objects.get().pk))
    outcomes = dict(BulkActRow.objects.values_list("key", "outcome"))
    assert outcomes == {rows[0].pk: "refused", rows[1].pk: "done", rows[2].pk: "done"}
    assert root.post(f"{ERASURES}all/cancel/").status_code == 404


def test_a_bulk_act_is_called_what_its_queue_calls_it(root: Client) -> None:
    account_erasure(state="given_up", last_error="TimeoutError", finished_at=timezone.now(), attempts=6)
    notice(sent_at=timezone.now())
    for queue, label in ((ERASURES, "Begin anew"), (NOTICES, "Send again")):
        page = root.post(f"{queue}all/replay/?stands=all", follow=True).content.decode()
        assert [words for words in ("Begin anew", "Send again") if words in page] == [label]
    listed = root.get(BULK).content.decode()
    assert [listed.count(f'act_name">{label}') for label in ("Begin anew", "Send again")] == [1, 1]


def test_what_is_done_is_sent_again_from_its_page(root: Client) -> None:
    """Its button posts to the list, which opens without such rows."""
    _waiting, _old, sent = three_notices()
    root.post(NOTICES, {"action": "replay", "_selected_action": sent.pk})
    root.post(NOTICES, {"action": "replay", "_selected_action": sent.pk, "confirmed": "yes"})
    sent.refresh_from_db()
    assert sent.sent_at is None


def test_calling_off_asks_first(root: Client) -> None:
    row = notice()
    page = root.post(NOTICES, {"action": "cancel", "_selected_action": row.pk})
    assert "They are given up" in page.content.decode()
    row.refresh_from_db()
    assert row.cancelled_at is None
    root.post(NOTICES, {"action": "cancel", "_selected_action": row.pk, "confirmed": "yes"})
    row.refresh_from_db()
    assert row.cancelled_at is not None


def test_what_a_state_does_not_allow_is_said(root: Client) -> None:
    waiting, _old, sent = three_notices()
    data = {"action": "retry", "_selected_action": [waiting.pk, sent.pk]}
    text = root.post(f"{NOTICES}?stands=all", data, follow=True).content.decode()
    assert "Try now: done with 1 row." in text
    assert "Try now: the state of 1 row does not allow it." in text
    assert [entry.object_key for entry in AuditEntry.objects.all()] == [str(waiting.pk)]


def test_all_that_match_the_filter_are_asked_about_and_then_worked_off(root: Client) -> None:
    three_notices()
    page = root.get(f"{NOTICES}?stands=given_up&channel__exact=sms")
    [address] = [link for label, link in page.context["acts_on_all"] if label == "Send again"]
    assert "1 row matches the filter now." in root.get(address).content.decode()
    assert not BulkAct.objects.exists()
    answer = root.post(address)
    asked = BulkAct.objects.get()
    assert answer.headers["Location"] == f"{BULK}{asked.pk}/change/"
    assert (asked.chosen, asked.total) == ({"state": "given_up", "channel": "sms"}, 1)
    page = root.get(answer.headers["Location"])
    assert (page.headers["Refresh"], buttons(page)) == ("3", ["call_off"])
    work_off_bulk_act(str(asked.pk))
    page = root.get(answer.headers["Location"])
    assert ("Refresh" in page.headers, "1 of 1 rows" in page.content.decode()) == (False, True)


def test_ticking_all_of_a_list_leads_to_the_same_question(root: Client) -> None:
    row = notice()
    data = {"action": "retry", "_selected_action": row.pk, "select_across": "1"}
    answer = root.post(f"{NOTICES}?stands=waiting", data)
    assert answer.headers["Location"] == f"{NOTICES}all/retry/?stands=waiting"


@pytest.mark.parametrize("query", ["q=x", "stands=x", "account__id=1", "kind__exact=fun"])
def test_a_filter_that_cannot_be_acted_on_is_refused(query: str, root: Client) -> None:
    assert root.post(f"{NOTICES}all/retry/?{query}").headers["Location"] == NOTICES
    assert not BulkAct.objects.exists()


@pytest.mark.parametrize("address", [f"{NOTICES}all/delete/", "/admin/freedom_id/onetimecode/all/replay/"])
def test_an_act_that_there_is_not_is_not_found(address: str, root: Client) -> None:
    assert root.get(address).status_code == 404


def test_who_only_looks_acts_on_nothing(clerk: Account, signed_in: SignedIn) -> None:
    clerk.user_permissions.set(Permission.objects.filter(codename="view_notice"))
    browser, row = signed_in(clerk), notice()
    page = browser.get(NOTICES)
    assert (page.context["acts_on_all"], "retry" in page.content.decode()) == ([], False)
    assert browser.post(f"{NOTICES}all/retry/").status_code == 403
    assert buttons(browser.get(f"{NOTICES}{row.pk}/change/")) == []


def test_a_bulk_act_is_seen_and_called_off_by_who_may_do_so_in_its_queue(clerk: Account, signed_in: SignedIn) -> None:
    mine, foreign = (
        BulkAct.objects.create(queue=name, act="retry", requested_by=staff(superuser=True), total=5)
        for name in ("notice", "profilerequest")
    )
    names = ["view_bulkact", "change_bulkact", "view_notice"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
    browser = signed_in(clerk)
    assert shown(browser, BULK) == [mine]
    data = {"action": "call_off", "_selected_action": [mine.pk, foreign.pk]}
    assert "not yours to call off" in browser.post(BULK, data, follow=True).content.decode()
    clerk.user_permissions.add(Permission.objects.get(codename="change_notice"))
    browser.post(BULK, data)
    states = dict(BulkAct.objects.values_list("queue", "state"))
    assert states == {"notice": "cancelled", "profilerequest": "waiting"}
    assert AuditEntry.objects.get(action=AuditAction.BULK_ENDED).actor == clerk
    assert "over already" in browser.post(BULK, data, follow=True).content.decode()


def test_a_bulk_act_is_found_by_a_row_that_it_acted_on(root: Client) -> None:
    row = notice()
    root.post(f"{NOTICES}all/retry/")
    asked = BulkAct.objects.get()
    work_off_bulk_act(str(asked.pk))
    assert shown(root, f"{BULK}?q={row.pk}") == [asked]
    assert shown(root, f"{BULK}?q={asked.pk}") == [asked]
    assert shown(root, f"{BULK}?q=notice") == []


def test_a_queue_costs_the_same_for_one_and_for_three(root: Client) -> None:
    def cost(queue: str) -> int:
        with CaptureQueriesContext(database) as queries:
            root.get(f"/admin/freedom_id/{queue}/?stands=all")
        return len(queries)

    connect()
    cost("notice")  # what is read once per process
    alone = [cost(queue) for queue in QUEUES]
    connect()
    connect()
    assert [cost(queue) for queue in QUEUES] == alone
    assert max(alone) <= 12
