"""What can go wrong at the doors, as data: one class per row of the error table, with the OAuth name of RFC 6749/6750.

`message` may be shown to everyone, `detail` is for logs only and never leaves the house.
"""

from typing import ClassVar


class FreedomIdError(Exception):
    code: ClassVar[int | None] = 100199
    error: ClassVar[str] = "server_error"
    http_status: ClassVar[int] = 500
    message: ClassVar[str] = "Internal error."

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.message)
        self.detail = detail


class InvalidFields(FreedomIdError):
    """Request fields are invalid. `errors` maps a field (list items as `grants.3`) to its messages."""

    code = None
    error = "invalid_request"
    http_status = 422
    message = "Error validating transmitted data."

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__()
        self.errors = errors


class InvalidCode(FreedomIdError):
    code = 100101
    error = "invalid_grant"
    http_status = 400
    message = "Invalid authorization_code."


class AccessDenied(FreedomIdError):
    code = 100102
    error = "access_denied"
    http_status = 403
    message = "The person refused."


class InvalidLink(FreedomIdError):
    code = 100103
    error = "invalid_request"
    http_status = 410
    message = "The login link is unknown, used or expired."


class InvalidClient(FreedomIdError):
    code = 100104
    error = "invalid_client"
    http_status = 401
    message = "Client authentication failed."


class UnauthorizedClient(FreedomIdError):
    code = 100105
    error = "unauthorized_client"
    http_status = 403
    message = "The client is disabled or not allowed to do this."


class InvalidRedirectUri(FreedomIdError):
    code = 100106
    error = "invalid_request"
    http_status = 400
    message = "The redirect_uri is not registered."


class InvalidToken(FreedomIdError):
    code = 100107
    error = "invalid_token"
    http_status = 401
    message = "The access token is missing, invalid or expired."


class InvalidRefreshToken(FreedomIdError):
    code = 100108
    error = "invalid_grant"
    http_status = 401
    message = "The refresh token is invalid or expired."


class RefreshTokenReused(FreedomIdError):
    code = 100109
    error = "invalid_grant"
    http_status = 401
    message = "The refresh token was used before; its tokens were revoked."


class InsufficientScope(FreedomIdError):
    code = 100110
    error = "insufficient_scope"
    http_status = 403
    message = "The token lacks the grant."


class PkceFailed(FreedomIdError):
    code = 100111
    error = "invalid_grant"
    http_status = 400
    message = "PKCE verification failed."


class AccountUnavailable(FreedomIdError):
    code = 100112
    error = "access_denied"
    http_status = 403
    message = "The account is blocked or closed."


class IdentifierTaken(FreedomIdError):
    code = 100113
    error = "invalid_request"
    http_status = 409
    message = "The phone number or e-mail address is already used."


class RateLimited(FreedomIdError):
    """`retry_after` is in seconds."""

    code = 100129
    error = "temporarily_unavailable"
    http_status = 429
    message = "Too many requests."

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after
