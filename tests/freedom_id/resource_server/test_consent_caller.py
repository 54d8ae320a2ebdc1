"""Who may ask for whose consents: a person's token, a client's credentials, and nobody else."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from consents.api.views import check_view
from consents.domain.purposes import NoticeText, publish_purpose
from freedom_id.domain.authorizations import end_sign_in, stop_sharing
from freedom_id.domain.client_status import suspend_client
from freedom_id.domain.rfc9068_access_token import sign_access_token
from freedom_id.domain.signing_keys import ensure_signing_key
from freedom_id.domain.tokens import jti_digest
from freedom_id.enums import AccountStatus
from freedom_id.models import AccessToken, Account, TokenFamily
from tests.freedom_id.domain.acts import IP, Pair, new_person, pair
from tests.freedom_id.domain.wire import statements_sent

pytestmark = pytest.mark.django_db
GRANTS = ("read.firstname", "read.phone", "read.email")
PHONE = "read.phone"
REFERENCES: list[Callable[[Account], str]] = [
    lambda account: str(account.pk),
    lambda account: str(account.freedom_id),
    lambda account: str(account.freedom_id).upper(),
]


def basic(a: Pair) -> str:
    return "Basic " + base64.b64encode(f"{a.client.client_id}:{a.secret}".encode()).decode()


def bearer(a: Pair, *grants: str) -> str:
    return f"Bearer {a.tokens(*grants or GRANTS).access_token}"


def get(authorization: str, names: str = PHONE, **query: str) -> Any:
    headers = {"Authorization": authorization} if authorization else {}
    return Client().get("/consents/v1/check", {"names": names, **query}, headers=headers)


def post(authorization: str, **body: Any) -> Any:
    headers = {"Authorization": authorization}
    return Client().post("/consents/v1/check", orjson.dumps(body), "application/json", headers=headers)


def reasons(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [decision["reason"] for decision in response.json()["decisions"]]


def test_a_token_asks_about_its_person() -> None:
    a = pair()
    token = bearer(a)
    assert reasons(get(token, "read.phone,read.country,nonsense")) == ["active", "none", "unknown_purpose"]
    for reference in REFERENCES:
        assert reasons(get(token, account=reference(a.account))) == ["active"]


def test_a_client_asks_about_people_that_share_with_it() -> None:
    a = pair()
    a.tokens(*GRANTS)
    for reference in REFERENCES:
        assert reasons(get(basic(a), "read.email,read.country", account=reference(a.account))) == ["active", "none"]


def test_a_client_must_name_an_account() -> None:
    response = get(basic(pair()))
    assert (response.status_code, response.json()["error"]["code"]) == (400, "account_required")


def test_foreign_and_unknown_accounts_cannot_be_told_apart() -> None:
    a, other = pair(), pair()
    token = bearer(a)
    other.tokens(*GRANTS)
    ended = new_person(a)
    ended.tokens(*GRANTS)
    stop_sharing(ended.account, ended.live, grants=None, ip=IP)
    foreign = [reference(who) for who in (other.account, ended.account) for reference in REFERENCES]
    unknown = ["1", "99999999", "9" * 15, "9" * 16, str(uuid4()), "é", "-5", "٣٣٣٣٣٣٣٣", "0" * 36]
    for query in ({}, {"at": "2030-01-01T00:00:00Z"}):
        answers = [get(auth, account=who, **query) for auth in (token, basic(a)) for who in foreign + unknown]
        assert {(answer.status_code, answer.content, str(answer.headers)) for answer in answers} == {
            (404, answers[0].content, str(answers[0].headers))
        }
    assert answers[0].json()["error"]["code"] == "unknown_account"


def test_another_clients_consents_are_invisible() -> None:
    a, other = pair(), pair()
    a.tokens(*GRANTS)
    known = Pair(a.account, other.client, other.secret, a.sign_in)
    token = bearer(known, "read.firstname")
    for query in ({}, {"at": timezone.now().isoformat()}):
        assert reasons(get(token, "read.firstname,read.phone", **query)) == ["active", "none"]
        assert reasons(get(basic(known), "read.phone", account=str(a.account.pk), **query)) == ["none"]


def test_a_scope_key_is_no_parameter() -> None:
    a = pair()
    for name in ("scope_key", "client_id", "recipient"):
        assert get(bearer(a), **{name: "x"}).status_code == 400


def test_a_withdrawal_shows_at_the_very_next_check() -> None:
    a = pair()
    token = bearer(a)
    assert reasons(get(token)) == ["active"]
    stop_sharing(a.account, a.live, grants=[PHONE], ip=IP)
    assert reasons(get(token)) == reasons(get(basic(a), account=str(a.account.pk))) == ["withdrawn"]
    stop_sharing(a.account, a.live, grants=None, ip=IP)
    assert get(token).status_code == 401
    assert get(basic(a), account=str(a.account.pk)).status_code == 404


def test_a_new_wording_shows_at_the_very_next_check() -> None:
    a = pair()
    token = bearer(a)
    publish_purpose(PHONE, scope="per_client", texts={"en": NoticeText("Phone", "Other words.")})
    assert reasons(get(token)) == ["superseded"]


def test_many_people_at_once() -> None:
    a, other = pair(), pair()
    a.tokens(*GRANTS)
    second = new_person(a)
    second.tokens("read.firstname")
    asked = [str(a.account.pk), str(other.account.pk), str(second.account.freedom_id)]
    answer = post(basic(a), subjects=asked, names=[PHONE, "read.firstname"]).json()["subjects"]
    assert [item["account"] for item in answer] == asked
    assert [d["reason"] for d in answer[0]["decisions"]] == ["active", "active"]
    assert answer[1]["error"]["code"] == "unknown_account"
    assert [d["reason"] for d in answer[2]["decisions"]] == ["none", "active"]


def test_many_people_in_the_past() -> None:
    a, other = pair(), pair()
    before = timezone.now().isoformat()
    a.tokens(*GRANTS)
    asked = {"subjects": [str(a.account.pk), str(other.account.pk)], "names": [PHONE]}
    for moments, reason in (({"at": before}, "none"), ({"known_at": timezone.now().isoformat()}, "active")):
        found, unknown = post(basic(a), **asked, **moments).json()["subjects"]
        assert [decision["reason"] for decision in found["decisions"]] == [reason]
        assert unknown["error"]["code"] == "unknown_account"


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic !", "Bearer", "Bearer é", "Digest x", "Bearer a.b.c"])
def test_who_shows_nothing_valid_is_401_with_a_challenge(authorization: str) -> None:
    response = get(authorization)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith(("Bearer", "Basic"))
    assert set(response.json()["error"]) == {"code", "message"}


def test_wrong_secrets_are_401_and_at_last_429() -> None:
    a = pair()
    wrong = Pair(a.account, a.client, "wrong", a.sign_in)
    statuses = [get(basic(wrong), account="1").status_code for _number in range(30)]
    assert (statuses[0], statuses[-1]) == (401, 429)
    assert int(get(basic(wrong), account="1")["Retry-After"]) > 0


def test_what_ended_or_is_suspended_is_refused() -> None:
    a = pair()
    token = bearer(a)
    Account.objects.filter(pk=a.account.pk).update(status=AccountStatus.BLOCKED)
    assert get(token).status_code == 403
    assert get(basic(a), account=str(a.account.pk)).status_code == 404
    Account.objects.update(status=AccountStatus.ACTIVE)
    suspend_client(a.client)
    assert [get(token).status_code, get(basic(a), account="1").status_code] == [403, 403]


def test_a_signed_out_and_an_expired_token_are_refused(time_machine: Any) -> None:
    a = pair()
    token = bearer(a)
    end_sign_in(str(TokenFamily.objects.get().sign_in_id))
    assert get(token).status_code == 401
    later = bearer(a)
    time_machine.move_to(timezone.now() + timedelta(minutes=11))
    assert get(later).status_code == 401


def test_a_signed_token_of_the_standard_door_is_a_token() -> None:
    a = pair()
    a.tokens(*GRANTS)
    ensure_signing_key()
    AccessToken.objects.update(token_checksum=jti_digest("j"))
    now = int(timezone.now().timestamp())
    jwt = sign_access_token(
        sub="s", client_id="c", jti="j", scope="openid", issued_at=now, expires_at=now + 60, auth_time=now
    )
    assert reasons(get(f"Bearer {jwt}")) == ["active"]


def cost(authorization: str, names: str, **query: str) -> tuple[HttpResponse, int]:
    request = RequestFactory().get("/", {"names": names, **query}, headers={"Authorization": authorization})
    with statements_sent() as statements:
        response = check_view(request)
    return response, len(statements)


@pytest.mark.postgresql
@pytest.mark.parametrize("names", [PHONE, ",".join(GRANTS), "nonsense"])
def test_a_persons_check_costs_one_statement(names: str) -> None:
    a = pair()
    token = bearer(a)
    response, statements = cost(token, names)
    assert (response.status_code, statements) == (200, 1)
    assert cost("Bearer x", names)[1] == 2  # the second would count the error, if the token named a client
    cost(basic(a), names, account=str(a.account.pk))  # marks the use of the secret, once an hour
    assert cost(basic(a), names, account=str(a.account.pk))[1] == 2
    assert cost(token, names, at="2030-01-01T00:00:00Z")[1] <= 5


def test_the_past_of_a_person(time_machine: Any) -> None:
    a = pair()
    before = timezone.now()
    token = bearer(a)
    assert reasons(get(token, at=before.isoformat())) == ["none"]
    now = timezone.now().isoformat()
    assert reasons(get(token, at=now, known_at=now)) == reasons(get(token)) == ["active"]
    stop_sharing(a.account, a.live, grants=[PHONE], ip=IP)
    assert reasons(get(token, at=now)) == ["active"]
    assert reasons(get(token, known_at=now)) == ["active"]
    assert reasons(get(token)) == ["withdrawn"]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_database_that_does_not_answer_permits_nothing() -> None:
    a = pair()
    token = bearer(a)
    holder = connections.create_connection(DEFAULT_DB_ALIAS)
    holder.set_autocommit(False)
    try:
        with holder.cursor() as cursor, connection.cursor() as own:
            cursor.execute("LOCK TABLE consents_consentstate")
            own.execute("SET lock_timeout = 100")
            answer = get(token)
    finally:
        holder.close()
        connection.close()
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "unavailable")
    assert answer["Retry-After"] == "1"
    assert reasons(get(token)) == ["active"]
