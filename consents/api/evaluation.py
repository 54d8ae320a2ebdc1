"""OpenID AuthZEN Authorization API 1.0 over the same checks: may the caller use the data of this account for this
purpose? Fields that it does not need (`context`, `properties`) are ignored, as the specification asks."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from consents.api.answers import answering
from consents.api.inputs import MAX_NAMES, MAX_SUBJECTS, account_reference, json_object, purpose_name
from consents.domain.callers import Caller, Seen
from consents.domain.check import judge_units
from consents.errors import InvalidRequest, UnknownAccount

ENTITIES = {"subject": ("type", "account"), "action": ("name", "use"), "resource": ("type", "purpose")}


def evaluate(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Access Evaluation: one question, one decision. An account that is not seen is a denial, not an error."""
    account, name = _question(json_object(request))
    return _decision(caller.see([account], [name]), account, name)


def evaluate_many(request: HttpRequest, caller: Caller) -> dict[str, Any]:
    """Access Evaluations: members of the body are defaults of its `evaluations`, which all are executed. Without any,
    the body is a single question."""
    body = json_object(request)
    alone = body.get("evaluations") in (None, [])
    items = [{}] if alone else body["evaluations"]
    if not isinstance(items, list) or len(items) > MAX_SUBJECTS or not all(isinstance(item, dict) for item in items):
        raise InvalidRequest(f"evaluations must be at most {MAX_SUBJECTS} objects.")
    options = body.get("options", {})
    if not isinstance(options, dict) or options.get("evaluations_semantic", "execute_all") != "execute_all":
        raise InvalidRequest("The only evaluations_semantic is execute_all.")
    questions = [_question({**body, **item}) for item in items]
    accounts, names = list({account for account, _name in questions}), list({name for _account, name in questions})
    if len(names) > MAX_NAMES:
        raise InvalidRequest(f"At most {MAX_NAMES} purposes may be asked at once.")
    seen = caller.see(accounts, names)
    decisions = [_decision(seen, account, name) for account, name in questions]
    return decisions[0] if alone else {"evaluations": decisions}


def _question(body: Mapping[str, Any]) -> tuple[str, str]:
    """Account and purpose. Raises InvalidRequest."""
    for entity, (member, known) in ENTITIES.items():
        value = body.get(entity)
        if not isinstance(value, dict) or value.get(member) != known:
            raise InvalidRequest(f"{entity}.{member} must be {known!r}.")
    return account_reference(body["subject"].get("id"), "subject.id"), purpose_name(
        body["resource"].get("id"), "resource.id"
    )


def _decision(seen: Seen, account: str, name: str) -> dict[str, Any]:
    person = seen.people.get(account)
    if person is None:
        return {"decision": False, "context": {"reason": UnknownAccount().code}}
    decision = judge_units(person.units, names=[name], scope_key=seen.scope_key)[name]
    return {"decision": decision.allowed, "context": {"reason": decision.reason.value}}


evaluation_view = answering(POST=evaluate)
evaluations_view = answering(POST=evaluate_many)
