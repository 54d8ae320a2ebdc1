"""One request of a partner, explained: the rules by their names, what came of each, and where it stopped."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from freedom_id.authorization_server.authorize import STEPS
from freedom_id.domain import consent_requests, links, tokens
from freedom_id.domain.accounts import sign_out_by_staff
from freedom_id.domain.purge import REQUESTS_KEPT, purge_expired
from freedom_id.domain.queries.decision_explained import LINKS, STANDARD_DOOR, Explanation, Verdict, explain_request
from freedom_id.models import Account, AuthorizationRequest, PartnerClient
from freedom_id.views import browser_session
from tests.compliance.conftest import account, fresh_keys, registered, walk
from tests.compliance.standard_door import obtain_code, request_url
from tests.factories.people import phone_of
from tests.journeys.walk import FreedomWalk

__all__ = ["account", "fresh_keys", "registered", "walk"]
pytestmark = pytest.mark.django_db
GRANTS = ("read.firstname", "read.phone")
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def link(walk: FreedomWalk, registered: tuple[PartnerClient, str]) -> str:
    return walk.link(registered[0].client_id, registered[1], grants=GRANTS)


def explained() -> Explanation:
    return explain_request(AuthorizationRequest.objects.select_related("client", "account").latest("created_at"))


def step(explanation: Explanation, rule: str) -> Any:
    [found] = [one for one in explanation.steps if one.rule == rule]
    return found


def facts(explanation: Explanation, rule: str) -> dict[str, Any]:
    return {str(fact.label): fact.value for fact in step(explanation, rule).facts}


def test_the_rules_are_named_as_the_functions_that_hold_them() -> None:
    assert list(STANDARD_DOOR) == [rule.__name__ for rule in STEPS]
    assert all(hasattr(links, rule) for rule in LINKS)
    assert all(hasattr(consent_requests, rule) for rule in ("question_for", "allow", "refuse", "_issue_code"))
    assert hasattr(browser_session, "is_stale")
    assert hasattr(browser_session, "is_expected")
    assert hasattr(tokens, "exchange_code")


def test_an_agreement_is_told_from_the_request_to_the_tokens(
    walk: FreedomWalk, registered: tuple[PartnerClient, str], account: Account, link: str
) -> None:
    page = walk.sign_in(link, phone_of(account))
    answer = walk.consent(page, grants=["read.phone"])
    with CaptureQueriesContext(connection) as queries:
        told = explained()
    assert (told.stopped_at, len(queries)) == (None, 11)
    assert [one.rule for one in told.steps][:3] == list(LINKS)
    assert "Signed in" in facts(told, "prove_by_…")
    asked = facts(told, "question_for")
    assert {str(value) for label, value in asked.items() if label != "Page shown"} == {"never answered"}
    decision = step(told, "allow")
    assert {words.title for words in decision.words} >= {"First name", "Phone number"}
    assert all(words.text and words.evidence_id for words in decision.words)
    assert {row for fact in decision.facts if fact.row for row in [fact.row[0]]} == {"consents.consenttransaction"}
    assert step(told, "exchange_code").verdict is Verdict.NONE
    credentials = links.ClientCredentials(registered[0].client_id, registered[1], "192.0.2.1")
    tokens.exchange_code(credentials, code=answer.returned["authorization_code"])
    assert step(explained(), "exchange_code").verdict is Verdict.PASSED
    sign_out_by_staff(account)
    assert facts(explained(), "exchange_code")["Why it ended"] == "The person signed out"


def test_a_refusal_stops_at_the_decision_and_has_the_words_that_were_shown(
    walk: FreedomWalk, account: Account, link: str
) -> None:
    walk.consent(walk.sign_in(link, phone_of(account)), "deny")
    told = explained()
    assert told.stopped_at == step(told, "refuse")
    assert facts(told, "refuse")["Outcome"] == "Refused by the person"
    assert step(told, "refuse").words
    assert step(told, "_issue_code").verdict is Verdict.WAITED


def test_a_failed_sign_in_stops_there_and_says_why(walk: FreedomWalk, account: Account, link: str) -> None:
    walk.sign_in(link, phone_of(account), "wrong")
    told = explained()
    assert told.stopped_at == step(told, "prove_by_…")
    assert [fact.value for fact in told.stopped_at.facts] == ["Sign-in failed: Wrong password"]
    assert step(told, "question_for").verdict is Verdict.WAITED


def test_a_page_that_was_left_stops_at_the_decision(walk: FreedomWalk, account: Account, link: str) -> None:
    walk.sign_in(link, phone_of(account))
    told = explained()
    assert told.stopped_at == step(told, "allow")
    assert "Page shown" in facts(told, "question_for")
    assert told.request.account == account
    with time_machine.travel(told.request.expires_at):
        assert facts(explained(), "allow")["Over since"] == told.request.expires_at


def test_what_an_earlier_consent_answered_names_the_rows_that_stood(
    walk: FreedomWalk, registered: tuple[PartnerClient, str], account: Account
) -> None:
    obtain_code(walk, registered[0], account)
    assert walk.get(request_url(registered[0])).returned["code"]
    told = explained()
    assert (told.stopped_at, told.request.outcome) == (None, "stood")
    assert "active" in {str(value) for value in facts(told, "question_for").values()}
    assert step(told, "allow").words
    assert [one.rule for one in told.steps][: len(STEPS)] == [rule.__name__ for rule in STEPS]


def test_an_account_that_was_blocked_on_the_page_stops_there(walk: FreedomWalk, account: Account, link: str) -> None:
    walk.sign_in(link, phone_of(account))
    Account.objects.filter(pk=account.pk).update(status="blocked")
    told = explained()
    assert told.stopped_at == step(told, "_require_active")


def test_a_request_is_explained_for_a_week(link: str) -> None:
    request = AuthorizationRequest.objects.get()
    for moment, kept in (
        (request.expires_at + REQUESTS_KEPT - A_MINUTE, True),
        (request.expires_at + REQUESTS_KEPT, False),
    ):
        with time_machine.travel(moment, tick=False):
            purge_expired()
        assert AuthorizationRequest.objects.exists() == kept
