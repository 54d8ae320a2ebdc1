"""The door of checks: each handler parses, asks the caller whom it sees, calls one function of the domain, answers."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from consents.api.answers import answering, decisions_answer, error_body, history_answer, receipt_answer
from consents.api.cursor import cursor_at
from consents.api.inputs import CheckInput, batch_input, check_input, history_input
from consents.domain.callers import Caller, Seen
from consents.domain.check import ConsentDecision, judge_units
from consents.domain.point_in_time import check_accounts_at
from consents.domain.queries.history import history_seen_by
from consents.domain.queries.receipts import receipt_with
from consents.errors import UnknownAccount, UnknownReceipt

Judged = dict[Any, Iterable[ConsentDecision]]


def check(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """`GET check`: one person, now or at a moment."""
    asked = check_input(request)
    seen = _see(asked, caller)
    person = seen.person(asked.accounts[0] if asked.accounts else None)
    return {"decisions": decisions_answer(_judged(asked, seen)[person.account_id])}


def check_many(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """`POST check`: many people, now or at a moment; who is not seen has an `error` in place of `decisions`."""
    asked = batch_input(request)
    seen = _see(asked, caller)
    judged = _judged(asked, seen)
    return {"subjects": [{"account": account, **_person(seen, account, judged)} for account in asked.accounts]}


def history(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """`GET history`: what one person decided, as far as it is the caller's business, newest first."""
    asked = history_input(request)
    seen = caller.see([] if asked.account is None else [asked.account], [])
    person = seen.person(asked.account)
    rows = history_seen_by(seen.scope_key, person.account_id, names=asked.names, before=asked.before)
    found = list(rows[: asked.limit + 1])
    page = found[: asked.limit]
    return {
        "history": history_answer(page, seen.scope_key),
        "next": cursor_at(page[-1].epoch) if len(found) > asked.limit else None,
    }


def receipt(request: HttpRequest, caller: Caller, receipt_id: str) -> HttpResponse:
    """`GET receipts/{id}`: the receipt as it was stored, for its recipient; a token has those of its person."""
    seen = caller.see([], [])
    try:
        number = UUID(receipt_id)
    except ValueError:
        raise UnknownReceipt
    found = receipt_with(seen.scope_key, number, account_id=seen.own.account_id if seen.own else None)
    if found is None:
        raise UnknownReceipt
    return receipt_answer(request, found.document, found.jws)


def _see(asked: CheckInput, caller: Caller) -> Seen:
    """The past is read from the ledger: no need for what stands now."""
    return caller.see(asked.accounts, [] if asked.asks_the_past else asked.names)


def _judged(asked: CheckInput, seen: Seen) -> Judged:
    """The decisions about everybody seen, by the account's primary key."""
    people = seen.people.values()
    if not asked.asks_the_past:
        return {
            person.account_id: judge_units(person.units, names=asked.names, scope_key=seen.scope_key).values()
            for person in people
        }
    past = check_accounts_at(
        [person.account_id for person in people],
        names=asked.names,
        scope_key=seen.scope_key,
        at=asked.at,
        known_at=asked.known_at,
    )
    return {account_id: decisions.values() for account_id, decisions in past.items()}


def _person(seen: Seen, account: str, judged: Judged) -> dict[str, Any]:
    try:
        person = seen.person(account)
    except UnknownAccount as error:
        return error_body(error.code, error.description)
    return {"decisions": decisions_answer(judged[person.account_id])}


check_view = answering(GET=check, POST=check_many)
history_view = answering(GET=history)
receipt_view = answering(GET=receipt)
