"""`/oauth2/logout`: a partner sends the person here to sign out. She is asked first, or any page of the web could sign
her out; this browser's session ends, and what came from it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from freedom_id.authorization_server.authorize import UntrustedRequest
from freedom_id.authorization_server.rp_initiated_logout import PARAMETERS, LogoutRequest, read_logout_request
from freedom_id.views.browser_session import sign_out
from freedom_id.views.problem import untrusted_page
from freedom_id.views.return_address import ReturnRedirect, allow_form_to
from freedom_id.views.shown import show_partner


@never_cache
@csrf_exempt
@require_http_methods(["GET", "POST"])
def end_session(request: HttpRequest) -> HttpResponse:
    """The wish (RP-Initiated Logout §2), from any site, by GET or POST: it changes nothing but shows the question."""
    params = request.POST if request.method == "POST" else request.GET
    try:
        asked = read_logout_request(params)
    except UntrustedRequest:
        return untrusted_page(request)
    if not request.user.is_authenticated:
        return _signed_out(request, asked)
    context = {
        "partner": show_partner(asked.client) if asked.client else None,
        "carried": {name: params[name] for name in PARAMETERS if name in params},
        "return_address": asked.return_address,
    }
    response = render(request, "freedom_id/end_session.html", context)
    return allow_form_to(response, asked.redirect_uri) if asked.redirect_uri else response


@never_cache
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """The person's answer, which carries our CSRF token."""
    try:
        asked = read_logout_request(request.POST)
    except UntrustedRequest:
        return untrusted_page(request)
    if request.POST.get("decision") == "stay":
        return ReturnRedirect(asked.return_address) if asked.return_address else redirect("freedom_id:home")
    if request.user.is_authenticated:
        sign_out(request)
    return _signed_out(request, asked)


def _signed_out(request: HttpRequest, asked: LogoutRequest) -> HttpResponse:
    if asked.return_address:
        return ReturnRedirect(asked.return_address)
    messages.success(request, _("You are signed out."))
    return redirect("freedom_id:sign_in")
