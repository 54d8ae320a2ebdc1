"""What the worker finds out about an application."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from freedom_id.domain.application_checks import CHECKS, PROBLEMS, check_application, label_of, words_of
from freedom_id.domain.partner_applications import due_checks, send_application
from freedom_id.models import ApplicationCheck, PartnerApplication
from tests.factories.applications import draft, png, stated

pytestmark = pytest.mark.django_db
STATUS = {"/": 404, "/privacy": 200, "/gone": 410, "/moved": 302}


class Website(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(STATUS[self.path])
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Website) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def checked(site: str, **changes: Any) -> dict[str, ApplicationCheck]:
    """The checks by name, of an application whose pages are at `site`."""
    known = {"website": f"{site}/", "policy_url": f"{site}/privacy", "redirect_uris": [f"{site}/callback"]}
    application = draft()
    send_application(application, stated(**known | changes))
    check_application(str(application.pk))
    application.refresh_from_db()
    assert application.state == "in_review"
    return {one.name: one for one in application.checks.all()}


def test_all_is_well(site: str) -> None:
    found = checked(site, terms_url=f"{site}/privacy")
    assert {name: one.result for name, one in found.items()} == dict.fromkeys(CHECKS, "passed")
    assert [words_of(one) for one in found.values()] == [""] * len(CHECKS)
    assert all(str(label_of(one)) for one in found.values())


@pytest.mark.parametrize(
    ("changes", "name", "result", "problem"),
    [
        ({"name": "The Freedom  ID shop".replace("  ", " ")}, "texts", "failed", "our_name"),
        ({"purposes": {"read.firstname": "why not"}}, "texts", "warned", "short"),
        ({"redirect_uris": ["https://a.localhost.example.invalid/"]}, "addresses", "failed", "unresolved"),
        ({"redirect_uris": ["https://10.0.0.1/"]}, "addresses", "failed", "not_public"),
        ({"redirect_uris": ["http://localhost:8000/me/"]}, "addresses", "failed", "ours"),
        ({"redirect_uris": ["http://127.0.0.1/", "http://127.0.0.1/"]}, "addresses", "failed", "twice"),
        ({"policy_url": "http://127.0.0.1:9/"}, "hosts", "warned", "unreachable"),
        ({"policy_url": "https://10.0.0.1/"}, "hosts", "failed", "not_public"),
        ({"policy_url": "https://169.254.169.254/latest"}, "pages", "failed", "not_public"),
        ({"policy_url": "SITE/gone"}, "pages", "failed", "no_page"),
        ({"policy_url": "SITE/moved"}, "pages", "warned", "redirected"),
        ({"terms_url": "SITE/gone"}, "pages", "failed", "no_page"),
        ({"logo": b"\x89PNG"}, "logo", "failed", "bad_logo"),
        ({"logo": png(64, height=65)}, "logo", "failed", "bad_logo"),
    ],
)
def test_what_is_found(
    site: str, changes: dict[str, Any], name: str, result: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("freedom_id.outbound.socket.getaddrinfo", known_names)
    stated_here = {key: text.replace("SITE", site) if isinstance(text, str) else text for key, text in changes.items()}
    if "purposes" in changes:
        stated_here["required_grants"] = []
    found = checked(site, **stated_here)[name]
    assert (found.result, found.problem) == (result, problem)
    assert words_of(found)


def known_names(host: str, port: int, *_more: Any, **_options: Any) -> list[Any]:
    """The resolver of a machine that asks nobody outside."""
    if host.endswith(".invalid"):
        raise OSError("unknown")
    return [(2, 1, 6, "", ("127.0.0.1" if host == "localhost" else host, port))]


def test_an_address_of_the_developers_own_machine_is_for_trials(site: str, settings: Any) -> None:
    application = draft()
    send_application(application, stated())
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "CALLBACK_NETWORKS": []}
    check_application(str(application.pk))
    assert application.checks.get(name="addresses").problem == "loopback"


def test_checks_are_made_once(site: str) -> None:
    application = draft()
    send_application(application, stated())
    assert due_checks() == [str(application.pk)]
    for _time in range(2):
        check_application(str(application.pk))
    assert due_checks() == []
    assert application.checks.count() == len(CHECKS)
    check_application("00000000-0000-4000-8000-000000000000")


def test_every_problem_has_its_words() -> None:
    assert all(str(words) % {"about": "x"} for words in PROBLEMS.values())
    assert PartnerApplication.objects.count() == 0
