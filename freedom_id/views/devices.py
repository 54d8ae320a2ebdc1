"""The person's own pages: where am I signed in, and is it me who asks there?"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freedom_id.client_address import client_ip
from freedom_id.domain.accounts import sign_out_all_devices
from freedom_id.domain.devices import (
    Asking,
    DeviceUnknown,
    SecondFactorNeeded,
    change_device,
    device_of_sign_in,
    sign_out_device,
)
from freedom_id.domain.queries.devices import DeviceLine, devices_of, may_trust_itself
from freedom_id.domain.two_step import (
    Answer,
    ChallengeClosed,
    ChallengeUnknown,
    NotTheApprover,
    ProofWrong,
    answer_challenge,
    open_challenges,
)
from freedom_id.forms.two_step import ApprovalForm
from freedom_id.models import Device
from freedom_id.views.browser_session import account_of, authenticated_at, current_sign_in


@login_required
@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    account, asking = account_of(request), _asking(request)
    context = {
        "devices": devices_of(account, current=asking.device),
        "trusted": bool(asking.device and asking.device.trusted_at),
        "may_trust": may_trust_itself(account, by=asking),
        "waiting": len(_open(request, asking.device)),
    }
    return render(request, "freedom_id/me/devices.html", context)


@login_required
@require_POST
def sign_out_one(request: HttpRequest, device_id: UUID) -> HttpResponse:
    try:
        sign_out_device(account_of(request), device_id, by=_asking(request))
    except DeviceUnknown:
        raise Http404 from None
    messages.success(request, _("The device is signed out."))
    return redirect("freedom_id:devices")


@login_required
@require_http_methods(["GET", "POST"])
def sign_out_all(request: HttpRequest) -> HttpResponse:
    """A page that says the effect, then one press."""
    if request.method == "POST":
        sign_out_all_devices(account_of(request), ip=client_ip(request))
        return redirect("freedom_id:sign_in")
    return render(request, "freedom_id/me/sign_out_all.html")


@login_required
@require_POST
def trust_this_browser(request: HttpRequest) -> HttpResponse:
    asking = _asking(request)
    if asking.device is None:
        raise Http404
    try:
        change_device(account_of(request), asking.device.pk, name=None, trusted=True, by=asking)
        messages.success(request, _("This browser is trusted now."))
    except SecondFactorNeeded:
        messages.error(request, _("Sign in again, or trust this browser from a device that is trusted already."))
    return redirect("freedom_id:devices")


@login_required
@require_safe
def approvals(request: HttpRequest) -> HttpResponse:
    return _approvals_page(request)


@login_required
@require_POST
def answer(request: HttpRequest, challenge_id: UUID) -> HttpResponse:
    """Yes with the number that stands on the other screen, or no."""
    form = ApprovalForm(request.POST)
    if not form.is_valid():
        return _approvals_page(request, refused=(challenge_id, form), status=422)
    asking = _asking(request)
    said = Answer(
        by=asking,
        asking_client=None,
        family=None,
        approved=form.approved,
        device_id=str(asking.device.pk) if asking.device else "",
        number=form.cleaned_data["number"],
    )
    try:
        answer_challenge(account_of(request), challenge_id, said)
    except (ChallengeUnknown, NotTheApprover):
        raise Http404 from None
    except ChallengeClosed:
        messages.error(request, _("This was answered already, or its time is over."))
    except ProofWrong as error:
        if not error.declined:
            form.add_error("number", _("This is not the number on the other screen."))
            return _approvals_page(request, refused=(challenge_id, form), status=422)
        messages.error(request, _("Three wrong numbers: it is refused."))
    else:
        messages.success(request, _("Approved.") if form.approved else _("Refused."))
    return redirect("freedom_id:approvals")


def signed_in_devices(request: HttpRequest) -> list[DeviceLine]:
    """Where the person is signed in, this device first."""
    lines = devices_of(account_of(request), current=_asking(request).device)
    return [line for line in lines if line.signed_in]


def waiting_approvals(request: HttpRequest) -> int:
    """How many this browser may answer; none unless it is trusted."""
    return len(_open(request, _asking(request).device))


def _approvals_page(
    request: HttpRequest, *, refused: tuple[UUID, ApprovalForm] | None = None, status: int = 200
) -> HttpResponse:
    device = _asking(request).device
    context = {
        "trusted": bool(device and device.trusted_at),
        "challenges": [
            {
                "row": row,
                "form": refused[1] if refused and refused[0] == row.pk else ApprovalForm(),
            }
            for row in _open(request, device)
        ],
    }
    return render(request, "freedom_id/me/approvals.html", context, status=status)


def _open(request: HttpRequest, device: Device | None) -> list[Any]:
    return open_challenges(account_of(request), for_device=device) if device and device.trusted_at else []


def _asking(request: HttpRequest) -> Asking:
    sign_in = current_sign_in(request)
    return Asking(sign_in.ip, device_of_sign_in(sign_in.sign_in_id), authenticated_at(request))
