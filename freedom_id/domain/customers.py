"""People by phone number, for clients that serve them at a counter or a call centre. Every look-up is counted and
journalled. A client may enclose the number in a token that only it and we can read, so that no address tells it."""

import orjson
from django.utils import timezone

from freedom_id.domain.events import record_event
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.rate_limits import CUSTOMER_LOOK_UPS, spend_allowance
from freedom_id.domain.rfc7516_jwe import InvalidJwe, decrypt_direct
from freedom_id.enums import AccountStatus, CustomerChannel, EventAction
from freedom_id.models import Account, Credential, PartnerClient
from freedom_id.sealing import expand

KEY_BYTES = 32
OLDEST = 300  # seconds
FUTURE_SKEW = 60


class UnreadableNumber(ValueError):
    """Not a number that this client enclosed lately."""


def look_up_key(client: PartnerClient) -> bytes:
    """What staff hands to the client (`./run reference_key --customers`)."""
    return expand(client.client_id, "customer-look-up", KEY_BYTES)


def enclosed_number(client: PartnerClient, token: str) -> str:
    """The text of `mobile` in a compact JWE of `{"mobile", "client_id", "iat"}`, which names this client and is at most
    five minutes old. It may come again in that time: it only reads, and each reading is counted. Raises
    UnreadableNumber."""
    try:
        told = orjson.loads(decrypt_direct(token, look_up_key(client)))
        mobile, named, made_at = told["mobile"], told["client_id"], told["iat"]
    except (InvalidJwe, orjson.JSONDecodeError, KeyError, TypeError):
        raise UnreadableNumber("not readable") from None
    if str(named) not in {str(client.pk), client.client_id} or not isinstance(mobile, str):
        raise UnreadableNumber("not of this client")
    if not isinstance(made_at, int) or not -FUTURE_SKEW <= timezone.now().timestamp() - made_at <= OLDEST:
        raise UnreadableNumber("not of now")
    return mobile


def look_up_customer(client: PartnerClient, number: Identifier, *, channel: CustomerChannel, ip: str) -> Account | None:
    """The active account that proved `number`; None for every other number, whatever the reason. Raises RateLimited."""
    spend_allowance(CUSTOMER_LOOK_UPS, str(client.pk))
    proven = Credential.objects.verified().filter(value_index=number.index)
    accounts = Account.objects.filter(status=AccountStatus.ACTIVE, pk__in=proven.values("account"))
    account = accounts.only("firstname", "lastname", "status").first()
    record_event(account, EventAction.LOOKED_UP, client=client, ip=ip, channel=channel)
    return account
