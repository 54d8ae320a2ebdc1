"""oauthlib's questions about clients and requests, answered from our tables. Codes and tokens are not among them: the
grants in `server` hand those to `domain.tokens`."""

from typing import Any

from freedom_id.authorization_server.toolkit import InvalidClientError, OAuth2Validator
from freedom_id.domain.client_secrets import prove_secret
from freedom_id.domain.client_tokens import introspect_client_token, read_client_token
from freedom_id.domain.rfc7523_client_assertion import (
    ASSERTION_TYPE,
    AssertionRefused,
    claimed_client,
    prove_by_assertion,
)
from freedom_id.domain.rfc7662_introspection import introspect
from freedom_id.domain.statements import load_client
from freedom_id.domain.tokens import revoke_token

PRINTABLE_ASCII = range(0x20, 0x7F)


class FreedomIdValidator(OAuth2Validator):
    _loaded: Any = None

    def _load_application(self, client_id: str, request: Any) -> Any:
        """The active client of this id, once for a request. A client id with odd characters is unknown, before the
        database is asked (NUL fails there)."""
        if request.client is not None and request.client.client_id == client_id:
            return request.client
        if not client_id or any(ord(character) not in PRINTABLE_ASCII for character in client_id):
            return None
        client = load_client(client_id)
        request.client = self._loaded = client if client is not None and client.is_usable(request) else None
        return request.client

    def client_authentication_required(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        required: bool = super().client_authentication_required(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        return required or bool(_fields(request).get("client_assertion"))

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        """Once in a request: an assertion is spent by it."""
        fields = _fields(request)
        if fields.get("client_assertion"):
            return self._authenticate_by_assertion(request, fields)
        return bool(super().authenticate_client(request, *args, **kwargs))  # type: ignore[no-untyped-call]

    def _authenticate_by_assertion(self, request: Any, fields: dict[str, str]) -> bool:
        """RFC 7521 §4.2: `client_id` is optional and "MUST identify the same client"."""
        assertion = fields["client_assertion"]
        client_id = claimed_client(assertion)
        if fields.get("client_assertion_type") != ASSERTION_TYPE or (fields.get("client_id") or client_id) != client_id:
            return False
        try:
            prove_by_assertion(self._load_application(client_id, request), assertion)
        except AssertionRefused as error:
            raise InvalidClientError(description=f"client_assertion: {error.reason}", request=request) from None
        return True

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        """The toolkit asks about the present secret of the client that it loaded; the former may live, too."""
        return prove_secret(self._loaded, provided_secret)

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        return grant_type in client.grant_types

    def introspect_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> Any:
        """A public client is not authenticated (RFC 7662 §2.1), so it learns nothing."""
        client = request.client
        own = read_client_token(token)
        if own is not None:
            return introspect_client_token(own, asked_by=client)
        return introspect(token, client_id=client.client_id) if client.client_type == "confidential" else None

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        revoke_token(token, client_id=request.client.client_id)


def _fields(request: Any) -> dict[str, str]:
    """Of the body; oauthlib would mix those of the URL in (RFC 6749 §2.3.1: they "MUST NOT be included")."""
    return dict(request.decoded_body or ())
