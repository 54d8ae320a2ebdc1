"""Method 5, Info."""

import re
from datetime import timedelta
from typing import Any

import pytest

from freedom_id.domain.accounts import register_account
from freedom_id.domain.authorizations import end_sign_in, stop_sharing
from freedom_id.domain.client_status import suspend_client
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.enums import AccountStatus
from freedom_id.grants import GRANTS
from freedom_id.models import Account, Authorization, PartnerClient, TokenFamily
from tests.factories.people import PASSWORD, email_of, partner, person, phone_of
from tests.freedom_id.api.backend import UUID4, Backend

pytestmark = pytest.mark.django_db
CHALLENGE = 'Bearer error="invalid_token"'


def test_every_field_of_the_contract_in_its_form(backend: Backend, account: Account, tokens: dict[str, Any]) -> None:
    answer = backend.info(tokens["access_token"])
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    other = {c.type: c.value for c in account.credentials.filter(is_primary=False)}
    assert answer.json() == {
        "id": str(account.freedom_id), "firstname": "Dilnoza", "lastname": "Karimova", "patronymic": "Rustamovna",
        "date_of_birth": "1994-05-17", "country": "UZB", "nationality": "Uzbek", "gender": "F",
        "identifier": account.identifier, "phone": phone_of(account), "email": email_of(account),
        "phones": [other["mobile"]], "emails": [other["email"]],
    }  # fmt: skip
    assert re.fullmatch(UUID4, answer.json()["id"])
    assert all(re.fullmatch(r"\+\d{10,15}", phone) for phone in [answer.json()["phone"], *answer.json()["phones"]])


def test_unknown_values_are_null_and_empty_lists(backend: Backend) -> None:
    phone = "+998901234567"
    account = register_account(parse_identifier(phone), password=PASSWORD, firstname="Ali")
    info = backend.info(backend.tokens(account)["access_token"]).json()
    known = {"id": str(account.freedom_id), "firstname": "Ali", "phone": phone, "phones": [], "emails": []}
    fields = {grant.field for code, grant in GRANTS.items() if code != "read.profile"}
    assert info == dict.fromkeys(fields) | known


def test_a_grant_unlocks_its_field_and_no_other(account: Account) -> None:
    client, secret = partner(required_grants=[])
    backend = Backend(client.client_id, secret)
    for code, grant in GRANTS.items():
        info = backend.info(backend.tokens(account, grants=[code])["access_token"]).json()
        assert set(info) == ({"id"} if code == "read.profile" else {"id", grant.field})


def test_info_shows_the_present_and_not_the_moment_of_consent(
    backend: Backend, account: Account, tokens: dict[str, Any]
) -> None:
    account.firstname = "Malika"
    account.save()
    assert backend.info(tokens["access_token"]).json()["firstname"] == "Malika"


def test_a_persons_unusual_letters_arrive_whole(backend: Backend) -> None:
    account = person(firstname="Oʻgʻiloy", lastname="Қазыбекұлы 👩", patronymic="กมลรัตน์")
    info = backend.info(backend.tokens(account)["access_token"]).json()
    assert (info["firstname"], info["lastname"], info["patronymic"]) == ("Oʻgʻiloy", "Қазыбекұлы 👩", "กมลรัตน์")


@pytest.mark.parametrize(("api", "path"), [("/api/v1/oauth", "/userinfo"), ("/v1/oauth", "/user")])
def test_aliases_answer_alike(backend: Backend, tokens: dict[str, Any], api: str, path: str) -> None:
    bearer = f"Bearer {tokens['access_token']}"
    alias = Backend(backend.client_id, backend.secret, api=api).call("GET", path, authorization=bearer)
    assert (alias.status, alias.json()) == (200, backend.info(tokens["access_token"]).json())


def test_what_is_no_access_token_is_401_with_a_challenge(backend: Backend, tokens: dict[str, Any]) -> None:
    token = tokens["access_token"]
    bearers = [f"Bearer {tokens['refresh_token']}", "Bearer", "Bearer ", f"Bearer {token}x", f"Bearer {token[:-1]}"]
    bearers += [
        "",
        f"Basic {token}",
        token,
        f"Bearer {token} {token}",
        "Bearer a.b.c",
        "Bearer é",
        "Bearer " + "a" * 9000,
    ]
    bearers += [f"Bearer {token.swapcase()}"]
    for header in bearers:
        answer = backend.call("GET", "/user", authorization=header)
        assert answer.refusal == (401, 100107), header
        assert answer.headers["www-authenticate"] == CHALLENGE, header


def test_a_token_in_the_address_or_the_body_is_not_looked_at(backend: Backend, tokens: dict[str, Any]) -> None:
    """RFC 9700 §4.3.2."""
    token = {"access_token": tokens["access_token"]}
    assert backend.call("GET", f"/user?access_token={tokens['access_token']}", token).refusal == (401, 100107)


def test_an_access_token_lives_600_seconds(backend: Backend, account: Account, noon: Any) -> None:
    tokens = backend.tokens(account)
    noon.shift(timedelta(seconds=600, microseconds=-1))
    assert backend.info(tokens["access_token"]).status == 200
    noon.shift(timedelta(microseconds=1))
    assert backend.info(tokens["access_token"]).refusal == (401, 100107)


def test_one_withdrawn_field_is_gone_at_the_next_call(
    backend: Backend, account: Account, tokens: dict[str, Any]
) -> None:
    before = set(backend.info(tokens["access_token"]).json())
    stop_sharing(account, Authorization.objects.get(), grants=["read.email"], ip=None)
    assert set(backend.info(tokens["access_token"]).json()) == before - {"email"}


@pytest.mark.parametrize("grants", [None, ["read.firstname"]])
def test_withdrawing_all_or_what_is_needed_ends_the_token(
    backend: Backend, account: Account, tokens: dict[str, Any], grants: list[str] | None
) -> None:
    stop_sharing(account, Authorization.objects.get(), grants=grants, ip=None)
    assert backend.info(tokens["access_token"]).refusal == (401, 100107)


def test_a_field_given_later_is_not_in_an_earlier_token(backend: Backend, account: Account) -> None:
    first = backend.tokens(account, grants=["read.firstname"])
    second = backend.tokens(account, grants=["read.firstname", "read.phone"])
    assert set(backend.info(first["access_token"]).json()) == {"id", "firstname"}
    assert set(backend.info(second["access_token"]).json()) == {"id", "firstname", "phone"}


def test_signed_out_token_is_refused(backend: Backend, tokens: dict[str, Any]) -> None:
    end_sign_in(str(TokenFamily.objects.get().sign_in_id))
    assert backend.info(tokens["access_token"]).refusal == (401, 100107)


def test_suspended_client_is_refused(backend: Backend, tokens: dict[str, Any], client_row: PartnerClient) -> None:
    suspend_client(client_row)
    assert backend.info(tokens["access_token"]).refusal == (403, 100105)


def test_blocked_account_is_refused(backend: Backend, account: Account, tokens: dict[str, Any]) -> None:
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.BLOCKED)
    assert backend.info(tokens["access_token"]).refusal == (403, 100112)


def test_old_integrations_get_errors_under_200(
    backend: Backend, account: Account, client_row: PartnerClient, noon: Any
) -> None:
    client_row.errors_as_200 = True
    client_row.save()
    tokens = backend.tokens(account)
    noon.shift(600)
    assert backend.info(tokens["access_token"]).refusal == (200, 100107)
