"""Which answers a script of another origin may read (Fetch standard, §3.3 "CORS protocol")."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse

View = Callable[[HttpRequest], HttpResponse]
PREFLIGHT = {"Access-Control-Allow-Headers": "Authorization, Content-Type", "Access-Control-Max-Age": "3600"}


def open_to_scripts(view: View) -> View:
    """The view, for scripts of any origin: each answer can be read, and a preflight is allowed.

    Only for views that look at no cookie. `*` never goes with credentials, so a page gains nothing from the person's
    session here: it must bring a code, a token or a secret of its own, and whoever has those needs no browser.
    """

    @wraps(view)
    def opened(request: HttpRequest) -> HttpResponse:
        is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
        response = HttpResponse(status=204, headers=PREFLIGHT) if is_preflight else view(request)
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "WWW-Authenticate, Retry-After"
        return response

    return opened
