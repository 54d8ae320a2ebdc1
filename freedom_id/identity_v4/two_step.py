"""Row 8 of docs/identity-v4-api.md: a second factor for what the first one asks."""

from freedom_id.client_address import client_ip
from freedom_id.domain.devices import device_named, device_of
from freedom_id.domain.two_step import Answer, Asked, answer_challenge, ask_second_factor, read_challenge
from freedom_id.identity_v4.callers import requested_client
from freedom_id.identity_v4.device_answers import answered_item, asked_item, challenge_item
from freedom_id.identity_v4.device_inputs import Question, Reply, two_step_call
from freedom_id.identity_v4.devices import THE_PERSONS, asking_of
from freedom_id.identity_v4.door import Call, Operation
from freedom_id.identity_v4.envelope import Module, success
from freedom_id.identity_v4.inputs import path_uuid

MODULE = Module.TWO_STEP


def post(call: Call) -> str:
    read = two_step_call(call.request)
    return _ask(call, read) if isinstance(read, Question) else _answer(call, read)


def read(call: Call) -> str:
    challenge = read_challenge(call.account, path_uuid(call.captured, "challenge"))
    family = call.caller.family
    asks = (challenge.asking_client_id, challenge.family_id) == (call.caller.client.pk, family.pk if family else None)
    return success(MODULE, data=challenge_item(challenge, with_picture=asks))


def _ask(call: Call, asked: Question) -> str:
    """The device that asks is the one of the token; an operator names it."""
    family = call.caller.family
    challenge = ask_second_factor(
        Asked(
            account=call.account,
            asking_client=call.caller.client,
            client=requested_client(call.caller, asked.client_id, THE_PERSONS, field="client_id_requested"),
            family=family,
            device=device_of(family) if family else device_named(call.account, asked.device_ids),
            device_model=asked.device_model,
            device_model_name=asked.device_model_name,
            act=asked.act,
            ip=client_ip(call.request),
            locale=call.locale,
        ),
        asked.method,
    )
    return success(MODULE, data=asked_item(challenge))


def _answer(call: Call, reply: Reply) -> str:
    answer = Answer(
        by=asking_of(call),
        asking_client=call.caller.client,
        family=call.caller.family,
        approved=reply.approved,
        device_id=reply.device_id,
        number=reply.number,
        picture=reply.picture,
        code=reply.code,
        trust=reply.trust,
    )
    return success(MODULE, data=answered_item(answer_challenge(call.account, reply.challenge_id, answer)))


TWO_STEP_POST = Operation(post, THE_PERSONS)
TWO_STEP_GET = Operation(read, THE_PERSONS)
