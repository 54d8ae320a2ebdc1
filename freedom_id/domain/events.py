from uuid import UUID

from freedom_id.enums import CustomerChannel, EventAction, SignInFailure, SignInMethod
from freedom_id.models import Account, AccountEvent, PartnerClient


def record_event(
    account: Account | int | None,
    action: EventAction,
    *,
    client: PartnerClient | int | None = None,
    actor: int | None = None,
    ip: str | None = None,
    channel: CustomerChannel | None = None,
    method: SignInMethod | None = None,
    reason: SignInFailure | None = None,
    track_id: UUID | None = None,
) -> AccountEvent:
    """Write one line of the account's security journal, in the caller's transaction. `client` is whom it is about,
    `actor` the id of the client that did it, where that is another; `channel` is of look-ups alone, `method` of
    sign-ins, `reason` of failed ones; `track_id` names the AuthorizationRequest in the course of which it happened."""
    return AccountEvent.objects.create(
        account_id=account.pk if isinstance(account, Account) else account,
        action=action,
        client_id=client if isinstance(client, int) or client is None else client.pk,
        actor_id=actor,
        ip=ip,
        channel=channel or "",
        method=method or "",
        reason=reason or "",
        track_id=track_id,
    )
