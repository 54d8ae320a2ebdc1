from django.http import HttpRequest

LONGEST = 4096


def bearer_token(request: HttpRequest) -> str | None:
    """The token of the Authorization header (RFC 6750 §2.1), None without a well-formed one. A token in the URL or the
    body is not looked at (RFC 9700 §4.3.2)."""
    scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    token = token.strip()
    printable = token.isascii() and token.isprintable()
    return token if scheme.lower() == "bearer" and token and len(token) <= LONGEST and printable else None
