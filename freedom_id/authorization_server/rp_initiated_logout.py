"""A client's wish that the person signs out here (OpenID Connect RP-Initiated Logout 1.0 §2)."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from django.http import QueryDict

from freedom_id.authorization_server.authorize import LONGEST_STATE, UntrustedRequest, refuse_odd_input
from freedom_id.authorization_server.id_token import claims_of_id_token
from freedom_id.models import AuthorizationRequest, PartnerClient

PARAMETERS = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """`client` is None when nobody says who asks; then there is no address to return to, either."""

    client: PartnerClient | None
    redirect_uri: str
    state: str

    @property
    def return_address(self) -> str:
        """Where the person goes afterwards, with `state` (§3); "" for nowhere."""
        if not self.redirect_uri or not self.state:
            return self.redirect_uri
        parts = urlsplit(self.redirect_uri)
        query = "&".join(filter(None, [parts.query, urlencode({"state": self.state})]))
        return parts._replace(query=query).geturl()


def read_logout_request(params: QueryDict) -> LogoutRequest:
    """Raises UntrustedRequest: an id_token_hint that we did not sign or that is another client's, an unknown client, an
    address that is not registered exactly so, a state of more than 512 characters."""
    refuse_odd_input(AuthorizationRequest(), params)
    client = _client_that_asks(params.get("id_token_hint", ""), params.get("client_id", ""))
    redirect_uri, state = params.get("post_logout_redirect_uri", ""), params.get("state", "")
    if redirect_uri and (client is None or redirect_uri not in client.post_logout_redirect_uris.split()):
        raise UntrustedRequest("post_logout_redirect_uri")
    if len(state) > LONGEST_STATE:
        raise UntrustedRequest("state")
    return LogoutRequest(client, redirect_uri, state)


def _client_that_asks(hint: str, client_id: str) -> PartnerClient | None:
    """§2: "the OP MUST verify that the Client Identifier matches the one used when issuing the ID Token"."""
    if hint:
        audience = claims_of_id_token(hint).get("aud")
        if audience is None or client_id not in ("", audience):
            raise UntrustedRequest("id_token_hint")
        client_id = audience
    if not client_id:
        return None
    client = PartnerClient.objects.filter(client_id=client_id).first()
    if client is None or not client.is_usable(None):
        raise UntrustedRequest("client_id")
    return client
