from dataclasses import dataclass
from uuid import UUID

from freedom_id.domain.devices import browser_digest
from freedom_id.domain.identifiers import Identifier, mask_text
from freedom_id.enums import AccountStatus, CredentialType
from freedom_id.models import Credential, Device

MOST_OFFERED = 5


@dataclass(frozen=True, slots=True)
class OfferedAccount:
    """An account that signed in at a browser. `device_id` is what the page calls it; `name` is masked, "" without one;
    `identifier` is the main number, else the main address."""

    device_id: UUID
    account_id: int
    name: str
    identifier: Identifier


def accounts_at_browser(key: str) -> list[OfferedAccount]:
    """Who signed in at the browser that holds `key` and was neither forgotten there nor signed out from elsewhere; the
    last first, five at most. None who may not sign in, and none without a number or address. Two queries."""
    rows = Device.objects.filter(browser=browser_digest(key), account__status=AccountStatus.ACTIVE)
    rows = rows.only("account__firstname", "account__lastname").select_related("account")
    devices = list(rows.order_by("-last_seen", "pk")[:MOST_OFFERED])
    mains = Credential.objects.filter(account__in=[device.account_id for device in devices], is_primary=True)
    contacts: dict[int, Identifier] = {}
    for account_id, kind, value in mains.order_by("type").values_list("account_id", "type", "value"):
        contacts[account_id] = Identifier(CredentialType(kind), value)  # of two the later: "email" < "mobile"
    return [
        OfferedAccount(device.pk, device.account_id, _masked_name(device), contacts[device.account_id])
        for device in devices
        if device.account_id in contacts
    ]


def _masked_name(device: Device) -> str:
    names = (device.account.firstname, device.account.lastname)
    return " ".join(mask_text(name) for name in names if name)
