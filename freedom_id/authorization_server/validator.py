"""oauthlib's questions about clients and requests, answered from our tables. Codes and tokens are not among them: the
grants in `server` hand those to `domain.tokens`."""

from typing import Any

from django.utils import timezone

from freedom_id.authorization_server.toolkit import OAuth2Validator
from freedom_id.domain.partner_clients import secret_matches
from freedom_id.domain.rfc7662_introspection import introspect
from freedom_id.domain.tokens import revoke_token

PRINTABLE_ASCII = range(0x20, 0x7F)


class FreedomIdValidator(OAuth2Validator):
    def _load_application(self, client_id: str, request: Any) -> Any:
        """A client id with odd characters is unknown, before the database is asked (NUL fails there)."""
        if not client_id or any(ord(character) not in PRINTABLE_ASCII for character in client_id):
            return None
        self._loaded = super()._load_application(client_id, request)  # type: ignore[no-untyped-call]
        return self._loaded

    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        """The toolkit asks about the present secret of the client that it loaded; the former may live, too."""
        return secret_matches(provided_secret, *self._loaded.live_secrets(timezone.now()))

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Any, request: Any, *args: Any, **kwargs: Any
    ) -> bool:
        return grant_type in client.grant_types

    def introspect_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> Any:
        """A client without a secret is not authenticated (RFC 7662 §2.1), so it learns nothing."""
        client = request.client
        return introspect(token, client_id=client.client_id) if client.client_type == "confidential" else None

    def revoke_token(self, token: str, token_type_hint: str, request: Any, *args: Any, **kwargs: Any) -> None:
        revoke_token(token, client_id=request.client.client_id)
