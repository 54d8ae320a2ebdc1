"""The app is lost: the page that opens its removal, and the ways to stop it."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from freedom_id.client_address import client_ip
from freedom_id.domain.factor_recovery import stop_recovery, waiting_recovery
from freedom_id.domain.lost_factor import AskAdministrator, open_by_code, other_channel, send_recovery_code
from freedom_id.domain.recovery_link import DELAY, recovery_named
from freedom_id.enums import RecoveryState
from freedom_id.errors import AccountUnavailable, RateLimited
from freedom_id.forms.sign_in import CodeForm
from freedom_id.models import AuthorizationRequest
from freedom_id.views.browser_session import FirstProof, account_of, pending_first_proof
from freedom_id.views.problem import limited_text
from freedom_id.views.return_address import allow_return_to
from freedom_id.views.shown import show_partner
from freedom_id.views.sign_in_steps import step_url, with_asked

CHALLENGE = "lost_factor"


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@with_asked
def lost_factor(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    """`/login/second/lost`: says what happens, asks for a code to another channel, and then says when. Staff is sent to
    an administrator."""
    first = pending_first_proof(request)
    if first is None:
        return redirect(step_url(request, "sign_in"))
    form, status = CodeForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            if _opens(request, first, form.cleaned_data["code"]):
                return redirect(step_url(request, "lost_factor"))
            form.add_error("code", _("This code does not match, or is no longer valid. Ask for a new one."))
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
        except AskAdministrator as error:
            status = error.http_status
        except AccountUnavailable:
            return redirect(step_url(request, "sign_in"))
    return _page(request, first, form, asked, status=status)


@never_cache
@require_POST
def send_code(request: HttpRequest) -> HttpResponse:
    first = pending_first_proof(request)
    if first is None:
        return redirect(step_url(request, "sign_in"))
    locale = translation.get_language() or settings.LANGUAGE_CODE
    try:
        challenge = send_recovery_code(first.account, first.amr, ip=client_ip(request), locale=locale)
        request.session[CHALLENGE] = str(challenge)
    except RateLimited as error:
        messages.warning(request, limited_text(error))
    except AskAdministrator:
        pass  # the page says so
    return redirect(step_url(request, "lost_factor"))


@login_required
@require_POST
def stop(request: HttpRequest) -> HttpResponse:
    """The person stops it at her own pages, by one press."""
    if stop_recovery(account_of(request), ip=client_ip(request)):
        messages.success(request, _("Stopped. Your app stays as it is."))
    return redirect("freedom_id:security")


@never_cache
@require_http_methods(["GET", "POST"])
def stop_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link in the messages: whoever opens it may keep the app, and nothing else; by a press, for programs that look
    through messages open links too."""
    recovery = recovery_named(token)
    if recovery is not None and recovery.state != RecoveryState.OPEN:
        recovery = None
    if recovery is not None and request.method == "POST":
        stop_recovery(recovery.account, ip=client_ip(request))
        messages.success(request, _("Stopped. Your app stays as it is."))
        return redirect("freedom_id:sign_in")
    return render(request, "freedom_id/stop_recovery.html", {"recovery": recovery})


def _opens(request: HttpRequest, first: FirstProof, code: str) -> bool:
    challenge = request.session.get(CHALLENGE)
    if challenge is None:
        return False
    _outcome, opened = open_by_code(first.account, code, challenge=UUID(challenge), ip=client_ip(request))
    return opened is not None


def _page(
    request: HttpRequest, first: FirstProof, form: CodeForm, asked: AuthorizationRequest | None, *, status: int
) -> HttpResponse:
    context = {
        "form": form,
        "partner": show_partner(asked.client) if asked else None,
        "staff": first.account.is_staff,
        "recovery": waiting_recovery(first.account),
        "masked": other_channel(first.account, first.amr).masked,
        "sent": CHALLENGE in request.session,
        "hours": int(DELAY.total_seconds()) // 3600,
        "send_url": step_url(request, "lost_factor_send"),
        "back_url": step_url(request, "second_factor"),
    }
    return allow_return_to(render(request, "freedom_id/lost_factor.html", context, status=status), asked)
