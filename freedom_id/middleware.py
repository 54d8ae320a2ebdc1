"""Headers of every page, the ends of a session, and how the person wants her pages."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation

from freedom_id.domain.devices import has_ended
from freedom_id.enums import Theme
from freedom_id.views.browser_session import AUTHENTICATED_AT, SIGN_IN_ID, sign_out

Next = Callable[[HttpRequest], HttpResponse]

THEME_COOKIE = "theme"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'{form_action}; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
LONGEST_SECONDS = 12 * 3600
STAFF_LONGEST_SECONDS = 8 * 3600
STAFF_IDLE_SECONDS = 15 * 60
ZONES = available_timezones()  # walks a thousand files


class SecurityHeaders:
    """Content-Security-Policy without inline code, no framing, and no caching of what belongs to one person."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        form_action, frame_src = getattr(response, "form_action", ""), getattr(response, "frame_src", "")
        policy = CSP.format(form_action=f" {form_action}" if form_action else "")
        if frame_src:
            policy += f"; frame-src {frame_src}"
        response.headers.setdefault("Content-Security-Policy", policy)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class SessionLimits:
    """A session ends 12 hours after the sign-in however busy it is; for staff after 8 hours, or 15 idle minutes; and
    when its account was signed out everywhere since, or this browser from elsewhere. One that our sign-in did not
    begin, such as by Django's own `login()`, counts as ended."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            staff = request.user.is_staff
            if staff:
                request.session.set_expiry(STAFF_IDLE_SECONDS)
            since = request.session.get(AUTHENTICATED_AT, 0)
            too_old = timezone.now().timestamp() - since > (STAFF_LONGEST_SECONDS if staff else LONGEST_SECONDS)
            ended = request.user.signed_out_at
            gone = ended and since <= ended.timestamp()
            sign_in_id = request.session.get(SIGN_IN_ID)
            if too_old or gone or not sign_in_id or has_ended(sign_in_id):
                sign_out(request)
                return redirect(request.get_full_path()) if request.method == "GET" else redirect("/")
        return self.get_response(request)


class BrowserTimeZone:
    """Times are shown in the zone that a script of our pages left in the cookie `time-zone` (an IANA name), else in the
    zone of the settings."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = request.COOKIES.get("time-zone")
        with timezone.override(ZoneInfo(name) if name in ZONES else None):
            return self.get_response(request)


class OwnChoices:
    """Pages look and speak as the person chose. The language of her account is for a browser in which nobody chose
    one, be it here or by `ui_locales`; it goes before the browser's own."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.theme = chosen_theme(request)  # type: ignore[attr-defined]
        language = request.user.locale if request.user.is_authenticated else ""
        if language in dict(settings.LANGUAGES) and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(language)
            request.LANGUAGE_CODE = language
        return self.get_response(request)


def chosen_theme(request: HttpRequest) -> str:
    """`light` or `dark`, "" when the device decides."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in {Theme.LIGHT, Theme.DARK} else ""
