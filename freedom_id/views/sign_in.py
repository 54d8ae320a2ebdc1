"""Sign-in pages: who (identifier), a proof (password or one-time code), a second one if the person has an app, then on
to what she came for. A passkey is all of that at once."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from freedom_id.client_address import client_ip
from freedom_id.domain.devices import may_be_remembered
from freedom_id.domain.factor_recovery import waiting_recovery
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.one_time_codes import CodeOutcome
from freedom_id.domain.passkeys import begin_passkey_sign_in, prove_by_passkey
from freedom_id.domain.rfc9470_step_up import PASSKEY_AMR
from freedom_id.domain.sign_in import (
    Attempt,
    needs_second_factor,
    prove_by_code,
    prove_by_password,
    prove_second_factor,
)
from freedom_id.errors import RateLimited
from freedom_id.forms.passkeys import PasskeyAnswerForm
from freedom_id.forms.sign_in import CodeForm, IdentifierForm, PasswordForm, SecondFactorForm
from freedom_id.models import Account, AuthorizationRequest
from freedom_id.views.account_chooser import offered_accounts
from freedom_id.views.asked_passkey import keep_challenge, kept_challenge
from freedom_id.views.browser_device import browser_key
from freedom_id.views.browser_session import (
    FirstProof,
    is_opening,
    pending_challenge,
    pending_first_proof,
    pending_identifier,
    remember_first_proof,
    remember_identifier,
    sign_out,
)
from freedom_id.views.language import keep_language
from freedom_id.views.problem import limited_text
from freedom_id.views.sign_in_steps import (
    amr_of_code,
    onward_url,
    send_code_to,
    show_step,
    speak_as_asked,
    step_url,
    track_id_of,
    welcome,
    with_asked,
)


@never_cache
@require_http_methods(["GET", "POST"])
@with_asked
def identify(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    """`/login`: with a track the person came from a partner; without one, to the person's own pages."""
    language = speak_as_asked(request, asked)
    form = IdentifierForm(request.POST or None, initial={"identifier": asked.login_hint if asked else ""})
    if request.method == "POST" and form.is_valid():
        remember_identifier(request, form.cleaned_data["identifier"])
        return redirect(step_url(request, "password"))
    signed_in = request.method == "GET" and request.user.is_authenticated and "switch" not in request.GET
    response = redirect(onward_url(request)) if signed_in else _sign_in_page(request, form, asked)
    return keep_language(response, language) if language else response


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
@with_asked
def password(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    identifier = pending_identifier(request)
    if identifier is None:
        return redirect(step_url(request, "sign_in"))
    form = PasswordForm(request.POST or None, initial={"identifier": identifier.masked})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            account = prove_by_password(_attempt(request, identifier), form.cleaned_data["password"])
            if account:
                return _first_proven(request, account, ["pwd"])
            form.add_error("password", _("This password does not match. Try again, or ask for a code."))
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
    return show_step(request, "password", form, asked, identifier=identifier, status=status)


@never_cache
@require_POST
@with_asked
def send_code(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    identifier = pending_identifier(request)
    if identifier is None:
        return redirect(step_url(request, "sign_in"))
    try:
        send_code_to(request, identifier, asked, opening=is_opening(request))
    except RateLimited as error:
        messages.warning(request, limited_text(error))
        return redirect(step_url(request, "code" if pending_challenge(request) else "password"))
    return redirect(step_url(request, "code"))


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@with_asked
def code(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    """A right code signs in whoever has the number or address; if nobody has it, an account may be opened."""
    identifier, challenge = pending_identifier(request), pending_challenge(request)
    if identifier is None or challenge is None:
        return redirect(step_url(request, "sign_in"))
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        attempt = _attempt(request, identifier)
        try:
            outcome, account = prove_by_code(attempt, form.cleaned_data["code"], challenge=challenge)
            if account:
                return _first_proven(request, account, amr_of_code(identifier))
            if outcome is CodeOutcome.RIGHT:
                request.session.cycle_key()  # whoever knew this session before it proved something knows it no more
                return redirect(step_url(request, "sign_up_name"))
            form.add_error("code", _outcome_text(outcome))
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
    return show_step(request, "code", form, asked, identifier=identifier, status=status)


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
@with_asked
def second_factor(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    """A code of the app, or a recovery code; with it the browser may become trusted."""
    first = pending_first_proof(request)
    if first is None:
        return redirect(step_url(request, "sign_in"))
    form, status, removal = SecondFactorForm(request.POST or None), 200, waiting_recovery(first.account)
    if request.method == "POST" and form.is_valid():
        try:
            source: dict[str, Any] = {"ip": client_ip(request), "track_id": asked.pk if asked else None}
            if prove_second_factor(first.account, form.cleaned_data["code"], **source):
                if removal:
                    messages.success(request, _("Your app stays: its removal was stopped."))
                trust = form.cleaned_data["trust"]
                return welcome(request, first.account, amr=_and_a_code(first.amr), stepped_up=True, trust=trust)
            form.add_error("code", _("This code does not match, or was used already. Wait for the next one."))
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
    may_trust = may_be_remembered(first.account, browser_key(request))
    return show_step(request, "second_factor", form, asked, status=status, may_trust=may_trust)


@never_cache
@require_POST
def passkey_options(_request: HttpRequest) -> HttpResponse:
    """What this browser's authenticators are asked, for five minutes."""
    challenge, options = begin_passkey_sign_in()
    response = JsonResponse(options)
    keep_challenge(response, challenge.pk)
    return response


@never_cache
@require_POST
@with_asked
def passkey(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    challenge = kept_challenge(request)
    try:
        track_id = asked.pk if asked else None
        account = prove_by_passkey(challenge, _passkey_answer(request), ip=client_ip(request), track_id=track_id)
        if account:
            return welcome(request, account, amr=PASSKEY_AMR, stepped_up=True)
        messages.warning(request, _("This passkey did not work here. Try again, or sign in another way."))
    except RateLimited as error:
        messages.warning(request, limited_text(error))
    return redirect(step_url(request, "sign_in"))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out of this browser."""
    sign_out(request)
    messages.success(request, _("You are signed out."))
    return redirect("freedom_id:sign_in")


def _sign_in_page(request: HttpRequest, form: IdentifierForm, asked: AuthorizationRequest | None) -> HttpResponse:
    """With the accounts that this browser knows, unless the person is known to mean another one."""
    offered = offered_accounts(request)
    another = not offered or form.is_bound or bool(asked and asked.login_hint)
    return show_step(request, "sign_in", form, asked, offered=offered, another=another)


def _attempt(request: HttpRequest, identifier: Identifier) -> Attempt:
    return Attempt(identifier, client_ip(request), track_id_of(request))


def _first_proven(request: HttpRequest, account: Account, amr: Sequence[str]) -> HttpResponse:
    if not needs_second_factor(account, browser_key=browser_key(request)):
        return welcome(request, account, amr=amr)
    remember_first_proof(request, FirstProof(account, tuple(amr)))
    return redirect(step_url(request, "second_factor"))


def _and_a_code(amr: Sequence[str]) -> list[str]:
    """`mfa` is for factors of different kinds: two codes are both what the person has."""
    return [*amr, *(["otp", "mfa"] if "pwd" in amr else [])]


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
