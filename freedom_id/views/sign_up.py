"""Somebody who has no account opens one: number or address, the code to it, then her name. Up to the code every step is
the same for an identifier that has an owner, whom a right code signs in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from freedom_id.client_address import client_ip
from freedom_id.domain.credentials import ProofSpent
from freedom_id.domain.one_time_codes import has_first_proof
from freedom_id.domain.sign_ups import open_own_account
from freedom_id.errors import IdentifierTaken, RateLimited
from freedom_id.forms.sign_in import IdentifierForm
from freedom_id.forms.sign_up import NameForm
from freedom_id.models import AuthorizationRequest
from freedom_id.views.browser_session import pending_challenge, pending_identifier, remember_identifier
from freedom_id.views.language import keep_language
from freedom_id.views.problem import limited_text
from freedom_id.views.sign_in_steps import (
    amr_of_code,
    send_code_to,
    show_step,
    speak_as_asked,
    step_url,
    welcome,
    with_asked,
)


@never_cache
@require_http_methods(["GET", "POST"])
@with_asked
def begin(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    """`/login/new`, also for somebody who is signed in: she may want another account."""
    language = speak_as_asked(request, asked)
    form = IdentifierForm(request.POST or None, initial={"identifier": asked.login_hint if asked else ""})
    status = 200
    if request.method == "POST" and form.is_valid():
        remember_identifier(request, form.cleaned_data["identifier"], opening=True)
        try:
            send_code_to(request, form.cleaned_data["identifier"], asked, opening=True)
            return redirect(step_url(request, "code"))
        except RateLimited as error:
            form.add_error(None, limited_text(error))
            status = 429
    response = show_step(request, "sign_up", form, asked, status=status)
    return keep_language(response, language) if language else response


@never_cache
@require_http_methods(["GET", "POST"])
@with_asked
def name(request: HttpRequest, asked: AuthorizationRequest | None) -> HttpResponse:
    """After the proof that nobody has the number or address yet: her name, and the account is open."""
    identifier, challenge = pending_identifier(request), pending_challenge(request)
    if identifier is None or challenge is None or not has_first_proof(challenge, identifier.index):
        return redirect(step_url(request, "sign_up"))
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = form.cleaned_data | {"locale": translation.get_language() or ""}
        client = asked.client if asked else None
        try:
            account = open_own_account(challenge, identifier, person, client=client, ip=client_ip(request))
            return welcome(request, account, amr=amr_of_code(identifier))
        except ProofSpent:
            return redirect(step_url(request, "sign_up"))
        except IdentifierTaken:
            messages.warning(
                request, _("A Freedom ID with this number or address was opened meanwhile. Sign in with it.")
            )
            return redirect(step_url(request, "sign_in"))
    return show_step(request, "sign_up_name", form, asked, identifier=identifier)
