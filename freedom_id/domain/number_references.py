"""How a client that operates accounts may name a phone number without telling it in an address: HMAC-SHA256 of the
number in E.164 under a key of its own. The key is derived from the server's, so nothing of it is stored; the digests
of proven numbers are, because nobody can turn one back into a number."""

import hmac

from django.db.models import Exists, OuterRef

from freedom_id.enums import AccountStatus, ClientStatus, CredentialType
from freedom_id.grants import OPERATE_ACCOUNTS
from freedom_id.models import Credential, NumberReference, PartnerClient
from freedom_id.sealing import expand

KEY_BYTES = 32
AT_A_TIME = 2000


def reference_key(client: PartnerClient) -> bytes:
    """What staff hands to the client (`./run reference_key`)."""
    return expand(client.client_id, "number-reference", KEY_BYTES)


def number_reference(client: PartnerClient, number: str) -> bytes:
    """What the client calls the number."""
    return hmac.digest(reference_key(client), number.encode(), "sha256")


def credential_named(client: PartnerClient, reference: bytes) -> Credential | None:
    """The proven number of an active account that the client calls so, with its account."""
    numbers = Credential.objects.verified().select_related("account").filter(account__status=AccountStatus.ACTIVE)
    named = NumberReference.objects.filter(client=client, digest=reference.hex())
    numbers = numbers.only("value", "value_index", "account__status", "account__locale")
    return numbers.filter(pk__in=named.values("credential")).first()


def index_new_numbers() -> None:
    """Write down what each client that operates accounts calls the numbers proven since; the sweep does it, so a new
    number can be named within a minute."""
    for client in PartnerClient.objects.filter(status=ClientStatus.ACTIVE).exclude(operator_scopes=[]):
        if OPERATE_ACCOUNTS in client.operator_scopes:
            index_numbers(client, at_most=AT_A_TIME)


def index_numbers(client: PartnerClient, *, at_most: int | None = None) -> None:
    """Write down what `client` calls every proven number that it has no name for yet."""
    named = NumberReference.objects.filter(client=client, credential=OuterRef("pk"))
    numbers = Credential.objects.verified().filter(~Exists(named), type=CredentialType.MOBILE)
    rows = [_reference(client, number) for number in numbers.only("value")[:at_most]]
    NumberReference.objects.bulk_create(rows, batch_size=AT_A_TIME, ignore_conflicts=True)


def _reference(client: PartnerClient, number: Credential) -> NumberReference:
    return NumberReference(client=client, credential=number, digest=number_reference(client, number.value).hex())
