"""The person's own pages: how she signs in, and what protects it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from freedom_id.domain.authenticators import (
    WrongCode,
    add_recovery_codes,
    add_totp,
    prove_authenticator,
    unproven_totp,
)
from freedom_id.domain.credentials import list_credentials
from freedom_id.domain.factor_recovery import waiting_recovery
from freedom_id.domain.staff_proof import has_strong_proof
from freedom_id.enums import ProofType
from freedom_id.errors import IdentifierTaken, RateLimited
from freedom_id.forms.sign_in import CodeForm
from freedom_id.models import Passkey, RecoveryCode
from freedom_id.views.browser_session import account_of
from freedom_id.views.fresh_proof import persons_act, with_fresh_proof
from freedom_id.views.problem import limited_text
from freedom_id.views.remove_own import remove_own
from freedom_id.views.staff_proof import WANTED

REMOVED_HERE = {ProofType.TOTP, ProofType.RECOVERY, ProofType.PASSKEY}


@login_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    account = account_of(request)
    listed = {row.type: row for row in list_credentials(account) if row.is_active}
    context = {
        "has_password": account.has_usable_password(),
        "staff_page": request.session.get(WANTED),
        "staff_may_go_on": has_strong_proof(account),
        "recovery": waiting_recovery(account),
        "app": listed.get(ProofType.TOTP),
        "sheet": listed.get(ProofType.RECOVERY),
        "codes_left": RecoveryCode.objects.filter(authenticator__account=account).count(),
        "passkeys": Passkey.objects.filter(account=account).order_by("created_at", "pk"),
    }
    return render(request, "freedom_id/me/security.html", context)


@require_http_methods(["GET", "POST"])
@with_fresh_proof
@sensitive_post_parameters("code")
def app(request: HttpRequest) -> HttpResponse:
    """Show the picture that the app scans until its first right code; without one that was begun, begin."""
    act, form = persons_act(request), CodeForm(request.POST if "code" in request.POST else None)
    status = 200
    begun = unproven_totp(act)
    if begun is None:
        return _begin_app(request)
    number, uri = begun
    if form.is_bound and form.is_valid():
        try:
            prove_authenticator(act, number, code=form.cleaned_data["code"])
            messages.success(request, _("The app is set up. From now on you are asked for its code when you sign in."))
            return redirect("freedom_id:security")
        except WrongCode:
            form.add_error("code", _("This code does not match. Wait for the next one and try again."))
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
    secret = parse_qs(urlsplit(uri).query)["secret"][0]
    context = {"form": form, "picture": _picture(uri), "secret": " ".join(_fours(secret))}
    return render(request, "freedom_id/me/security_app.html", context, status=status)


@require_POST
@with_fresh_proof
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Draw them and show them, this once."""
    try:
        _number, codes = add_recovery_codes(persons_act(request))
    except IdentifierTaken:
        messages.warning(request, _("You have recovery codes already. Remove them to make new ones."))
        return redirect("freedom_id:security")
    return render(request, "freedom_id/me/recovery_codes.html", {"codes": codes})


@require_http_methods(["GET", "POST"])
@with_fresh_proof
def remove(request: HttpRequest, number: int) -> HttpResponse:
    """A page that says the effect, then one press."""
    act = persons_act(request)
    act.require_fresh_proof()
    row = next((row for row in list_credentials(act.account) if row.number == number), None)
    if row is None or row.type not in REMOVED_HERE:
        raise Http404
    if request.method == "GET":
        return render(request, "freedom_id/me/remove_proof.html", {"row": row, "effect": _effect(row.type)})
    remove_own(request, act, number)
    return redirect("freedom_id:security")


def _begin_app(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and "code" not in request.POST:
        try:
            add_totp(persons_act(request))
            return redirect("freedom_id:security_app")
        except IdentifierTaken:
            messages.warning(request, _("An app is set up already. Remove it to set up another one."))
    return redirect("freedom_id:security")


def _picture(uri: str) -> Any:
    """A QR code as SVG: drawn here, so that no script and no other site sees the secret."""
    drawn = segno.make(uri, error="l").svg_inline(border=4, light="#fff", svgclass="qr", omitsize=True)
    return mark_safe(drawn)  # noqa: S308 -- made of squares alone


def _fours(text: str) -> list[str]:
    return [text[at : at + 4] for at in range(0, len(text), 4)]


def _effect(kind: ProofType) -> str:
    if kind is ProofType.TOTP:
        return _(
            "You are no longer asked for a code of the app: your password or a one-time code is enough to sign in."
        )
    if kind is ProofType.RECOVERY:
        return _("The codes on your sheet no longer work. You can make new ones.")
    return _("This passkey no longer signs you in. It may still be listed on your device: delete it there too.")
