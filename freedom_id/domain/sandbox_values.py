"""Values by which a client in the sandbox meets each error of the error table, through the doors as they are:
`sandbox-<code>` as `state` of Link (two of them wait for the browser) and as the code of Token, and
`sandbox-<code>-<client_id>` as the token of Refresh, Info and Profile. For a live client they are values like any
other; they are looked at where a request would fail anyway, or where a client in the sandbox asks."""

from collections.abc import Iterator
from dataclasses import dataclass

from freedom_id import errors
from freedom_id.enums import ClientStage, ClientStatus
from freedom_id.errors import AccessDenied, FreedomIdError, InvalidFields, InvalidLink, RateLimited
from freedom_id.models import PartnerClient

PREFIX = "sandbox-"
WITHOUT_A_CODE = "422"
WAIT_SECONDS = 30
AT_THE_BROWSER = (AccessDenied, InvalidLink)  # the person sees these, or they come back with the browser
KINDS: dict[str, type[FreedomIdError]] = {
    str(kind.code or WITHOUT_A_CODE): kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, FreedomIdError)
}


@dataclass(frozen=True)
class MagicValue:
    value: str
    code: str
    message: str
    at_the_browser: bool


def magic_values() -> Iterator[MagicValue]:
    """All, in the order of their codes."""
    for code, kind in sorted(KINDS.items()):
        yield MagicValue(f"{PREFIX}{code}", code, kind.message, kind in AT_THE_BROWSER)


def kind_asked(value: str) -> type[FreedomIdError] | None:
    """Which error a magic value asks for."""
    return KINDS.get(value.removeprefix(PREFIX)) if value.startswith(PREFIX) else None


def raise_at_link(client_id: str, state: str) -> None:
    """Raises the error that `state` asks for, unless it is one for the browser."""
    kind = kind_asked(state)
    if kind and kind not in AT_THE_BROWSER and _is_in_sandbox(client_id):
        raise _error(kind)


def asks_at_browser(client: PartnerClient, state: str) -> type[FreedomIdError] | None:
    """Which error the person's way through our pages is to end with."""
    kind = kind_asked(state) if client.stage == ClientStage.SANDBOX else None
    return kind if kind in AT_THE_BROWSER else None


def raise_at_code(client_id: str, code: str) -> None:
    """For a code that is none."""
    kind = kind_asked(code)
    if kind and _is_in_sandbox(client_id):
        raise _error(kind)


def raise_at_token(token: str) -> None:
    """For a token that is none; it names its client after the error."""
    code, _dash, client_id = token.removeprefix(PREFIX).partition("-")
    if token.startswith(PREFIX) and code in KINDS and _is_in_sandbox(client_id):
        raise _error(KINDS[code])


def _is_in_sandbox(client_id: str) -> bool:
    return PartnerClient.objects.filter(
        client_id=client_id, stage=ClientStage.SANDBOX, status=ClientStatus.ACTIVE
    ).exists()


def _error(kind: type[FreedomIdError]) -> FreedomIdError:
    if kind is InvalidFields:
        return InvalidFields({"sandbox": ["As you asked."]})
    if kind is RateLimited:
        return RateLimited(WAIT_SECONDS)
    return kind("asked by a sandbox value")
