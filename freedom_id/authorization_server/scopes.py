"""The toolkit's questions about scopes, answered by `domain.asked_data`."""

from typing import Any

from freedom_id.authorization_server.toolkit import BaseScopes
from freedom_id.domain.asked_data import allowed_scopes
from freedom_id.grants import ASKED, SCOPES
from freedom_id.models import PartnerClient


class ClientScopes(BaseScopes):
    def get_all_scopes(self) -> dict[str, str]:
        return {scope: str(ASKED[scope].title) if scope in ASKED else scope for scope in SCOPES}

    def get_available_scopes(
        self, application: PartnerClient | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return allowed_scopes(application) if application else []

    def get_default_scopes(
        self, application: PartnerClient | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return [scope for scope in ("openid",) if application and scope in application.scopes]
