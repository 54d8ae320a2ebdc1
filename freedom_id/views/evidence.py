"""How a decision came about: what the ledger keeps, sealed, beside it."""

from typing import Any

from django.http import HttpRequest

from consents.domain.evidence import truncated_ip
from freedom_id.client_address import client_ip
from freedom_id.views.browser_session import SIGN_IN_METHOD, authenticated_at

HEADER_MAX_LENGTH = 512


def evidence_of(request: HttpRequest, *, notice: str = "") -> dict[str, Any]:
    """JSON for `record_decisions` and `withdraw_consents`, of a signed-in request; `notice` is the signed one that came
    back. What is not known is left out. Never log it."""
    known = {
        "ip": truncated_ip(client_ip(request)),
        "user_agent": request.headers.get("User-Agent", "")[:HEADER_MAX_LENGTH],
        "accept_language": request.headers.get("Accept-Language", "")[:HEADER_MAX_LENGTH],
        "signed_in_at": authenticated_at(request).isoformat(),
        "sign_in_method": request.session.get(SIGN_IN_METHOD, ""),
        "path": request.path,
        "notice": notice,
    }
    return {name: value for name, value in known.items() if value}
