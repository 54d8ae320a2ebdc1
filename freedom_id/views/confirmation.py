"""The person's own pages: a second proof that it is she, before what opens or closes ways into her account."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from freedom_id.domain.confirmation import (
    address_of,
    asked_proof,
    confirm_by_app,
    confirm_by_code,
    confirm_by_password,
    send_confirmation_code,
)
from freedom_id.domain.credentials import PersonsAct
from freedom_id.domain.staff_proof import has_strong_proof
from freedom_id.enums import ProofType
from freedom_id.errors import RateLimited
from freedom_id.forms.sign_in import AppCodeForm, CodeForm, PasswordForm
from freedom_id.views.browser_session import safe_next
from freedom_id.views.fresh_proof import persons_act
from freedom_id.views.problem import limited_text

CHALLENGE = "confirmation"
FORMS: Mapping[ProofType, type[Form]] = {ProofType.PASSWORD: PasswordForm, ProofType.TOTP: AppCodeForm}


@never_cache
@login_required
@sensitive_post_parameters("code", "password")
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """`?next=` is where the person goes on. A sign-in that is too old is repeated as a whole. Staff is asked on the
    page `step_up` instead."""
    act, status = persons_act(request), 200
    if has_strong_proof(act.account):
        return redirect(f"{reverse('freedom_id:step_up')}?{urlencode({'next': _next(request)})}")
    kind = asked_proof(act.account, act.sign_in) if act.sign_in else None
    if kind is None:
        return redirect(f"{reverse('freedom_id:sign_in')}?{urlencode({'switch': '1', 'next': _next(request)})}")
    form = FORMS.get(kind, CodeForm)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if _proves(request, act, kind, form):
                return redirect(_next(request))
            form.add_error(None, _("This does not match. Try again."))
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
    return _page(request, act, kind, form, status=status)


@never_cache
@login_required
@require_POST
def send_code(request: HttpRequest) -> HttpResponse:
    act = persons_act(request)
    kind = asked_proof(act.account, act.sign_in) if act.sign_in else None
    if kind in {ProofType.MOBILE, ProofType.EMAIL}:
        locale = translation.get_language() or settings.LANGUAGE_CODE
        try:
            challenge = send_confirmation_code(act.account, kind, ip=act.ip, locale=locale)
            request.session[CHALLENGE] = str(challenge)
        except RateLimited as error:
            messages.warning(request, limited_text(error))
    return redirect(f"{reverse('freedom_id:confirm')}?{urlencode({'next': _next(request)})}")


def _proves(request: HttpRequest, act: PersonsAct, kind: ProofType, form: Form) -> bool:
    assert act.sign_in is not None  # noqa: S101 -- there is a proof to ask for
    if kind is ProofType.PASSWORD:
        return confirm_by_password(act.account, act.sign_in, form.cleaned_data["password"], ip=act.ip)
    if kind is ProofType.TOTP:
        return confirm_by_app(act.account, act.sign_in, form.cleaned_data["code"], ip=act.ip)
    challenge = request.session.get(CHALLENGE)
    if challenge is None:
        return False
    code = form.cleaned_data["code"]
    return confirm_by_code(act.account, act.sign_in, code, challenge=UUID(challenge))


def _page(request: HttpRequest, act: PersonsAct, kind: ProofType, form: Form, *, status: int) -> HttpResponse:
    sent_to = address_of(act.account, kind) if kind in {ProofType.MOBILE, ProofType.EMAIL} else None
    context = {
        "form": form,
        "kind": kind,
        "masked": sent_to.masked if sent_to else "",
        "asked": sent_to is None or CHALLENGE in request.session,
        "next": _next(request),
    }
    return render(request, "freedom_id/me/confirm.html", context, status=status)


def _next(request: HttpRequest) -> str:
    return safe_next(request) or reverse("freedom_id:security")
