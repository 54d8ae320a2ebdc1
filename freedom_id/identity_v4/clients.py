"""Row 11 of docs/identity-v4-api.md: the clients that an operator makes. A secret is in the answer that drew it and
nowhere else."""

from collections.abc import Mapping

from freedom_id.domain.client_secrets import revoke_previous_secret, rotate_secret
from freedom_id.domain.client_status import resume_client, suspend_client
from freedom_id.domain.operator_clients import made_client, made_clients, register_applications
from freedom_id.enums import ClientStatus
from freedom_id.grants import MANAGE_CLIENTS
from freedom_id.identity_v4.answers import client_items
from freedom_id.identity_v4.door import ClientCall, ClientOperation
from freedom_id.identity_v4.envelope import Module, success
from freedom_id.identity_v4.errors import IdentityError
from freedom_id.identity_v4.inputs import after_client, applications_of
from freedom_id.models import PartnerClient

MODULE = Module.CLIENTS
OPENED_BY = frozenset({MANAGE_CLIENTS})
PAGE = 100
UNREAD = ("logo", "callback_key", "previous_callback_key")  # large, or sealed


def create_clients(call: ClientCall) -> str:
    made = register_applications(call.caller.client, *applications_of(call.request))
    secrets = {client.pk: secret for client, secret in made}
    return success(MODULE, report_dashboard=0, data=client_items([client for client, _secret in made], secrets))


def list_clients(call: ClientCall) -> str:
    """The oldest first, at most 100; `next` is what `?after=` takes for those that follow."""
    after = after_client(call.request)
    rows = list(made_clients(call.caller.client).defer(*UNREAD).filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    page = rows[:PAGE]
    following = page[-1].pk if len(rows) > PAGE else None
    return success(MODULE, report_dashboard=0, data=client_items(page), next=following)


def rotate(call: ClientCall) -> str:
    """The present secret works for 7 more days."""
    client = _own(call)
    return _told(client, {client.pk: rotate_secret(client)})


def revoke_previous(call: ClientCall) -> str:
    client = _own(call)
    revoke_previous_secret(client)
    return _told(client)


def suspend(call: ClientCall) -> str:
    client = _own(call)
    suspend_client(client, by=call.caller.client)
    return _told(client)


def resume(call: ClientCall) -> str:
    """What staff suspended, staff alone resumes."""
    client = _own(call)
    resume_client(client, by=call.caller.client)
    if client.status != ClientStatus.ACTIVE:
        raise IdentityError(40300)
    return _told(client)


def _own(call: ClientCall) -> PartnerClient:
    client = made_client(call.caller.client, call.captured["client"])
    if client is None:
        raise IdentityError(40400)
    return client


def _told(client: PartnerClient, secrets: Mapping[int, str] | None = None) -> str:
    [item] = client_items([client], secrets)
    return success(MODULE, report_dashboard=0, data=item)


CREATE_POST = ClientOperation(create_clients, OPENED_BY, status=201)
LIST_GET = ClientOperation(list_clients, OPENED_BY)
SECRET_POST = ClientOperation(rotate, OPENED_BY)
PREVIOUS_SECRET_DELETE = ClientOperation(revoke_previous, OPENED_BY)
SUSPEND_POST = ClientOperation(suspend, OPENED_BY)
RESUME_POST = ClientOperation(resume, OPENED_BY)
