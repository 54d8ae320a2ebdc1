"""Sign-in by another device: the page that waits with a picture, and the phone's page that says yes or no."""

from io import BytesIO
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from consents.domain.evidence import truncated_ip
from freedom_id.conf import conf
from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.device_sign_in import (
    AMR,
    DeviceSignInOver,
    NotTheNumber,
    ProvenElsewhere,
    approve_device_sign_in,
    begin_device_sign_in,
    numbers_of,
    picture_slice,
    picture_token,
    refuse_device_sign_in,
    require_may_approve,
    scan,
    sign_in_asked_of,
    spend_approval,
)
from freedom_id.domain.step_up import FreshProofNeeded
from freedom_id.enums import DeviceSignInState
from freedom_id.errors import RateLimited
from freedom_id.forms.another_device import NumberForm
from freedom_id.models import AuthorizationRequest, DeviceSignIn
from freedom_id.views.browser_device import browser_facts, browser_key, keep_browser_key
from freedom_id.views.browser_session import account_of, sign_in
from freedom_id.views.fresh_proof import persons_act, with_fresh_proof
from freedom_id.views.problem import limited_text, problem_page
from freedom_id.views.return_address import allow_return_to
from freedom_id.views.shown import show_partner
from freedom_id.views.sign_in_steps import may_be_signed_in_elsewhere, onward_url, step_url, with_asked

WAITS = "device_sign_in"
EXPIRED = "expired"


@never_cache
@require_http_methods(["GET", "POST"])
@with_asked
def another_device(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    """`/login/another-device`: a press begins anew; the page signs the person in once her phone said yes."""
    if request.method == "POST":
        return _begin(request, asked)
    row = _waiting(request)
    if row is None:
        return redirect(step_url(request, "sign_in"))
    proven = spend_approval(row.pk) if row.state == DeviceSignInState.APPROVED else None
    return _welcome(request, proven) if proven else _waiting_page(request, row, asked)


@never_cache
@require_safe
def state(request: HttpRequest) -> JsonResponse:
    """For the script of the page: how it stands, and the picture of this moment."""
    row = _waiting(request)
    return JsonResponse({"state": _standing(row) if row else EXPIRED, "picture": _picture_address()})


@never_cache
@require_safe
def picture(request: HttpRequest) -> HttpResponse:
    """The QR code of this session, as it is now; none once it was scanned."""
    row = _waiting(request)
    if row is None or _standing(row) != DeviceSignInState.WAITING:
        raise Http404
    address = conf.issuer + reverse("freedom_id:scan", args=[picture_token(row)])
    drawn = BytesIO()
    segno.make(address, error="l").save(drawn, kind="svg", border=4, light="#fff", omitsize=True)
    return HttpResponse(drawn.getvalue(), content_type="image/svg+xml")


@never_cache
@login_required
@require_safe
def scan_picture(request: HttpRequest, token: str) -> HttpResponse:
    """`/login/phone/…`, which the picture says: opened by the phone's camera in the browser where she is signed in. It
    leads on at once, so that the token stays in no address bar, and in no log of what is refused."""
    try:
        row = scan(account_of(request), token)
    except DeviceSignInOver:
        messages.error(request, _("This picture is no longer valid. Scan the one that stands there now."))
        return redirect("freedom_id:devices")
    return redirect("freedom_id:approve_browser", row.pk)


@require_http_methods(["GET", "POST"])
@with_fresh_proof
def approve_browser(request: HttpRequest, device_sign_in_id: UUID) -> HttpResponse:
    act, form = persons_act(request), NumberForm(request.POST or None)
    try:
        row = sign_in_asked_of(act.account, device_sign_in_id)
        if request.method == "POST" and form.is_valid():
            messages.success(request, _answer(act, row, form))
            return redirect("freedom_id:devices")
    except DeviceSignInOver:
        return _over(request)
    except NotTheNumber:
        messages.error(request, _("That was another number. Nobody was signed in; begin anew on the other screen."))
        return redirect("freedom_id:devices")
    return _question(request, act, row, form)


def _answer(act: PersonsAct, row: DeviceSignIn, form: NumberForm) -> str:
    if form.refused:
        refuse_device_sign_in(act, row.pk)
        return _("Refused. Nobody was signed in.")
    approve_device_sign_in(act, row.pk, number=form.cleaned_data["number"])
    return _("Done. You are signed in on the other screen.")


def _question(request: HttpRequest, act: PersonsAct, row: DeviceSignIn, form: NumberForm) -> HttpResponse:
    context = {
        "form": form,
        "confirm_url": _confirmation(request, act),
        "row": row,
        "numbers": numbers_of(row),
        "same_network": row.network == (truncated_ip(act.ip) or None),
        "partner": show_partner(row.client) if row.client else None,
    }
    return render(request, "freedom_id/approve_browser.html", context, status=422 if form.errors else 200)


def _confirmation(request: HttpRequest, act: PersonsAct) -> str:
    """Where the person shows what is missing before she may approve; the no needs nothing."""
    try:
        require_may_approve(act)
    except FreshProofNeeded:
        return f"{reverse('freedom_id:confirm')}?{urlencode({'next': request.path})}"
    return ""


def _begin(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    if not may_be_signed_in_elsewhere(asked):
        return redirect(step_url(request, "sign_in"))
    try:
        row = begin_device_sign_in(browser_facts(request), client=asked.client if asked else None)
    except RateLimited as error:
        messages.warning(request, limited_text(error))
        return redirect(step_url(request, "sign_in"))
    request.session[WAITS] = str(row.pk)
    return redirect(step_url(request, "another_device"))


def _waiting_page(request: HttpRequest, row: DeviceSignIn, asked: AuthorizationRequest | None) -> HttpResponse:
    context = {
        "state": _standing(row),
        "number": row.number,
        "partner": show_partner(asked.client) if asked else None,
        "picture": _picture_address(),
        "still": "still" in request.GET,
        "here": step_url(request, "another_device"),
        "other_way": step_url(request, "sign_in"),
    }
    return allow_return_to(render(request, "freedom_id/another_device.html", context), asked)


def _waiting(request: HttpRequest) -> DeviceSignIn | None:
    """What this browser session asked for last."""
    found = request.session.get(WAITS)
    return DeviceSignIn.objects.filter(pk=found).first() if found else None


def _standing(row: DeviceSignIn) -> str:
    """What the page says; of an approval that could not be used, that it is over."""
    return row.state if row.state == DeviceSignInState.REFUSED or not row.is_over else EXPIRED


def _welcome(request: HttpRequest, proven: ProvenElsewhere) -> HttpResponse:
    response, key = redirect(onward_url(request)), browser_key(request)
    del request.session[WAITS]
    facts = browser_facts(request)
    sign_in(request, proven.account, amr=AMR, browser_key=key, browser=facts, proven_at=proven.proven_at)
    keep_browser_key(response, key)
    return response


def _picture_address() -> str:
    """It changes with the picture, so that a browser loads the next one."""
    return f"{reverse('freedom_id:another_device_picture')}?{picture_slice()}"


def _over(request: HttpRequest) -> HttpResponse:
    return problem_page(
        request,
        title=_("This sign-in is over"),
        message=_("It was answered already, or its three minutes are over. Begin anew on the other screen."),
        status=DeviceSignInOver.http_status,
    )
