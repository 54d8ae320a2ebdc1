"""Every error of this door (docs/identity-v4-api.md): `code` is the HTTP status × 100 + n."""

from collections.abc import Mapping, Sequence
from typing import Any

from consents.errors import ConsentsError, KeyReused
from freedom_id.domain.authenticators import WrongCode
from freedom_id.domain.credentials import LastCredential, ProofSpent, UnknownCredential
from freedom_id.domain.devices import DeviceKnown, DeviceUnknown, SecondFactorNeeded
from freedom_id.domain.provider_keys import ProviderUnavailable
from freedom_id.domain.sign_ups import PasswordKnown
from freedom_id.domain.step_up import FreshProofNeeded
from freedom_id.domain.two_step import ChallengeClosed, ChallengeUnknown, ProofWrong
from freedom_id.errors import (
    FreedomIdError,
    IdentifierTaken,
    InvalidClient,
    InvalidFields,
    InvalidToken,
    RateLimited,
)

MESSAGES = {
    40000: "The request is malformed.",
    40001: "Fields are invalid.",
    40100: "An access token or client credentials are needed.",
    40101: "The access token is invalid or expired.",
    40102: "The client credentials are wrong.",
    40300: "You may not do this.",
    40301: "The person has to consent first.",
    40302: "A second factor is needed.",
    40400: "Not found.",
    40500: "Method not allowed.",
    40901: "There is one like this already.",
    40902: "This is the last way to sign in.",
    41001: "It has expired, or was used already.",
    41300: "The body is too large.",
    42201: "The code is wrong.",
    42202: "A purpose is unknown, retired or not asked at this collection point.",
    42203: "The idempotency key belongs to another request.",
    42301: "Too many wrong tries.",
    42900: "Too many requests.",
    50000: "Internal error.",
    50300: "Temporarily unavailable, please repeat.",
}
CHALLENGES = {
    40100: 'Bearer, Basic realm="freedom-id"',
    40101: 'Bearer error="invalid_token"',
    40102: 'Basic realm="freedom-id"',
}
# What a row's domain refuses -> the code that says so.
CODES: Mapping[type[Exception], int] = {
    InvalidToken: 40101,
    InvalidClient: 40102,
    KeyReused: 42203,
    FreshProofNeeded: 40302,
    SecondFactorNeeded: 40302,
    UnknownCredential: 40400,
    DeviceUnknown: 40400,
    ChallengeUnknown: 40400,
    DeviceKnown: 40901,
    IdentifierTaken: 40901,
    PasswordKnown: 40901,
    LastCredential: 40902,
    ProofSpent: 41001,
    ChallengeClosed: 41001,
    WrongCode: 42201,
    RateLimited: 42900,
    ProviderUnavailable: 50300,
}
Errors = Mapping[str, Sequence[str]]


class IdentityError(Exception):
    """An answer that is a refusal. `errors` maps a field (list items as `purposes.3`) to its messages; `payload` is
    what the row answers all the same, `body` what it says in place of the envelope."""

    def __init__(
        self,
        code: int,
        *,
        errors: Errors | None = None,
        headers: Mapping[str, str] | None = None,
        payload: Mapping[str, Any] | None = None,
        body: str = "",
    ) -> None:
        super().__init__(MESSAGES[code])
        self.code, self.message, self.http_status = code, MESSAGES[code], code // 100
        self.errors, self.payload, self.body = errors or {}, payload or {}, body
        self.headers = {**({"WWW-Authenticate": CHALLENGES[code]} if code in CHALLENGES else {}), **(headers or {})}


def refusal_of(error: IdentityError | FreedomIdError | ConsentsError) -> IdentityError:
    """What was refused, in the words of this door."""
    match error:
        case IdentityError():
            return error
        case RateLimited() | ProviderUnavailable():
            return IdentityError(CODES[type(error)], headers={"Retry-After": str(error.retry_after)})
        case InvalidFields():
            return IdentityError(40001, errors=error.errors)
        case ProofWrong():
            return IdentityError(42301 if error.declined else 42201)
        case _ if type(error) in CODES:
            return IdentityError(CODES[type(error)])
        case ConsentsError():
            return IdentityError(42202, errors={"purposes": [error.description]})
        case FreedomIdError(http_status=403):  # a blocked account, a suspended client
            return IdentityError(40300)
    return IdentityError(50000)
