"""Scripts of other origins: a client that lives in a browser reads what it is answered (Fetch standard, §3.3)."""

import pytest
from django.test import Client

from tests.compliance.standard_door import FORM

ORIGIN = "https://app.example"
CALLED_BY_APPS = ["/oauth2/token", "/oauth2/par", "/oauth2/userinfo", "/oauth2/revoke"]
DOCUMENTS = [
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/.well-known/jwks.json",
]
CLOSED = ["/oauth2/introspect", "/oauth2/authorize", "/oauth2/logout", "/api/v1/oauth/token", "/identity/v4/account"]


def preflight(path, method="POST", **headers):
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": method}
    return Client().options(path, headers=asked | headers)


@pytest.mark.requirement("Fetch §3.3.3")
@pytest.mark.parametrize("path", [*CALLED_BY_APPS, *DOCUMENTS])
def test_a_preflight_is_allowed_without_credentials(db, path):
    answer = preflight(path, **{"Access-Control-Request-Headers": "authorization,content-type"})

    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert answer["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.requirement("Fetch §3.3.3")
@pytest.mark.parametrize("path", CALLED_BY_APPS)
def test_a_refusal_can_be_read_with_its_challenge(db, path):
    for content_type in (FORM, "text/plain"):
        answer = Client().post(path, "x=1", content_type=content_type, headers={"Origin": ORIGIN})

        assert answer.status_code >= 400
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert answer["Access-Control-Expose-Headers"] == "WWW-Authenticate, Retry-After"
        assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize("path", CLOSED)
def test_what_no_app_calls_stays_closed(db, path):
    assert "Access-Control-Allow-Origin" not in preflight(path)
    assert "Access-Control-Allow-Origin" not in Client().post(path, headers={"Origin": ORIGIN})


def test_options_that_is_no_preflight_is_not_served(db):
    assert Client().options("/oauth2/token", headers={"Origin": ORIGIN}).status_code == 405


def test_the_session_of_the_person_opens_nothing(walk, code):
    """`walk` is signed in: a page that sends its cookies along reads what a stranger reads."""
    answer = walk.browser.get("/oauth2/userinfo", headers={"Origin": ORIGIN})

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
