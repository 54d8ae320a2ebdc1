"""Back to the partner: its own address with our results appended, and the CSP that lets the form get there."""

from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from freedom_id.conf import conf
from freedom_id.enums import Door, ResponseMode
from freedom_id.errors import AccessDenied
from freedom_id.models import AuthorizationRequest


class ReturnRedirect(HttpResponseRedirect):
    """A redirect to a registered address, whose scheme may be a native app's own (RFC 8252 §7.1)."""

    def __init__(self, url: str) -> None:
        self.allowed_schemes = [urlsplit(url).scheme]
        super().__init__(url)


def return_code(http: HttpRequest, request: AuthorizationRequest, code: str) -> HttpResponse:
    """Success (RFC 6749 §4.1.2): the code under this door's name, `state` when given, `iss` (RFC 9207)."""
    name = "authorization_code" if request.door == Door.FREEDOM_ID else "code"
    return _return(http, request, {name: code})


def return_error(http: HttpRequest, request: AuthorizationRequest, error: str, description: str = "") -> HttpResponse:
    """Failure: `error` in OAuth's words (RFC 6749 §4.1.2.1), on the Freedom ID door with `error_code` before it."""
    results = {"error": error} | ({"error_description": description} if description else {})
    if request.door == Door.FREEDOM_ID:
        results = {"error_code": str(AccessDenied.code)} | results
    return _return(http, request, results)


def _return(http: HttpRequest, request: AuthorizationRequest, results: dict[str, str]) -> HttpResponse:
    if request.state:
        results["state"] = request.state
    results["iss"] = conf.issuer
    post = request.response_mode == ResponseMode.FORM_POST
    response = _posted(http, request, results) if post else _redirected(request, results)
    response["Cache-Control"] = "no-store"
    return response


def _posted(http: HttpRequest, request: AuthorizationRequest, results: dict[str, str]) -> HttpResponse:
    """OAuth 2.0 Form Post Response Mode §2; without JavaScript the person presses the button."""
    context = {"action": request.redirect_uri, "results": results, "partner": request.client.name}
    return allow_return_to(render(http, "freedom_id/return_by_post.html", context), request)


def _redirected(request: AuthorizationRequest, results: dict[str, str]) -> HttpResponse:
    parts = urlsplit(request.redirect_uri)
    # RFC 6749 §3.1.2: the query "MUST be retained"; as it was written, except for what only we may say.
    kept = [pair for pair in parts.query.split("&") if pair and unquote_plus(pair.partition("=")[0]) not in results]
    return ReturnRedirect(parts._replace(query="&".join([*kept, urlencode(results)])).geturl())


def allow_return_to(response: HttpResponse, request: AuthorizationRequest | None) -> HttpResponse:
    """Let the form of this page end at the partner's address of the request."""
    return allow_form_to(response, request.redirect_uri) if request else response


def allow_form_to(response: HttpResponse, uri: str) -> HttpResponse:
    """Name the origin of `uri` in `form-action`: Chromium applies it to the redirect that follows a form."""
    parts = urlsplit(uri)
    marked: Any = response
    marked.form_action = f"{parts.scheme}://{parts.netloc}" if parts.netloc else f"{parts.scheme}:"
    return response
