"""The browser as a device: a signed cookie with a secret by which it is known again, and a name to show."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from freedom_id.client_address import client_ip
from freedom_id.conf import conf
from freedom_id.domain.devices import DeviceFacts, draw_device_key

SALT = "freedom_id.device"
COOKIE_AGE = timedelta(days=180)
# The first that is found; others call themselves these too, so the order decides.
BROWSERS = {
    "YaBrowser/": "Yandex Browser",
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def browser_key(request: HttpRequest) -> str:
    """The secret that this browser was given, or a new one."""
    return known_browser_key(request) or draw_device_key()


def known_browser_key(request: HttpRequest) -> str:
    """The secret that this browser was given, or "": a cookie that we did not sign is none."""
    age = int(COOKIE_AGE.total_seconds())
    return str(request.get_signed_cookie(conf.device_cookie, default="", salt=SALT, max_age=age))


def keep_browser_key(response: HttpResponse, key: str) -> None:
    response.set_signed_cookie(
        conf.device_cookie,
        key,
        salt=SALT,
        max_age=int(COOKIE_AGE.total_seconds()),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def browser_facts(request: HttpRequest) -> DeviceFacts:
    """What the browser says that it is: for the person's list, not for any decision."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for mark, name in BROWSERS.items() if mark in agent), "")
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), "")
    name = ", ".join(filter(None, [browser, system]))
    return DeviceFacts(browser, name, client_ip(request), translation.get_language() or "")
