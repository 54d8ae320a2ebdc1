"""Sign-in pages: who (identifier), a proof (password or one-time code), a second one if the person has an app, then on
to what she came for. A passkey is all of that at once."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from freedom_id.client_address import client_ip
from freedom_id.domain.devices import may_be_remembered, remember_browser
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.links import open_request
from freedom_id.domain.one_time_codes import CodeOutcome, request_code
from freedom_id.domain.passkeys import begin_passkey_sign_in, prove_by_passkey
from freedom_id.domain.rate_limits import CODE_RESEND, seconds_to_wait
from freedom_id.domain.sign_in import (
    Attempt,
    needs_second_factor,
    prove_by_code,
    prove_by_password,
    prove_second_factor,
)
from freedom_id.enums import Channel
from freedom_id.errors import InvalidLink, RateLimited
from freedom_id.forms.passkeys import PasskeyAnswerForm
from freedom_id.forms.sign_in import CodeForm, IdentifierForm, PasswordForm, SecondFactorForm
from freedom_id.models import Account, AuthorizationRequest
from freedom_id.views.browser_device import browser_facts, browser_key, keep_browser_key
from freedom_id.views.browser_session import (
    FirstProof,
    pending_challenge,
    pending_first_proof,
    pending_identifier,
    remember_challenge,
    remember_first_proof,
    remember_identifier,
    remember_passkey_challenge,
    safe_next,
    sign_in,
    sign_out,
    take_passkey_challenge,
)
from freedom_id.views.language import keep_language
from freedom_id.views.problem import limited_text, link_problem
from freedom_id.views.return_address import allow_return_to
from freedom_id.views.shown import show_partner

CHANNEL_AMR = {Channel.SMS: ["sms"]}  # RFC 8176 has no name for mail
PASSKEY_AMR = ["pop", "user", "mfa"]


@never_cache
@require_http_methods(["GET", "POST"])
def identify(request: HttpRequest) -> HttpResponse:
    """`/login`: with a track the person came from a partner; without one, to the person's own pages."""
    asked = _asked(request)
    if isinstance(asked, HttpResponse):
        return asked
    language = _speak_as_asked(request, asked)
    form = IdentifierForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        remember_identifier(request, form.cleaned_data["identifier"])
        return redirect(_step(request, "password"))
    signed_in = request.method == "GET" and request.user.is_authenticated and "switch" not in request.GET
    response = redirect(_onward(request)) if signed_in else _page(request, "sign_in", form, asked)
    if language:
        keep_language(response, language)
    return response


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    asked, identifier = _asked(request), pending_identifier(request)
    if isinstance(asked, HttpResponse):
        return asked
    if identifier is None:
        return redirect(_step(request, "sign_in"))
    form = PasswordForm(request.POST or None, initial={"identifier": identifier.masked})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            account = prove_by_password(Attempt(identifier, client_ip(request)), form.cleaned_data["password"])
            if account:
                return _first_proven(request, account, ["pwd"])
            form.add_error("password", _("This password does not match. Try again, or ask for a code."))
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
    return _page(request, "password", form, asked, identifier=identifier, status=status)


@never_cache
@require_POST
def send_code(request: HttpRequest) -> HttpResponse:
    asked, identifier = _asked(request), pending_identifier(request)
    if isinstance(asked, HttpResponse):
        return asked
    if identifier is None:
        return redirect(_step(request, "sign_in"))
    try:
        challenge = request_code(
            identifier,
            ip=client_ip(request),
            locale=translation.get_language() or settings.LANGUAGE_CODE,
            requested_by=asked.client.name if asked else "",
        )
    except RateLimited as error:
        messages.warning(request, limited_text(error))
        return redirect(_step(request, "code" if pending_challenge(request) else "password"))
    remember_challenge(request, challenge)
    return redirect(_step(request, "code"))


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    asked, identifier, challenge = _asked(request), pending_identifier(request), pending_challenge(request)
    if isinstance(asked, HttpResponse):
        return asked
    if identifier is None or challenge is None:
        return redirect(_step(request, "sign_in"))
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        attempt = Attempt(identifier, client_ip(request))
        try:
            outcome, account = prove_by_code(attempt, form.cleaned_data["code"], challenge=challenge)
            if account:
                return _first_proven(request, account, ["otp", *CHANNEL_AMR.get(identifier.channel, [])])
            form.add_error("code", _outcome_text(outcome))
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
    return _page(request, "code", form, asked, identifier=identifier, status=status)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """A code of the app, or a recovery code; with it the browser may become trusted."""
    asked, first = _asked(request), pending_first_proof(request)
    if isinstance(asked, HttpResponse):
        return asked
    if first is None:
        return redirect(_step(request, "sign_in"))
    form, status = SecondFactorForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            if prove_second_factor(first.account, form.cleaned_data["code"], ip=client_ip(request)):
                trust = form.cleaned_data["trust"]
                return _welcome(request, first.account, amr=_and_a_code(first.amr), stepped_up=True, trust=trust)
            form.add_error("code", _("This code does not match, or was used already. Wait for the next one."))
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
    may_trust = may_be_remembered(first.account, browser_key(request))
    return _page(request, "second_factor", form, asked, status=status, may_trust=may_trust)


@never_cache
@require_POST
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser's authenticators are asked, for this session and five minutes."""
    challenge, options = begin_passkey_sign_in()
    remember_passkey_challenge(request, challenge.pk)
    return JsonResponse(options)


@never_cache
@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    asked, challenge = _asked(request), take_passkey_challenge(request)
    if isinstance(asked, HttpResponse):
        return asked
    try:
        account = prove_by_passkey(challenge, _passkey_answer(request), ip=client_ip(request))
        if account:
            return _welcome(request, account, amr=PASSKEY_AMR, stepped_up=True)
        messages.warning(request, _("This passkey did not work here. Try again, or sign in another way."))
    except RateLimited as error:
        messages.warning(request, limited_text(error))
    return redirect(_step(request, "sign_in"))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out of this browser."""
    sign_out(request)
    messages.success(request, _("You are signed out."))
    return redirect("freedom_id:sign_in")


def _first_proven(request: HttpRequest, account: Account, amr: Sequence[str]) -> HttpResponse:
    if not needs_second_factor(account, browser_key=browser_key(request)):
        return _welcome(request, account, amr=amr)
    remember_first_proof(request, FirstProof(account, tuple(amr)))
    return redirect(_step(request, "second_factor"))


def _and_a_code(amr: Sequence[str]) -> list[str]:
    """`mfa` is for factors of different kinds: two codes are both what the person has."""
    return [*amr, *(["otp", "mfa"] if "pwd" in amr else [])]


def _welcome(
    request: HttpRequest, account: Account, *, amr: Sequence[str], stepped_up: bool = False, trust: bool = False
) -> HttpResponse:
    response, key = redirect(_onward(request)), browser_key(request)
    sign_in(request, account, amr=amr, stepped_up=stepped_up, browser_key=key, browser=browser_facts(request))
    if trust:
        remember_browser(account, key, ip=client_ip(request))
    keep_browser_key(response, key)
    return response


def _passkey_answer(request: HttpRequest) -> Mapping[str, Any]:
    """What an authenticator said, as the page's script writes it into the form."""
    form = PasskeyAnswerForm(request.POST)
    return form.cleaned_data["response"] if form.is_valid() else {}


def _outcome_text(outcome: CodeOutcome) -> str:
    if outcome is CodeOutcome.OFF:
        return _("Codes were guessed at too often here. Sign in with your password.")
    if outcome is CodeOutcome.SPENT:
        return _("This code is no longer valid. Ask for a new one.")
    return _("This code does not match. Look at the last message and try again.")


def _asked(request: HttpRequest) -> AuthorizationRequest | HttpResponse | None:
    """The partner's request that the track names; a problem page for a dead one; None without a track."""
    track_id = request.GET.get("track_id") or request.POST.get("track_id")
    if not track_id:
        return None
    try:
        return open_request(track_id)
    except InvalidLink as error:
        return link_problem(request, error)


def _carried(request: HttpRequest) -> str:
    """The query that goes from step to step."""
    track_id = request.GET.get("track_id") or request.POST.get("track_id")
    carried = {"track_id": track_id} if track_id else {"next": safe_next(request)} if safe_next(request) else {}
    return f"?{urlencode(carried)}" if carried else ""


def _step(request: HttpRequest, name: str) -> str:
    return reverse(f"freedom_id:{name}") + _carried(request)


def _onward(request: HttpRequest) -> str:
    """Where a signed-in person goes: the partner's question, the page asked for, or the own pages."""
    if request.GET.get("track_id") or request.POST.get("track_id"):
        return _step(request, "consent")
    return safe_next(request) or reverse("freedom_id:home")


def _page(
    request: HttpRequest,
    name: str,
    form: Form,
    asked: AuthorizationRequest | None,
    *,
    identifier: Identifier | None = None,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context: dict[str, Any] = {
        "form": form,
        "partner": show_partner(asked.client) if asked else None,
        "track_id": str(asked.pk) if asked else "",
        "change_url": _step(request, "sign_in"),
        "passkey_url": _step(request, "passkey"),
        **more,
    }
    if identifier:
        context |= {
            "identifier_masked": identifier.masked,
            "channel": identifier.channel,
            "send_code_url": _step(request, "send_code"),
            "resend_url": _step(request, "send_code"),
            "password_url": _step(request, "password"),
            "resend_in": seconds_to_wait(CODE_RESEND, identifier.index) if name == "code" else 0,
        }
    return allow_return_to(render(request, f"freedom_id/{name}.html", context, status=status), asked)


def _speak_as_asked(request: HttpRequest, asked: AuthorizationRequest | None) -> str | None:
    """The language that the partner asked for, once per request: what the person chooses afterwards stays."""
    if asked is None or asked.locale not in dict(settings.LANGUAGES) or request.session.get("spoken") == str(asked.pk):
        return None
    request.session["spoken"] = str(asked.pk)
    translation.activate(asked.locale)
    return asked.locale
