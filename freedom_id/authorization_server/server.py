"""The token endpoint's grants (RFC 6749 §4.1.3 and §6, RFC 8693): oauthlib reads the request and authenticates the
client, one domain function does the rest in one commit. Grants that are not here are refused with
`unsupported_grant_type`."""

import json
from typing import Any

from django.utils import timezone
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.endpoints import TokenEndpoint
from oauthlib.oauth2.rfc6749.grant_types.base import GrantTypeBase
from oauthlib.openid import Server

from freedom_id.authorization_server.id_token import sign_id_token
from freedom_id.authorization_server.rfc8693_token_exchange import GRANT_TYPE, exchange_response, read_exchange
from freedom_id.domain.links import ClientCredentials
from freedom_id.domain.rfc9068_access_token import sign_access_token
from freedom_id.domain.token_exchange import exchange_token
from freedom_id.domain.tokens import TokenSet, exchange_code, rotate_refresh_token
from freedom_id.errors import FreedomIdError, InvalidFields
from freedom_id.models import PartnerClient

OWN_STATUS = {"invalid_client", "consent_required", "temporarily_unavailable"}
Answer = tuple[dict[str, str], str, int]


class OneCommitGrant(GrantTypeBase):  # type: ignore[misc]
    """Judge the request as oauthlib does, then let `issue` do everything at once."""

    def issue(self, request: Any) -> dict[str, Any]:
        """The body that answers this grant, or an error of oauthlib's or the domain's."""
        raise NotImplementedError

    def create_token_response(self, request: Any, token_handler: Any) -> Answer:
        headers = self._get_default_headers()
        try:
            self._authenticate(request)
            body = self.issue(request)
        except errors.OAuth2Error as error:
            headers.update(error.headers)
            return headers, error.json, error.status_code
        except FreedomIdError as error:
            headers.update({"Retry-After": str(error.retry_after)} if hasattr(error, "retry_after") else {})
            return headers, json.dumps(error_response(error)), error_status(error)
        return headers, json.dumps(body), 200

    def _authenticate(self, request: Any) -> None:
        if self.request_validator.client_authentication_required(request):
            if not self.request_validator.authenticate_client(request):
                raise errors.InvalidClientError(request=request)
        elif not self.request_validator.authenticate_client_id(request.client_id, request):
            raise errors.InvalidClientError(request=request)
        if not request.client.is_usable(request):
            raise errors.UnauthorizedClientError(request=request)
        self.validate_grant_type(request)


class CodeGrant(OneCommitGrant):
    def issue(self, request: Any) -> dict[str, Any]:
        if not request.code or not request.redirect_uri:
            raise errors.InvalidRequestError(description="code and redirect_uri are required.", request=request)
        tokens = exchange_code(
            ClientCredentials(request.client.client_id, "", ""),
            code=request.code,
            code_verifier=request.code_verifier or "",
            redirect_uri=request.redirect_uri,
            proven=True,
        )
        return token_response(tokens)


class RefreshGrant(OneCommitGrant):
    def issue(self, request: Any) -> dict[str, Any]:
        if not request.refresh_token:
            raise errors.InvalidRequestError(description="refresh_token is required.", request=request)
        return token_response(rotate_refresh_token(request.refresh_token, client_id=request.client.client_id))


class ExchangeGrant(OneCommitGrant):
    """RFC 8693. A BridgePolicy allows it for each audience, not the client's own list of grant types."""

    def issue(self, request: Any) -> dict[str, Any]:
        if request.client.client_type != PartnerClient.CLIENT_CONFIDENTIAL:
            raise errors.UnauthorizedClientError(request=request)
        fields = dict(request.decoded_body or ())
        return exchange_response(exchange_token(read_exchange(fields), caller=request.client), fields)

    def validate_grant_type(self, request: Any) -> None:
        """See above."""


class AuthorizationServer(Server):  # type: ignore[misc]
    """The toolkit's server with our three grants, and no others."""

    def __init__(self, request_validator: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(request_validator, *args, **kwargs)
        TokenEndpoint.__init__(
            self,
            default_grant_type="",
            default_token_type=self.bearer,
            grant_types={
                "": UnknownGrant(request_validator),
                "authorization_code": CodeGrant(request_validator),
                "refresh_token": RefreshGrant(request_validator),
                GRANT_TYPE: ExchangeGrant(request_validator),
            },
        )


class UnknownGrant(GrantTypeBase):  # type: ignore[misc]
    """RFC 6749 §5.2: a missing `grant_type` is `invalid_request`, one that is not offered `unsupported_grant_type`."""

    def create_token_response(self, request: Any, token_handler: Any) -> Answer:
        kind = errors.UnsupportedGrantTypeError if request.grant_type else errors.InvalidRequestError
        error = kind(request=request)
        return self._get_default_headers(), error.json, error.status_code


def token_response(tokens: TokenSet) -> dict[str, Any]:
    """RFC 6749 §5.1 and OIDC Core §3.1.3.3; a refresh token only for `offline_access` (OIDC Core §11)."""
    now, expires = int(timezone.now().timestamp()), int(tokens.access_expires.timestamp())
    scopes = tokens.scope.split()
    access_token = sign_access_token(
        sub=str(tokens.freedom_id),
        client_id=tokens.client_id,
        jti=tokens.jti,
        scope=tokens.scope,
        issued_at=now,
        expires_at=expires,
        auth_time=int(tokens.authenticated_at.timestamp()),
    )
    body: dict[str, Any] = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": expires - now,
        "scope": tokens.scope,
    }
    if "offline_access" in scopes:
        body["refresh_token"] = tokens.refresh_token
    if "openid" in scopes:
        body["id_token"] = sign_id_token(tokens, access_token=access_token)
    return body


def error_response(error: FreedomIdError) -> dict[str, Any]:
    """RFC 6749 §5.2."""
    description = error.message
    if isinstance(error, InvalidFields):
        description = " ".join(f"{field}: {' '.join(texts)}" for field, texts in error.errors.items())
    return {"error": error.error, "error_description": description}


def error_status(error: FreedomIdError) -> int:
    """RFC 6749 §5.2: 400, but 401 for client authentication, 403 for a consent and 429 for limits."""
    return error.http_status if error.error in OWN_STATUS else 400
