import base64
import binascii
import re

from django.http import HttpRequest

from freedom_id.client_address import client_ip
from freedom_id.domain.links import ClientCredentials
from freedom_id.errors import InvalidClient

PRINTABLE = re.compile(r"[\x20-\x7e]*")


def basic_credentials(request: HttpRequest) -> ClientCredentials:
    """RFC 7617 credentials of the client. Raises InvalidClient."""
    scheme, _space, encoded = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("no Basic header")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise InvalidClient("malformed Basic header") from error
    client_id, colon, secret = decoded.partition(":")
    if not colon or not client_id or len(client_id) > 255 or not PRINTABLE.fullmatch(client_id):
        raise InvalidClient("malformed client id")
    return ClientCredentials(client_id, secret, client_ip(request))
