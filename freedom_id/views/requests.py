"""What apps asked for and has not ended long ago: requests for the person's full profile."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from freedom_id.client_address import client_ip
from freedom_id.domain.profile_requests import cancel_profile_request
from freedom_id.enums import ProfileState
from freedom_id.grants import GRANTS, PROFILE
from freedom_id.models import Account, ProfileRequest
from freedom_id.views.browser_session import account_of
from freedom_id.views.shown import show_partner

SHOWN = 50
UNFINISHED = {ProfileState.ACCEPTED, ProfileState.RUNNING}
STATES = {
    ProfileState.ACCEPTED: gettext_lazy("Waiting"),
    ProfileState.RUNNING: gettext_lazy("Being put together"),
    ProfileState.COMPLETED: gettext_lazy("Handed over"),
    ProfileState.FAILED: gettext_lazy("Not handed over"),
}


@login_required
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    rows = _rows(account_of(request)).select_related("authorization__client").defer("parcel")
    context = {
        "requests": [
            {
                "row": row,
                "partner": show_partner(row.authorization.client),
                "state": STATES[ProfileState(row.state)],
                "unfinished": row.state in UNFINISHED,
                "connection": row.authorization if row.authorization.ended_at is None else None,
            }
            for row in rows.order_by("-created_at")[:SHOWN]
        ],
        "purpose": GRANTS[PROFILE],
    }
    return render(request, "freedom_id/me/requests.html", context)


@login_required
@require_POST
def cancel(request: HttpRequest, profile_request_id: UUID) -> HttpResponse:
    """A foreign id changes as little as one that is over."""
    if cancel_profile_request(account_of(request), profile_request_id, ip=client_ip(request)):
        messages.success(request, _("Cancelled. The app receives nothing for this request."))
    else:
        messages.warning(request, _("This request was over already."))
    return redirect("freedom_id:requests")


def unfinished_requests(account: Account) -> int:
    """How many are waiting or worked on."""
    return _rows(account).filter(state__in=UNFINISHED).count()


def _rows(account: Account) -> QuerySet[ProfileRequest]:
    return ProfileRequest.objects.filter(authorization__account=account, expires_at__gt=timezone.now())
