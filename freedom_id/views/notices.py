"""What we told the person without having been asked, so that she can tell our messages from others'."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from freedom_id.domain.identifiers import mask_address
from freedom_id.enums import NoticeKind, ProofType
from freedom_id.models import Notice
from freedom_id.views.browser_session import account_of

SHOWN = 50


@login_required
@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """The newest, as long as they are kept (30 days)."""
    rows = Notice.objects.filter(account=account_of(request)).order_by("-created_at", "pk")
    context = {
        "notices": [
            {
                "row": row,
                "what": NoticeKind(row.kind).label,
                "about": " ".join(filter(None, [_about(row), row.masked])),
                "sent_to": mask_address(row.channel, row.address),
            }
            for row in rows[:SHOWN]
        ]
    }
    return render(request, "freedom_id/me/notices.html", context)


def _about(row: Notice) -> str:
    return str(ProofType(row.about).label) if row.about else ""
