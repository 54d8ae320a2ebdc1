"""Resource indicators (RFC 8707). The one resource that access tokens are issued for are our own doors, as their
metadata names them (RFC 9728); a token for the API of another client is exchanged (RFC 8693)."""

from collections.abc import Iterable

from freedom_id.conf import conf
from freedom_id.domain.token_exchange import TargetRefused


def require_own_resources(resources: Iterable[str]) -> None:
    """Raises TargetRefused for any resource but our doors (§2, `invalid_target`); none at all means them too."""
    if any(resource != conf.issuer for resource in resources):
        raise TargetRefused("resource")
