"""The error tables of the doors, read from the code that raises them, each with what a partner does about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from freedom_id import errors
from freedom_id.errors import FreedomIdError
from freedom_id.identity_v4.errors import MESSAGES

ADVICE: Mapping[type[FreedomIdError], Promise] = {
    FreedomIdError: _("Our fault. Repeat it after a moment; a 503 passes by itself."),
    errors.InvalidFields: _("Correct the fields that “errors” names. This one has no code."),
    errors.InvalidCode: _("A code works once and for a short time. Start again with Link."),
    errors.AccessDenied: _(
        "Comes with the browser, as error_code. Offer another way to sign in; do not ask again at once."
    ),
    errors.InvalidLink: _("The person sees a page. Ask for a new link at each sign-in and never keep one."),
    errors.InvalidClient: _("Compare client_id and secret, and whether the secret was replaced."),
    errors.UnauthorizedClient: _("Ask us to open your client, or ask only for data that it was given."),
    errors.InvalidRedirectUri: _("Send the registered address character for character, or have this one registered."),
    errors.InvalidToken: _("Refresh the tokens. If that fails, sign the person in anew."),
    errors.InvalidRefreshToken: _("The sign-in is over: sign the person in anew."),
    errors.RefreshTokenReused: _("Keep the newest refresh token only, then sign the person in anew."),
    errors.InsufficientScope: _("The person did not agree to this, or stopped it. Go on without it, or ask anew."),
    errors.PkceFailed: _("Send the code_verifier that belongs to the code_challenge of this very Link."),
    errors.AccountUnavailable: _("The account is blocked or closed. Only the person can ask us why."),
    errors.IdentifierTaken: _("None of the six methods answers this."),
    errors.RateLimited: _("Wait for the seconds in Retry-After, then repeat."),
}


@dataclass(frozen=True)
class Row:
    """`code` is None for the row without one; `error` is the name in OAuth, which the Identity door does not use."""

    code: int | None
    status: int
    message: str
    error: str = ""
    advice: Promise | None = None


def partner_api_rows() -> list[Row]:
    """Every class of `freedom_id.errors`, by code."""
    found = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, FreedomIdError)]
    rows = [Row(each.code, each.http_status, each.message, each.error, ADVICE.get(each)) for each in found]
    return sorted(rows, key=lambda row: row.code or 0)


def identity_rows() -> list[Row]:
    """Every code of the Identity door."""
    return [Row(code, code // 100, message) for code, message in sorted(MESSAGES.items())]
