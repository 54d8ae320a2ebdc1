"""Rows 3 to 7 of docs/identity-v4-api.md: each parses, calls one domain function, answers."""

from collections.abc import Iterable, Mapping

from consents.domain.collection_points import points_of
from consents.domain.queries.answers import PurposeAnswer, answers_at
from consents.domain.subjects import find_subject
from consents.enums import Actor
from freedom_id.client_address import client_ip
from freedom_id.domain.asked_data import IDENTITY_DOOR
from freedom_id.domain.consent_transactions import Relay, allow_purposes, withdraw_purposes
from freedom_id.domain.queries.connected_apps import connected_apps
from freedom_id.grants import ACCOUNT, CHECK_CONSENTS, CONSENTS, OPERATE_ACCOUNTS
from freedom_id.identity_v4.answers import app_items, consent_items, purpose_items
from freedom_id.identity_v4.callers import requested_client, require_scope
from freedom_id.identity_v4.door import Call, Operation
from freedom_id.identity_v4.envelope import Module, success
from freedom_id.identity_v4.errors import IdentityError
from freedom_id.identity_v4.inputs import (
    allowed_purposes,
    asked_names,
    client_reference,
    repeatable_request,
    withdrawn_purposes,
)

MODULE = Module.CONSENTS_AND_APPS
BEYOND_ITSELF = frozenset({ACCOUNT, OPERATE_ACCOUNTS})
THE_PERSON = "useracct"  # the word of published samples for the person herself


def read_consents(call: Call) -> str:
    """Row 3: whatever the client's open collection points ask, and what the person answered."""
    client = requested_client(call.caller, client_reference(call.request), {OPERATE_ACCOUNTS})
    names = asked_names(call.request)
    answers = answers_at(
        points_of(client.client_id),
        subject=find_subject(call.account.pk),
        scope_key=client.client_id,
        locale=call.locale,
    )
    return success(MODULE, content=consent_items(_chosen(answers, names), client))


def allow(call: Call) -> str:
    """Row 4."""
    client = requested_client(call.caller, client_reference(call.request), BEYOND_ITSELF)
    purposes = allowed_purposes(call.request)
    return allow_purposes(call.account, client, purposes=purposes, locale=call.locale, by=_relay(call))


def withdraw(call: Call) -> str:
    """Row 5. Who withdrew is who asks; `withdrawnBy` is recorded for an operator and believed of nobody."""
    client = requested_client(call.caller, client_reference(call.request), BEYOND_ITSELF)
    purpose_ids, withdrawn_by = withdrawn_purposes(call.request)
    beyond_itself = bool(call.caller.scopes & BEYOND_ITSELF)
    by = _relay(call, withdrawn_by)
    return withdraw_purposes(call.account, client, purpose_ids=purpose_ids, by=by, any_purpose=beyond_itself)


def read_collection_point(call: Call) -> str:
    """Row 6: what the client of the token may ask on its own pages, and what the person answered."""
    client = call.caller.client
    points = points_of(client.client_id, name=IDENTITY_DOOR)
    if not points:
        raise IdentityError(40400)
    subject = find_subject(call.account.pk)
    answers = answers_at(points, subject=subject, scope_key=client.client_id, locale=call.locale)
    chosen = _chosen(answers, asked_names(call.request))
    [point] = points
    return success(MODULE, collectionPointId=point.pk, version=point.version, purposes=purpose_items(chosen, client))


def read_apps(call: Call) -> str:
    """Row 7."""
    return success(MODULE, report_dashboard=0, data=app_items(connected_apps(call.account)))


def _chosen(answers: Mapping[str, PurposeAnswer], names: list[str] | None) -> Iterable[PurposeAnswer]:
    """Those of the names, in the order asked, each once. An unknown name is an error: silence would read as a no."""
    if names is None:
        return answers.values()
    if unknown := [name for name in names if name not in answers]:
        raise IdentityError(40001, errors={"names": [f"Unknown: {name[:50]!a}." for name in unknown]})
    return [answers[name] for name in dict.fromkeys(names)]


def _relay(call: Call, asked_by: str = "") -> Relay:
    caller, ip, answer = call.caller, client_ip(call.request), success(MODULE, report_dashboard=0)
    request = repeatable_request(call.request, caller=caller.client.client_id)
    if caller.person is None:
        actor_ref = "/".join(filter(None, [caller.client.client_id, asked_by]))
        return Relay(Actor.STAFF, actor_ref, ip, answer, request=request)
    if asked_by not in {"", THE_PERSON, str(caller.person.pk), str(caller.person.freedom_id)}:
        require_scope(caller, {OPERATE_ACCOUNTS})
    return Relay(Actor.SELF, caller.client.client_id, ip, answer, caller.authorization_id, request)


CONSENTS_GET = Operation(read_consents, frozenset({CONSENTS, CHECK_CONSENTS, OPERATE_ACCOUNTS}))
ALLOW_POST = Operation(allow, frozenset({CONSENTS, ACCOUNT, OPERATE_ACCOUNTS}))
WITHDRAW_PUT = Operation(withdraw, frozenset({CONSENTS, ACCOUNT, OPERATE_ACCOUNTS}))
COLLECTION_POINT_GET = Operation(read_collection_point, frozenset({CONSENTS}))
APPS_GET = Operation(read_apps, frozenset({ACCOUNT, OPERATE_ACCOUNTS}))
