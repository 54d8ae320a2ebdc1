"""`/oauth2/authorize`. The steps, in order: read and judge (authorization_server.authorize), or find what was pushed →
`prompt=none` is answered at once; everything else: keep the request → sign-in → consent page → code."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from freedom_id.authorization_server.authorize import (
    RefusedRequest,
    UntrustedRequest,
    is_pushed,
    pushed_request,
    read_authorization_request,
)
from freedom_id.domain.consent_requests import QuestionChanged, allow, is_settled
from freedom_id.domain.usage_counts import count_error
from freedom_id.enums import ApiDoor
from freedom_id.errors import AccountUnavailable
from freedom_id.models import AuthorizationRequest
from freedom_id.views.browser_session import account_of, current_sign_in, is_expected, is_stale
from freedom_id.views.problem import untrusted_page
from freedom_id.views.return_address import return_code, return_error
from freedom_id.views.step_up import silent_level_error

UNTRUSTED = "invalid_request"  # as the endpoint for pushed requests calls it; a person gets a page without a code


@never_cache
@require_GET
def authorize(request: HttpRequest) -> HttpResponse:
    try:
        asked = pushed_request(request.GET) if is_pushed(request.GET) else read_authorization_request(request.GET)
    except UntrustedRequest:
        count_error(request.GET.get("client_id", ""), ApiDoor.OAUTH, UNTRUSTED)
        return untrusted_page(request)
    except RefusedRequest as refusal:
        count_error(refusal.request.client.client_id, ApiDoor.OAUTH, refusal.error)
        return return_error(request, refusal.request, refusal.error, refusal.description)
    if "none" in asked.prompt.split():
        return _answer_silently(request, asked)
    _keep(asked)
    # Initiating User Registration §4.1: the account creation, whoever is signed in
    if "create" in asked.prompt.split():
        return redirect(f"{reverse('freedom_id:sign_up')}?{urlencode({'track_id': str(asked.pk)})}")
    somebody_else = request.user.is_authenticated and not is_expected(request, asked)
    switch = {"switch": "1"} if "select_account" in asked.prompt.split() or somebody_else else {}
    return redirect(f"{reverse('freedom_id:sign_in')}?{urlencode({'track_id': str(asked.pk), **switch})}")


def _answer_silently(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    """`prompt=none` (OIDC Core §3.1.2.1, §3.1.2.6): no page is shown; a code or the reason why there is none."""
    if not request.user.is_authenticated or is_stale(request, asked) or not is_expected(request, asked):
        return return_error(request, asked, "login_required")
    if not is_settled(asked, account_of(request)):
        return return_error(request, asked, "consent_required")
    if too_low := silent_level_error(request, asked):
        return return_error(request, asked, too_low)
    _keep(asked)
    try:
        return return_code(
            request, asked, allow(str(asked.pk), current_sign_in(request), ticked=[], shown=[], silently=True)
        )
    except QuestionChanged:
        return return_error(request, asked, "consent_required")
    except AccountUnavailable:
        return return_error(request, asked, "login_required")


def _keep(asked: AuthorizationRequest) -> None:
    """A pushed request is kept already."""
    if asked._state.adding:
        asked.save(force_insert=True)
