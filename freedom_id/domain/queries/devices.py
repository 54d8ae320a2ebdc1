from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from freedom_id.domain.devices import FRESH, Asking
from freedom_id.models import Account, Device, RefreshToken


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """A device in a person's list. `client_id` and `client_name` are of the app, None and "" for a browser;
    `signed_in` is false for one that is only listed because it is trusted."""

    id: UUID
    model: str
    model_name: str
    client_id: int | None
    client_name: str
    trusted: bool
    current: bool
    signed_in: bool
    last_seen: datetime


def devices_of(account: Account, *, current: Device | None) -> list[DeviceLine]:
    """Where the person is signed in, and what she trusts; the device that asks first, then as last seen. One query.

    An app was last seen when it last got tokens, a browser when somebody last signed in there.
    """
    tokens = RefreshToken.objects.filter(family=OuterRef("family")).order_by("-created")
    live = Q(client__isnull=True) | Q(family__isnull=False, family__ended_at__isnull=True)
    listed = Q(live, signed_out_at__isnull=True) | Q(trusted_at__isnull=False)
    rows = Device.objects.filter(listed, account=account).select_related("client", "family")
    rows = rows.defer("push_token", "client__logo", "client__callback_key").annotate(
        token_at=Subquery(tokens.values("created")[:1])
    )
    lines = [device_line(row, current=current) for row in rows]
    return sorted(lines, key=lambda line: (line.current, line.last_seen, line.id), reverse=True)


def may_trust_itself(account: Account, *, by: Asking) -> bool:
    """Whether the device that asks may become the account's first trusted one."""
    fresh = by.authenticated_at is not None and timezone.now() - by.authenticated_at <= FRESH
    return fresh and not Device.objects.filter(account=account, trusted_at__isnull=False).exists()


def device_line(row: Device, *, current: Device | None) -> DeviceLine:
    """One device as it stands in the list."""
    token_at: datetime | None = getattr(row, "token_at", None)
    live = row.client is None or (row.family is not None and row.family.ended_at is None)
    return DeviceLine(
        id=row.pk,
        model=row.model,
        model_name=row.model_name,
        client_id=row.client_id,
        client_name=row.client.name if row.client else "",
        trusted=row.trusted_at is not None,
        current=row == current,
        signed_in=row.signed_out_at is None and live,
        last_seen=max(row.last_seen, token_at) if token_at else row.last_seen,
    )
