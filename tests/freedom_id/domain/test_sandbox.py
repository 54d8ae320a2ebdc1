"""A client in the sandbox meets its test persons and nobody else, and can meet every error."""

import pytest
from django.test import Client

from freedom_id.domain.partner_applications import ask_to_go_live, go_live
from freedom_id.domain.sandbox_persons import PASSWORD, address_of
from freedom_id.domain.sandbox_values import KINDS, magic_values
from freedom_id.domain.secret_handover import take_secret
from freedom_id.enums import ClientStage
from freedom_id.models import Authorization, PartnerClient, SandboxPerson
from identity_portal.demo.models import InboxMessage
from tests.compliance.standard_door import request_url
from tests.factories.applications import in_sandbox, manager
from tests.factories.people import email_of, partner, person
from tests.freedom_id.api.backend import Answer, Backend
from tests.journeys.walk import FreedomWalk, Page

pytestmark = pytest.mark.django_db
URI = "http://127.0.0.1:9/callback"
ASKED = {"redirect_uri": URI, "grants": ["read.firstname", "read.email"]}
BROWSER = ("100102", "100103")
AT_ONCE = [code for code in KINDS if code not in BROWSER]


@pytest.fixture
def client() -> PartnerClient:
    return PartnerClient.objects.get(application=in_sandbox())


@pytest.fixture
def backend(client: PartnerClient) -> Backend:
    return Backend(client.client_id, take_secret(client.handovers.get()))


def arrive(backend: Backend, identifier: str, password: str = PASSWORD, **stated: object) -> tuple[FreedomWalk, Page]:
    walk = FreedomWalk(Client())
    return walk, walk.sign_in(backend.login_url(**ASKED | stated), identifier, password)


def test_a_test_person_signs_in_and_shares(client: PartnerClient, backend: Backend) -> None:
    walk, page = arrive(backend, address_of("full", client))
    code = walk.consent(page, grants=["read.email"]).returned["authorization_code"]
    tokens = backend.token(code).json()
    known = backend.info(tokens["access_token"]).json()
    assert (known["firstname"], known["email"]) == ("Anna", address_of("full", client))
    assert backend.refresh(tokens["refresh_token"]).status == 200
    assert InboxMessage.objects.filter(to__endswith="sandbox.invalid").count() == 0


def test_one_who_is_blocked_does_not_come_in(client: PartnerClient, backend: Backend) -> None:
    _walk, page = arrive(backend, address_of("blocked", client))
    assert "This password does not match" in page.text


def test_a_real_person_is_told_that_it_is_a_trial(client: PartnerClient, backend: Backend) -> None:
    someone = person()
    _walk, page = arrive(backend, email_of(someone), "correct horse battery")
    assert page.status == 403
    assert "This service is being tried out" in page.text
    assert not Authorization.objects.filter(client=client).exists()


def test_nor_at_the_standard_door(client: PartnerClient) -> None:
    someone = person()
    page = FreedomWalk(Client()).sign_in(
        request_url(client, redirect_uri=URI, scope="openid"), email_of(someone), "correct horse battery"
    )
    assert "This service is being tried out" in page.text


def test_a_test_person_is_nobody_elsewhere(client: PartnerClient) -> None:
    other, secret = partner(redirect_uris=[URI])
    neighbour = PartnerClient.objects.get(application=in_sandbox(name="Other"))
    for backend in (
        Backend(other.client_id, secret),
        Backend(neighbour.client_id, take_secret(neighbour.handovers.get())),
    ):
        _walk, page = arrive(backend, address_of("full", client))
        assert "This service is being tried out" in page.text
    assert not Authorization.objects.exists()


def test_live_it_meets_everybody_and_its_test_persons_are_gone(client: PartnerClient, backend: Backend) -> None:
    walk, page = arrive(backend, address_of("full", client))
    tokens = backend.token(walk.consent(page).returned["authorization_code"]).json()
    ask_to_go_live(client.application, by=manager())
    go_live(client.application, by=manager())
    assert backend.info(tokens["access_token"]).status == 401
    assert backend.link(**ASKED).refusal == (401, 100104)
    live = Backend(client.client_id, take_secret(client.handovers.get(taken_at=None)))
    _walk, page = arrive(live, address_of("full", client))
    assert "This password does not match" in page.text
    walk, page = arrive(live, email_of(person()), "correct horse battery")
    assert "authorization_code" in walk.consent(page).returned
    client.refresh_from_db()
    assert client.stage == ClientStage.LIVE


def shown(answer: Answer) -> str:
    return str(answer.error.get("code", 422))


@pytest.mark.parametrize("code", AT_ONCE)
def test_every_error_at_link_and_token(code: str, backend: Backend) -> None:
    value = f"sandbox-{code}"
    answers = [backend.link(**ASKED, state=value), backend.token(value)]
    assert [shown(answer) for answer in answers] == [code, code]
    assert {answer.status for answer in answers} == {KINDS[code].http_status}


@pytest.mark.parametrize("code", KINDS)
def test_every_error_at_refresh_info_and_profile(code: str, backend: Backend) -> None:
    value = f"sandbox-{code}-{backend.client_id}"
    answers = [backend.refresh(value), backend.info(value)]
    answers.append(backend.get_profile(value, "00000000-0000-4000-8000-000000000000"))
    assert [shown(answer) for answer in answers] == [code] * 3


def test_errors_at_the_browser(client: PartnerClient, backend: Backend) -> None:
    walk, page = arrive(backend, address_of("full", client), state="sandbox-100102")
    assert (page.returned["error_code"], page.returned["state"]) == ("100102", "sandbox-100102")
    page = FreedomWalk(Client()).get(backend.login_url(**ASKED, state="sandbox-100103"))
    assert "This link no longer works" in page.text
    assert walk


def test_live_they_are_values_like_any_other() -> None:
    client, secret = partner(redirect_uris=[URI])
    backend = Backend(client.client_id, secret)
    for one in magic_values():
        assert backend.link(**ASKED, state=one.value).status == 200
        assert backend.token(one.value).refusal == (400, 100101)
        token = f"{one.value}-{client.client_id}"
        assert backend.info(token).refusal == (401, 100107)
        assert backend.refresh(token).refusal == (401, 100108)
    assert backend.info("sandbox-100110-").refusal == (401, 100107)
    assert backend.info("sandbox-100110-\x7f" * 9).refusal == (401, 100107)
    _walk, page = arrive(backend, email_of(person()), "correct horse battery", state="sandbox-100102")
    assert page.status == 200


def test_each_client_has_its_own(client: PartnerClient) -> None:
    in_sandbox(name="Other")
    assert SandboxPerson.objects.filter(client=client).count() == 3
    assert SandboxPerson.objects.count() == 6
