"""oidc-client-ts in Chromium: an app that is a page only calls the portal from another origin, without a secret."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.chromium import watched
from tests.clients.conversation import HERE, from_npm
from tests.factories.people import PASSWORD, partner, person, phone_of

pytestmark = [pytest.mark.browser, pytest.mark.postgresql]

LIBRARY = "node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js"


class App(BaseHTTPRequestHandler):
    """The page at every path, but for the library."""

    def do_GET(self) -> None:
        file, kind = HERE / "with_oidc_client_ts.html", "text/html"
        if self.path.endswith(".js"):
            file, kind = from_npm() / LIBRARY, "text/javascript"
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.end_headers()
        self.wfile.write(file.read_bytes())

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@contextmanager
def served() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), App) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def app() -> Iterator[str]:
    from_npm()
    with served() as url:
        yield url


def said(page: Page, act: str = "") -> dict[str, Any]:
    """What the app shows, after a press of one of its buttons."""
    if act:
        page.locator("output").evaluate("shown => { shown.textContent = '' }")
        page.get_by_role("button", name=act).click()
    page.locator("output:not(:empty)").wait_for()
    shown: dict[str, Any] = json.loads(page.locator("output").inner_text())
    assert "error" not in shown, shown
    return shown


def test_an_app_in_the_browser_signs_in_refreshes_revokes_and_signs_out(portal, app, chromium):
    account = person()
    client, _none = partner(
        client_type="public", redirect_uris=[f"{app}/callback"], post_logout_redirect_uris=[f"{app}/signed-out"]
    )
    with watched(chromium, portal.url, app) as browser:
        page = browser.page
        registration = {"authority": portal.url, "client_id": client.client_id}
        page.context.add_cookies([{"name": name, "value": value, "url": app} for name, value in registration.items()])
        page.goto(app)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_label("Phone or e-mail").fill(phone_of(account))
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Share with Aral Market").click()
        page.wait_for_url(f"{app}/callback?*")
        assert said(page)["profile"]["sub"] == str(account.freedom_id)
        renewed = {"refreshed": True, "sub": str(account.freedom_id), "name": "Dilnoza"}
        assert said(page, "Refresh") == renewed
        assert said(page, "Revoke") == {"status": 401, "challenge": 'Bearer error="invalid_token"'}
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{portal.url}/oauth2/logout*")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{app}/signed-out*")
        assert said(page) == {"user": None}
