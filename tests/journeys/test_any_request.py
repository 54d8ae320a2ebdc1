"""Whatever the OpenAPI document lets people, partners and operators ask: no answer is a 5xx, each is as documented, and
none tells one person of another."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
import schemathesis
from django.db import connection
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from freedom_id.domain.signing_keys import forget_keys
from freedom_id.grants import OPERATOR_SCOPES
from freedom_id.models import Allowance
from tests.journeys.cast import Cast, Someone, cast
from tests.servers.portal import Portal

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
EXAMPLES = int(os.environ.get("EXAMPLES", "300"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CLOSING = "DELETE /identity/v4/accounts/{id}"  # nothing can be asked after it
Draw = Callable[[Any], Any]


@dataclass(frozen=True)
class Caller:
    """`opens` are the (security scheme, scope) that it satisfies; `someone` whose token it shows, of which client."""

    opens: frozenset[tuple[str, str]]
    basic: str = ""
    someone: Someone | None = None
    way: str = ""

    @property
    def header(self) -> str:
        return self.someone.token(self.way) if self.someone else self.basic

    def suits(self, operation: Any) -> bool:
        asked = [way for ways in operation.definition.raw.get("security", []) for way in ways.items()]
        return any((scheme, scope) in self.opens for scheme, scopes in asked for scope in scopes or [""])

    def heard(self, status: int) -> None:
        """A token that was ended by what was asked is got anew for the next request."""
        if self.someone and status == 401:
            self.someone.forget_ended(self.way)


def callers(players: Cast) -> list[Caller]:
    """Everybody, each by every way."""
    tokens = {
        "app": {("person", "openid"), ("person", "account"), ("person", "")},
        "shop": {("person", "openid"), ("person", "consents"), ("person", "")},
        "partner": {("freedomIdToken", "")},
        "refresh": {("freedomIdRefreshToken", "")},
    }
    operated = frozenset(("client", scope) for scope in ("", *OPERATOR_SCOPES))
    found = [Caller(frozenset(opens), "", one, way) for one in players.people for way, opens in tokens.items()]
    found += [Caller(frozenset({("client", "")}), client.basic) for client in (players.partner, players.people[0].shop)]
    return [*found, Caller(operated, players.operator.basic), Caller(frozenset())]


def with_known(value: Any, known: dict[str, list[Any]], draw: Draw, name: str = "") -> Any:
    """The generated value with some of its members replaced by ids, numbers and tokens that there are."""
    if known.get(name) and draw(st.integers(0, 4)):
        return draw(st.sampled_from(known[name]))
    if isinstance(value, dict):
        return {member: with_known(item, known, draw, member) for member, item in value.items()}
    if isinstance(value, list):
        return [with_known(item, known, draw) for item in value]
    return value


def known_request(case: Any, known: dict[str, list[Any]], draw: Draw) -> None:
    """The case with some of what is known in its path, query, headers and body."""
    for part in ("path_parameters", "query", "headers", "body"):
        generated = getattr(case, part)
        if isinstance(generated, Mapping) and generated:
            setattr(case, part, with_known(dict(generated), known, draw))


def told_of_another(answer: Any, someone: Someone) -> set[str]:
    """What is the other person's in the answer, and was not in the request."""
    sent = answer.request
    asked = f"{sent.url} {sent.headers} {sent.body!r}"
    return {mark for mark in someone.others if mark in answer.text and mark not in asked}


def faults_of(case: Any, answer: Any, caller: Caller) -> Iterator[str]:
    try:
        case.validate_response(answer, checks=CHECKS)
    except (FailureGroup, Failure) as error:
        for fault in getattr(error, "exceptions", [error]):
            yield f"{fault.title}: {fault.message}"
    if caller.someone is None:
        return
    if foreign := told_of_another(answer, caller.someone):
        yield f"tells of another: {foreign}"
    if case.path_parameters.get("id") in caller.someone.others and answer.status_code not in (401, 403, 404):
        yield "opens another's account"


@dataclass
class Met:
    """How often each operation gave each status, and each fault once, with the request that met it."""

    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)

    def saw(self, label: str, case: Any, answer: Any, caller: Caller) -> None:
        self.answers[label, answer.status_code] += 1
        caller.heard(answer.status_code)
        for fault in faults_of(case, answer, caller):
            self.faults.setdefault(f"{label} {answer.status_code} {fault}"[:400], case.as_curl_command())

    def report(self) -> None:
        """Seen with `-s`."""
        for (label, status), times in sorted(self.answers.items()):
            print(f"{times:6} {status} {label}")


@pytest.fixture
def players(portal: Portal, settings: Any) -> Iterator[Cast]:
    """On the portal's own issuer, so that tokens that are made here are good there."""
    settings.FREEDOM_ID = settings.FREEDOM_ID | {"ISSUER": portal.url}
    forget_keys()
    yield cast()
    forget_keys()


def test_any_request(portal: Portal, players: Cast) -> None:
    schema = schemathesis.openapi.from_url(f"{portal.url}/api/schema")
    schema.config.generation.update(with_security_parameters=False)
    operations = [found.ok() for found in schema.get_all_operations()]
    operations.sort(key=lambda operation: operation.label == CLOSING)
    met = Met()
    with requests.Session() as session:
        for operation in operations:
            ask_whatever(operation, players, session, met, EXAMPLES // len(operations) + 1)
    connection.close()
    met.report()
    assert met.faults == {}
    assert {status for _label, status in met.answers} >= {200, 400, 401, 403, 404, 422}


def ask_whatever(operation: Any, players: Cast, session: requests.Session, met: Met, examples: int) -> None:
    """So many generated requests of one operation."""
    if "fresh proof" in operation.definition.raw.get("description", ""):
        players.prove()
    modes = [operation.as_strategy(generation_mode=mode) for mode in GenerationMode]
    everybody, known = callers(players), players.values()
    of_one = [known | someone.objects() for someone in players.people]
    suited = [caller for caller in everybody if caller.suits(operation)] or everybody

    @settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.data())
    def ask(data: Any) -> None:
        case = data.draw(st.one_of(modes))
        caller = data.draw(st.sampled_from(suited if data.draw(st.integers(0, 3)) else everybody))
        known_request(case, data.draw(st.sampled_from(of_one)) if caller.someone else known, data.draw)
        Allowance.objects.all().delete()
        headers = {"Authorization": caller.header} if caller.header else {}
        answer = case.call(session=session, headers=headers, timeout=20)
        met.saw(operation.label, case, answer, caller)

    ask()
