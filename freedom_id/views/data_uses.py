"""Who used the person's data: which app, when, what it could read, under which connection."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from freedom_id.domain.queries.data_uses import DataUse, data_uses
from freedom_id.enums import UseKind
from freedom_id.grants import ASKED
from freedom_id.models import Account, Authorization
from freedom_id.views.browser_session import account_of

SHOWN = 50


@login_required
@require_safe
def uses(request: HttpRequest) -> HttpResponse:
    return render(request, "freedom_id/me/uses.html", {"uses": shown_uses(account_of(request), number=SHOWN)})


def shown_uses(account: Account, *, number: int, authorization: Authorization | None = None) -> list[dict[str, Any]]:
    """Lines for the pages, newest first; of one connection, or of all that stand or stood."""
    found = data_uses(account, number=number, authorization=authorization)
    live = set(Authorization.objects.filter(account=account, ended_at__isnull=True).values_list("pk", flat=True))
    return [_shown(use, live) for use in found]


def _shown(use: DataUse, live: set[Any]) -> dict[str, Any]:
    return {
        "when": use.when,
        "what": UseKind(use.kind).label,
        "to_the_hour": use.kind == UseKind.READ,
        "name": use.client.name,
        "data": [ASKED[code].title for code in use.grants if code in ASKED],
        "url": reverse("freedom_id:app", args=[use.authorization_id]) if use.authorization_id in live else "",
    }
