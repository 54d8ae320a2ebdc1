"""How an answer came about: what the ledger keeps, sealed, beside it."""

from typing import Any

from django.http import HttpRequest

LONGEST_HEADER = 512


def evidence_of(request: HttpRequest, *, notice: str = "") -> dict[str, Any]:
    """JSON for `record_decisions` and `withdraw_consents`; `notice` is the signed one that came back. What is not known
    is left out. Never log it."""
    known = {
        "user_agent": request.headers.get("User-Agent", "")[:LONGEST_HEADER],
        "accept_language": request.headers.get("Accept-Language", "")[:LONGEST_HEADER],
        "path": request.path,
        "notice": notice,
    }
    return {name: value for name, value in known.items() if value}
