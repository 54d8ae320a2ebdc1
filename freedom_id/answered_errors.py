from django.http import HttpRequest

from freedom_id.domain.rfc9068_access_token import claims_of_access_token
from freedom_id.domain.tokens import presented_digest
from freedom_id.domain.usage_counts import answering_all_the_same, count_error, count_error_at_token
from freedom_id.enums import ApiDoor
from freedom_id.errors import InvalidClient
from freedom_id.rfc6750_bearer import bearer_token
from freedom_id.rfc7617_basic import basic_credentials
from freedom_id.sealing import token_digest


def count_by_header(request: HttpRequest, door: ApiDoor, code: object) -> None:
    """An error was answered to the client that the Authorization header names, by its credentials or by a token; both
    may be wrong or over (an opaque token that was ended has no row any more, and names nobody). One statement at most;
    nobody else is counted, and no answer fails because of this."""
    token = bearer_token(request)
    if token is None:
        count_error(_claimed(request), door, code)
        return
    with answering_all_the_same():
        if claims := claims_of_access_token(token) if "." in token else {}:
            count_error(claims["client_id"], door, code)
        else:
            count_error_at_token(presented_digest(token), token_digest(token), door, code)


def _claimed(request: HttpRequest) -> str:
    try:
        return basic_credentials(request).client_id
    except InvalidClient:
        return ""
