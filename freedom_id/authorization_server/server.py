"""The token endpoint's grants (RFC 6749 §4.1.3, §4.4 and §6, RFC 8693): oauthlib reads the request and authenticates
the client, one domain function does the rest in one commit. Grants that are not here are refused with
`unsupported_grant_type`."""

import json
from typing import Any

from django.utils import timezone
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.endpoints import TokenEndpoint
from oauthlib.oauth2.rfc6749.grant_types.base import GrantTypeBase
from oauthlib.openid import Server

from freedom_id.authorization_server.id_token import sign_id_token
from freedom_id.authorization_server.native_sso import is_native_sso, read_shared_sign_in
from freedom_id.authorization_server.rfc8693_token_exchange import (
    ACCESS_TOKEN,
    GRANT_TYPE,
    exchange_response,
    read_exchange,
)
from freedom_id.authorization_server.rfc8707_resource_indicators import require_own_resources
from freedom_id.domain.client_tokens import issue_client_token, read_client_token
from freedom_id.domain.links import ClientCredentials
from freedom_id.domain.native_sso import draw_device_secret, ds_hash, ds_hash_of, share_sign_in
from freedom_id.domain.rfc9068_access_token import sign_access_token
from freedom_id.domain.token_exchange import exchange_token
from freedom_id.domain.tokens import TokenSet, exchange_code, opaque_access_token, rotate_refresh_token
from freedom_id.enums import AccessTokenFormat
from freedom_id.errors import AccountUnavailable, FreedomIdError, InvalidFields
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
        require_own_resources(_resources(request))
        if not request.code or not request.redirect_uri:
            raise errors.InvalidRequestError(description="code and redirect_uri are required.", request=request)
        tokens = exchange_code(
            ClientCredentials(request.client.client_id, "", ""),
            code=request.code,
            code_verifier=request.code_verifier or "",
            redirect_uri=request.redirect_uri,
            proven=True,
        )
        opaque = is_opaque(request.client)
        device_secret = draw_device_secret(tokens, replaces=dict(request.decoded_body or ()).get("device_secret", ""))
        if not device_secret:
            return token_response(tokens, opaque=opaque)
        body = token_response(tokens, opaque=opaque, ds_hash=ds_hash(device_secret))
        return {**body, "device_secret": device_secret}


class RefreshGrant(OneCommitGrant):
    def issue(self, request: Any) -> dict[str, Any]:
        require_own_resources(_resources(request))
        if not request.refresh_token:
            raise errors.InvalidRequestError(description="refresh_token is required.", request=request)
        tokens = rotate_refresh_token(request.refresh_token, client_id=request.client.client_id)
        return token_response(tokens, opaque=is_opaque(request.client), ds_hash=ds_hash_of(tokens))


class ClientGrant(OneCommitGrant):
    """RFC 6749 §4.4. No refresh token (§4.4.3)."""

    def issue(self, request: Any) -> dict[str, Any]:
        require_own_resources(_resources(request))
        token = issue_client_token(request.client, scope=request.scope or "")
        members = {"token_type": "Bearer", "expires_in": token.expires_in, "scope": token.scope}
        return {"access_token": token.access_token, **members}


class ExchangeGrant(OneCommitGrant):
    """RFC 8693. A BridgePolicy allows it for each audience, not the client's own list of grant types; what Native SSO
    makes of it, the scope `device_sso`."""

    def issue(self, request: Any) -> dict[str, Any]:
        fields = dict(request.decoded_body or ())
        if is_native_sso(fields):
            asked = read_shared_sign_in(fields)
            tokens = share_sign_in(asked, client=request.client)
            answer = token_response(tokens, ds_hash=ds_hash(asked.device_secret))
            return {**answer, "issued_token_type": ACCESS_TOKEN}
        if request.client.client_type != PartnerClient.CLIENT_CONFIDENTIAL:
            raise errors.UnauthorizedClientError(request=request)
        return exchange_response(exchange_token(read_exchange(fields), caller=request.client), fields)

    def validate_grant_type(self, request: Any) -> None:
        """See above."""


class AuthorizationServer(Server):  # type: ignore[misc]
    """The toolkit's server with our four grants, and no others."""

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
                "client_credentials": ClientGrant(request_validator),
                GRANT_TYPE: ExchangeGrant(request_validator),
            },
        )

    def validate_revocation_request(self, request: Any) -> None:
        """RFC 7009 §2.2.1: a token without a row cannot be revoked, so it is not said that it was."""
        super().validate_revocation_request(request)
        if read_client_token(request.token):
            raise errors.UnsupportedTokenTypeError(request=request)


class UnknownGrant(GrantTypeBase):  # type: ignore[misc]
    """RFC 6749 §5.2: a missing `grant_type` is `invalid_request`, one that is not offered `unsupported_grant_type`."""

    def create_token_response(self, request: Any, token_handler: Any) -> Answer:
        kind = errors.UnsupportedGrantTypeError if request.grant_type else errors.InvalidRequestError
        error = kind(request=request)
        return self._get_default_headers(), error.json, error.status_code


def _resources(request: Any) -> list[str]:
    return [value for name, value in request.decoded_body or () if name == "resource"]


def is_opaque(client: PartnerClient) -> bool:
    return client.access_token_format == AccessTokenFormat.OPAQUE


def token_response(tokens: TokenSet, *, opaque: bool = False, ds_hash: str = "") -> dict[str, Any]:
    """RFC 6749 §5.1 and OIDC Core §3.1.3.3; a refresh token only for `offline_access` (OIDC Core §11), and
    not for what the person shares just once."""
    now, expires = int(timezone.now().timestamp()), int(tokens.access_expires.timestamp())
    scopes = tokens.scope.split()
    access_token = opaque_access_token(tokens) if opaque else _signed(tokens, now, expires)
    body: dict[str, Any] = {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": expires - now,
        "scope": tokens.scope,
    }
    if "offline_access" in scopes and tokens.is_refreshable:
        body["refresh_token"] = tokens.refresh_token
    if "openid" in scopes:
        body["id_token"] = sign_id_token(tokens, access_token=access_token, ds_hash=ds_hash)
    return body


def _signed(tokens: TokenSet, now: int, expires: int) -> str:
    return sign_access_token(
        sub=tokens.subject,
        client_id=tokens.client_id,
        jti=tokens.jti,
        scope=tokens.scope,
        issued_at=now,
        expires_at=expires,
        auth_time=int(tokens.authenticated_at.timestamp()),
    )


def error_response(error: FreedomIdError) -> dict[str, Any]:
    """RFC 6749 §5.2, where a code or token of a blocked account is an invalid grant."""
    code = "invalid_grant" if isinstance(error, AccountUnavailable) else error.error
    description = error.message
    if isinstance(error, InvalidFields):
        description = " ".join(f"{field}: {' '.join(texts)}" for field, texts in error.errors.items())
    return {"error": code, "error_description": description}


def error_status(error: FreedomIdError) -> int:
    """RFC 6749 §5.2: 400, but 401 for client authentication, 403 for a consent and 429 for limits."""
    return error.http_status if error.error in OWN_STATUS else 400
