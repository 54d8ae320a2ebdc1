"""The door of checks: each handler parses, asks the caller whom it sees, judges, answers."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest

from consents.api.answers import answering, decisions_answer, error_body
from consents.api.inputs import CheckInput, batch_input, check_input
from consents.domain.callers import Caller, Seen, SeenPerson
from consents.domain.check import ConsentDecision, judge_units
from consents.domain.point_in_time import check_consents_at
from consents.domain.subjects import find_subject
from consents.errors import UnknownAccount


def check(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """`GET check`: one person, now or at a moment."""
    asked = check_input(request)
    accounts = [] if asked.account is None else [asked.account]
    seen = caller.see(accounts, [] if asked.asks_the_past else asked.names)
    person = seen.people.get(asked.account or "")
    if person is None:
        raise UnknownAccount
    decisions = _past(asked, person, seen) if asked.asks_the_past else _present(asked.names, person, seen)
    return {"decisions": decisions_answer(decisions)}


def check_many(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """`POST check`: many people, now; who is not seen has an `error` in place of `decisions`."""
    accounts, names = batch_input(request)
    seen = caller.see(accounts, names)
    return {"subjects": [{"account": account, **_person(seen, account, names)} for account in accounts]}


def _person(seen: Seen, account: str, names: list[str]) -> dict[str, Any]:
    person = seen.people.get(account)
    if person is None:
        unknown = UnknownAccount()
        return error_body(unknown.code, unknown.description)
    return {"decisions": decisions_answer(_present(names, person, seen))}


def _present(names: list[str], person: SeenPerson, seen: Seen) -> Iterable[ConsentDecision]:
    return judge_units(person.units, names=names, scope_key=seen.scope_key).values()


def _past(asked: CheckInput, person: SeenPerson, seen: Seen) -> Iterable[ConsentDecision]:
    return check_consents_at(
        find_subject(person.account_id),
        names=asked.names,
        scope_key=seen.scope_key,
        at=asked.at,
        known_at=asked.known_at,
    ).values()


check_view = answering(GET=check, POST=check_many)
