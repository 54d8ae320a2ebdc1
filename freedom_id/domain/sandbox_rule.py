"""Whom a client may meet: in the sandbox its own test persons alone, and outside of it everybody but them."""

from collections.abc import Sequence

from freedom_id.enums import ClientStage
from freedom_id.errors import UnauthorizedClient
from freedom_id.models import PartnerClient, SandboxPerson


class NotForThisPerson(UnauthorizedClient):
    """A person at a client that is being tried out, or a test person anywhere else."""


def may_meet(client: PartnerClient, account_id: int) -> bool:
    home = SandboxPerson.objects.filter(account_id=account_id).values_list("client_id", flat=True).first()
    return home == client.pk if client.stage == ClientStage.SANDBOX else home is None


def operator_scopes_of(client: PartnerClient) -> Sequence[str]:
    """What the client may do by itself: nothing in the sandbox, for it would be done to everybody's accounts."""
    return () if client.stage == ClientStage.SANDBOX else client.operator_scopes


def require_meeting(client: PartnerClient, account_id: int) -> None:
    """Raises NotForThisPerson."""
    if not may_meet(client, account_id):
        raise NotForThisPerson(client.stage)
