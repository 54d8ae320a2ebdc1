"""Method 1, Link."""

import base64
import re
import uuid
from typing import Any

import pytest

from freedom_id.domain.client_status import close_client, suspend_client
from freedom_id.models import AuthorizationRequest, PartnerClient
from tests.factories.people import REDIRECT_URI, partner
from tests.freedom_id.api.backend import UUID4, Backend, basic, query_of
from tests.freedom_id.api.conftest import NOON

pytestmark = pytest.mark.django_db
BODY = {"redirect_uri": REDIRECT_URI, "grants": ["read.firstname"]}
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_answer_is_the_login_address_for_600_seconds(backend: Backend, noon: Any) -> None:
    answer = backend.link()
    assert (answer.status, list(answer.json())) == (200, ["redirect_uri"])
    url = answer.json()["redirect_uri"]
    assert re.fullmatch(rf"http://localhost:8000/login\?track_id={UUID4}&expire_at=\d{{10}}", url)
    assert query_of(url)["expire_at"] == [str(int(NOON.timestamp()) + 600)]
    assert answer.headers["content-type"] == "application/json"
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")


def test_each_call_makes_a_link_of_its_own(backend: Backend) -> None:
    assert backend.login_url() != backend.login_url()


def test_what_was_asked_is_kept_here_and_not_in_the_address(backend: Backend) -> None:
    url = backend.login_url(state="s-1", code_challenge=CHALLENGE, grants=["read.email", "read.phone", "read.email"])
    kept = AuthorizationRequest.objects.get(pk=query_of(url)["track_id"][0])
    assert (kept.redirect_uri, kept.state, kept.code_challenge) == (REDIRECT_URI, "s-1", CHALLENGE)
    assert kept.grants == ["read.email", "read.phone"]
    assert set(query_of(url)) == {"track_id", "expire_at"}


def test_old_path_answers_alike(backend: Backend) -> None:
    old = Backend(backend.client_id, backend.secret, api="/v1/oauth")
    assert old.link().status == 200


def test_unknown_fields_and_credentials_in_the_body_are_ignored(backend: Backend) -> None:
    answer = backend.link(CLIENT_ID="somebody else", CLIENT_SECRET="wrong", colour={"deep": [1]})
    assert answer.status == 200


def test_credentials_in_the_body_alone_prove_nothing(backend: Backend) -> None:
    body = {**BODY, "CLIENT_ID": backend.client_id, "CLIENT_SECRET": backend.secret}
    assert backend.call("POST", "/authorize", body).refusal == (401, 100104)


def test_unknown_grant_is_named_by_its_index(backend: Backend) -> None:
    answer = backend.link(grants=["read.email", "read.phone", "read.firstname", "read.shoes"])
    assert answer.status == 422
    assert answer.json() == {
        "error": {
            "message": "Error validating transmitted data.",
            "errors": {"grants.3": ["The selected grants.3 is invalid."]},
        }
    }


def test_no_grants_is_the_published_error(backend: Backend) -> None:
    for grants in (None, [], "", {}, 0, False):
        answer = backend.link(grants=grants)
        assert (answer.status, answer.error["errors"]) == (422, {"grants": ["The Grants field is required."]}), grants


INVALID: list[tuple[dict[str, Any], set[str]]] = [
    ({"redirect_uri": None}, {"redirect_uri"}),
    ({"redirect_uri": ""}, {"redirect_uri"}),
    ({"redirect_uri": ["https://partner.example/callback"]}, {"redirect_uri"}),
    ({"redirect_uri": "https://partner.example/" + "a" * 2048}, {"redirect_uri"}),
    ({"grants": "read.email"}, {"grants"}),
    ({"grants": {"0": "read.email"}}, {"grants"}),
    ({"grants": ["read.email"] * 51}, {"grants"}),
    ({"grants": [["read.email"], None, 7, "READ.EMAIL"]}, {"grants.0", "grants.1", "grants.2", "grants.3"}),
    ({"grants": ["read.cards"]}, {"grants.0"}),
    ({"grants": ["openid"]}, {"grants.0"}),
    ({"state": "s" * 513}, {"state"}),
    ({"state": "з"}, {"state"}),
    ({"state": "a\nb"}, {"state"}),
    ({"state": "a\x00b"}, {"state"}),
    ({"state": 7}, {"state"}),
    ({"code_challenge": "short"}, {"code_challenge"}),
    ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, {"code_challenge_method"}),
    ({"code_challenge": CHALLENGE, "code_challenge_method": ["S256"]}, {"code_challenge_method"}),
    ({"locale": "ru-Cyrl-KZ"}, {"locale"}),
    ({"redirect_uri": 1, "grants": [], "state": {}}, {"redirect_uri", "grants", "state"}),
]


def test_each_invalid_field_is_named(backend: Backend) -> None:
    for changed, fields in INVALID:
        answer = backend.link(**changed)
        assert (answer.status, set(answer.error)) == (422, {"message", "errors"}), changed
        assert set(answer.error["errors"]) == fields, changed
        assert all(isinstance(text, str) for texts in answer.error["errors"].values() for text in texts)


def test_a_body_that_is_no_request_is_invalid(backend: Backend) -> None:
    authorization = basic(backend.client_id, backend.secret)
    for body in (b"", b"{}", b"null", b"[]", b'"a"', b"{", b"\xff", b'{"state":"\\ud800"}', b"NaN"):
        answer = backend.call("POST", "/authorize", body, authorization=authorization)
        assert (answer.status, set(answer.error)) == (422, {"message", "errors"}), body


MUTANTS = [
    "https://partner.example/callback",
    "https://partner.example/callback?from=freedom&more=1",
    "https://partner.example/callback?from=freedom#fragment",
    "https://partner.example:443/callback?from=freedom",
    "https://PARTNER.example/callback?from=freedom",
    "https://partner.example/callback/../callback?from=freedom",
    "https://partner.example@evil.example/callback?from=freedom",
    "https://evil.example/callback?from=freedom",
    "http://partner.example/callback?from=freedom",
    f"{REDIRECT_URI} {REDIRECT_URI}",
    f"{REDIRECT_URI} ",
    "javascript:alert(1)",
    "not an address",
    "http://[",
]


def test_redirect_uri_is_compared_as_a_string(backend: Backend) -> None:
    for uri in MUTANTS:
        assert backend.link(redirect_uri=uri).refusal == (400, 100106), uri


def test_a_grant_that_the_client_may_not_ask_for(db: None) -> None:
    client, secret = partner(grants=["read.firstname"])
    assert Backend(client.client_id, secret).link(grants=["read.firstname", "read.email"]).refusal == (403, 100105)


def headers_that_prove_nothing(client_id: str, secret: str) -> list[str]:
    plain = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    return [
        "", "Basic", "Basic ", f"Bearer {plain}", f"Basic {client_id}:{secret}", "Basic \xff\xfe", "Basic ====",
        basic(client_id, "wrong"), basic(client_id, ""), basic(str(uuid.uuid4()), secret), basic("", secret),
        basic("a\x00b", secret), basic("a" * 300, secret), "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(client_id.encode()).decode(), basic(client_id.upper() + " ", secret),
    ]  # fmt: skip


def test_failed_authentication_is_401_with_a_basic_challenge(backend: Backend) -> None:
    for header in headers_that_prove_nothing(backend.client_id, backend.secret):
        answer = backend.call("POST", "/authorize", BODY, authorization=header)
        assert answer.refusal == (401, 100104), header
        assert answer.headers["www-authenticate"] == 'Basic realm="freedom-id"', header
        assert answer.error["message"] == "Client authentication failed."


def test_the_scheme_is_written_in_any_case(backend: Backend) -> None:
    header = basic(backend.client_id, backend.secret).replace("Basic", "bASIC")
    assert backend.call("POST", "/authorize", BODY, authorization=header).status == 200


def test_eleventh_failure_in_a_minute_is_429_and_the_right_secret_still_passes(backend: Backend, noon: Any) -> None:
    wrong = Backend(backend.client_id, "wrong")
    assert [wrong.link().status for _ in range(10)] == [401] * 10
    limited = wrong.link()
    assert limited.refusal == (429, 100129)
    assert limited.headers["retry-after"] == "60"
    assert backend.link().status == 200
    noon.shift(60)
    assert wrong.link().status == 401


def test_suspended_and_closed_clients_are_refused(backend: Backend, client_row: PartnerClient) -> None:
    for stop in (suspend_client, close_client):
        stop(client_row)
        assert backend.link().refusal == (403, 100105)


def test_old_integrations_get_errors_under_200(backend: Backend, client_row: PartnerClient) -> None:
    honest = backend.link(grants=["read.shoes"]), backend.link(redirect_uri="https://evil.example/")
    client_row.errors_as_200 = True
    client_row.save()
    old = backend.link(grants=["read.shoes"]), backend.link(redirect_uri="https://evil.example/")
    assert [answer.status for answer in (*honest, *old)] == [422, 400, 200, 200]
    assert [answer.body for answer in honest] == [answer.body for answer in old]


@pytest.fixture
def app(db: None) -> Backend:
    client, secret = partner(native=True, redirect_uris=["http://127.0.0.1/cb", "http://[::1]/cb", "com.aral.app:/cb"])
    return Backend(client.client_id, secret)


def test_native_client_must_bring_a_challenge(app: Backend) -> None:
    answer = app.link(redirect_uri="com.aral.app:/cb")
    assert (answer.status, set(answer.error["errors"])) == (422, {"code_challenge"})
    assert app.link(redirect_uri="com.aral.app:/cb", code_challenge=CHALLENGE).status == 200


LOOPBACK = [
    ("http://127.0.0.1:49152/cb", 200),
    ("http://[::1]:49152/cb", 200),
    ("http://127.0.0.1:0/cb", 200),
    ("http://127.0.0.1:49152/other", 400),
    ("http://127.0.0.1:49152/cb?x=1", 400),
    ("http://localhost:49152/cb", 400),
    ("http://127.0.0.2:49152/cb", 400),
    ("https://127.0.0.1:49152/cb", 400),
    ("http://me@127.0.0.1:49152/cb", 400),
    ("http://127.0.0.1:99999/cb", 400),
    ("com.aral.app:/cb2", 400),
]


def test_loopback_port_of_a_native_client_is_free(app: Backend) -> None:
    for uri, status in LOOPBACK:
        assert app.link(redirect_uri=uri, code_challenge=CHALLENGE).status == status, uri


def test_loopback_port_of_a_web_client_is_not_free(db: None) -> None:
    client, secret = partner(redirect_uris=["http://127.0.0.1:8080/cb"])
    backend = Backend(client.client_id, secret)
    assert backend.link(redirect_uri="http://127.0.0.1:8080/cb").status == 200
    assert backend.link(redirect_uri="http://127.0.0.1:8081/cb").refusal == (400, 100106)
