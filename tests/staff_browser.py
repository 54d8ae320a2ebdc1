"""Staff in Chromium, signed in as a test's client is."""

from http.cookies import Morsel
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext

from freedom_id.models import Account
from tests.identity_portal.staff.stage import browser_of


def let_in(context: BrowserContext, account: Account, url: str) -> None:
    """From now on the account is signed in, in this browser, at the portal of this address."""
    context.add_cookies([_known_at(url, cookie) for cookie in browser_of(account).cookies.values()])


def _known_at(url: str, cookie: "Morsel[str]") -> Any:
    """The names of cookies end in the port of their portal."""
    name, _dash, port = cookie.key.rpartition("-")
    own_name = f"{name}-{urlsplit(url).port}" if port.isdecimal() else cookie.key
    return {"name": own_name, "value": cookie.value, "url": url}
