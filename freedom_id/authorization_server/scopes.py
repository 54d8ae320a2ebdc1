"""Which scopes a client may name (RFC 6749 §3.3): its own and, by their codes, its grants; `account` only a client of
the group."""

from typing import Any

from freedom_id.authorization_server.toolkit import BaseScopes
from freedom_id.grants import ACCOUNT, ASKED, SCOPES
from freedom_id.models import PartnerClient


class ClientScopes(BaseScopes):
    def get_all_scopes(self) -> dict[str, str]:
        return {scope: str(ASKED[scope].title) if scope in ASKED else scope for scope in SCOPES}

    def get_available_scopes(
        self, application: PartnerClient | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        allowed = {*application.scopes, *application.grants} if application else set()
        if application and not application.first_party:
            allowed.discard(ACCOUNT)
        return [scope for scope in SCOPES if scope in allowed]

    def get_default_scopes(
        self, application: PartnerClient | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return [scope for scope in ("openid",) if application and scope in application.scopes]
