"""A client secret between the request that drew it and the one page that shows it: sealed, and taken once."""

import json

from django.http import HttpRequest

from freedom_id.models import PartnerClient
from freedom_id.sealing import seal, unseal

KEY = "new_client_secret"
CONTEXT = "freedom_id.session.new_client_secret"


def keep_secret(request: HttpRequest, client: PartnerClient, secret: str) -> None:
    request.session[KEY] = seal(json.dumps([client.pk, secret]), CONTEXT)


def take_secret(request: HttpRequest, client: PartnerClient) -> str | None:
    """The secret of `client` that this session has not seen yet; the second call finds nothing."""
    sealed = request.session.pop(KEY, None)
    if sealed is None:
        return None
    pk, secret = json.loads(unseal(sealed, CONTEXT))
    return str(secret) if pk == client.pk else None
