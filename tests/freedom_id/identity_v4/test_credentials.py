"""Rows 14 to 17: what opens an account is added, proven, listed and removed by the person herself."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from freedom_id.domain.accounts import credential_for
from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.notices import deliver_notice, due_notices
from freedom_id.domain.one_time_codes import deliver_code, request_code
from freedom_id.domain.person import person_of
from freedom_id.domain.rfc6238_totp import code_of_step
from freedom_id.domain.sign_in import Attempt, prove_by_code, prove_by_password
from freedom_id.models import (
    Account,
    AccountEvent,
    Allowance,
    Authenticator,
    Credential,
    Device,
    Notice,
    OneTimeCode,
    RecoveryCode,
    TokenFamily,
)
from identity_portal.demo.models import InboxMessage
from tests.factories.people import PASSWORD, email_of, person, phone_of
from tests.factories.proofs import with_app
from tests.freedom_id.domain.at_once import at_once
from tests.freedom_id.identity_v4.parties import (
    IP,
    V4,
    Party,
    call,
    first_party,
    operator,
    party,
    payload,
    refusal,
    verified,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 3, 4, 12, 0, 0, tzinfo=UTC)
NEW_NUMBER, NEW_ADDRESS = "+998971112233", "New.One@mail.example"
MASKED = "+998 •• ••• 22 33"
GOOD = "a long enough passphrase"


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def mine(clock: Any) -> Party:
    return first_party()


@pytest.fixture
def token(mine: Party) -> str:
    """Signed in and stepped up just now."""
    found = mine.token("openid account")
    verified(mine, found)
    return found


def add(who: Party, token: str, kind: str, value: Any = None) -> dict[str, Any]:
    answer = call("POST", who.path("credentials"), token, {"type": kind, "value": value})
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert (body["code"], body["platform_module"], body["report_dashboard"]) == (10001, 1501, 0)
    found: dict[str, Any] = body["data"]
    return found


def confirm(who: Party, token: str, number: Any, **body: Any) -> Any:
    return call("PUT", who.path(f"credentials/{number}"), token, body)


def delete(who: Party, token: str, number: Any) -> Any:
    return call("DELETE", who.path(f"credentials/{number}?status=0"), token)


def listed(who: Party, token: str) -> list[dict[str, Any]]:
    answer = call("GET", who.path("credentials"), token)
    assert (answer.status_code, answer.json()["platform_module"]) == (200, 1501)
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


def number_of(account: Account, **row: Any) -> int:
    return Credential.objects.get(account=account, **row).number


def told() -> dict[str, str]:
    """Address -> what the worker sent there now."""
    last = InboxMessage.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    Notice.objects.filter(kind="connect").delete()  # of the partner that stood before the test
    for notice in due_notices():
        deliver_notice(notice)
    return {message.to: message.text for message in InboxMessage.objects.filter(pk__gt=last)}


def test_the_list_is_masked_and_in_the_seeds_form(mine: Party, token: str) -> None:
    Credential.objects.filter(account=mine.account, is_primary=False).delete()
    add(mine, token, "mobile", NEW_NUMBER)
    time = "04-Mar-30 12:00:00"
    seen = {"source": "user", "last_verified": time, "created_at": time, "kind": "possession", "status": "active"}
    items = {item["type"] + item["status"]: item for item in listed(mine, token)}
    numbers = {kind: items[kind].pop("id") for kind in list(items)}
    phone = phone_of(mine.account)
    assert items == {
        "passwordactive": {
            **seen, "type": "password", "value": None, "kind": "knowledge", "last_verified": None, "created_at": None,
        },
        "mobileactive": {**seen, "type": "mobile", "value": f"+998 •• ••• {phone[-4:-2]} {phone[-2:]}"},
        "emailactive": {**seen, "type": "email", "value": "d•••@mail.example"},
        "mobilenew": {**seen, "type": "mobile", "value": MASKED, "status": "new", "last_verified": None},
    }  # fmt: skip
    assert numbers["passwordactive"] == 0
    assert all(isinstance(number, int) for number in numbers.values())
    centre = operator("accounts.operate")
    assert len(listed(Party(centre.client, centre.secret, mine.account), centre.basic)) == 4


def test_a_number_is_nothing_until_it_is_proven(mine: Party, token: str) -> None:
    number = add(mine, token, "mobile", "998 97 111-22-33")["id"]
    assert credential_for(parse_identifier(NEW_NUMBER)) is None
    otp = verified(mine, token, NEW_NUMBER)
    answer = confirm(mine, token, number, otp_id=otp, value=NEW_NUMBER)
    assert (answer.status_code, answer.json()["code"]) == (200, 10001)
    row = credential_for(parse_identifier(NEW_NUMBER))
    assert row is not None
    assert (row.account, row.is_primary, row.verified_at) == (mine.account, False, NOW)
    assert confirm(mine, token, number, otp_id=otp).status_code == 200, "again changes nothing"
    assert AccountEvent.objects.filter(action="account:credential:added", client=mine.client).count() == 1


def test_the_first_of_its_type_becomes_the_main_one(mine: Party, token: str) -> None:
    Credential.objects.filter(account=mine.account, type="email").delete()
    number = add(mine, token, "email", NEW_ADDRESS)["id"]
    assert confirm(mine, token, number, otp_id=verified(mine, token, NEW_ADDRESS)).status_code == 200
    assert email_of(mine.account) == NEW_ADDRESS


def test_old_and_new_are_told_in_her_language(mine: Party, token: str) -> None:
    Account.objects.filter(pk=mine.account.pk).update(locale="ru")
    number = add(mine, token, "mobile", NEW_NUMBER)["id"]
    assert told() == {}, "a claim is no news"
    confirm(mine, token, number, otp_id=verified(mine, token, NEW_NUMBER))
    texts = told()
    assert set(texts) == {phone_of(mine.account), email_of(mine.account), NEW_NUMBER}
    assert all(MASKED in text and NEW_NUMBER not in text for text in texts.values())
    assert told() == {}, "once"
    delete(mine, token, number)
    assert set(told()) == {phone_of(mine.account), email_of(mine.account), NEW_NUMBER}


def test_a_proof_is_good_once_for_its_account_client_and_address(mine: Party, token: str, clock: Any) -> None:
    number = add(mine, token, "mobile", NEW_NUMBER)["id"]
    other = first_party(account=mine.account)
    foreign = first_party()
    stepped = verified(mine, token)
    wrong = [
        str(uuid4()),
        stepped,
        verified(mine, token, "+998971112234"),
        verified(other, other.token("openid account"), NEW_NUMBER),
        verified(foreign, foreign.token("openid account"), NEW_NUMBER),
    ]
    for otp in wrong:
        assert refusal(confirm(mine, token, number, otp_id=otp)) == (410, 41001)
    otp = verified(mine, token, NEW_NUMBER)
    clock.shift(301)
    assert refusal(confirm(mine, token, number, otp_id=otp)) == (410, 41001)
    assert not Credential.objects.filter(number=number, verified_at__isnull=False).exists()


def test_a_spent_proof_proves_nothing_again(mine: Party, token: str) -> None:
    number = add(mine, token, "mobile", NEW_NUMBER)["id"]
    otp = verified(mine, token, NEW_NUMBER)
    assert confirm(mine, token, number, otp_id=otp).status_code == 200
    assert delete(mine, token, number).status_code == 200
    number = add(mine, token, "mobile", NEW_NUMBER)["id"]
    assert refusal(confirm(mine, token, number, otp_id=otp)) == (410, 41001)


def test_that_somebody_has_it_is_told_after_proof_alone(mine: Party, token: str) -> None:
    """Security O8 and O11: the same answers and statements until then, and the proof is spent all the same."""
    taken = phone_of(person())
    number = add(mine, token, "mobile", taken)["id"]
    assert refusal(confirm(mine, token, number, otp_id=str(uuid4()))) == (410, 41001)
    otp = verified(mine, token, taken)
    assert refusal(confirm(mine, token, number, otp_id=otp)) == (409, 40901)
    assert refusal(confirm(mine, token, number, otp_id=otp)) == (410, 41001)


def test_what_others_claimed_without_proof_is_dropped(mine: Party, token: str) -> None:
    stranger = first_party()
    hers = stranger.token("openid account")
    verified(stranger, hers)
    claim = add(stranger, hers, "mobile", NEW_NUMBER)["id"]
    number = add(mine, token, "mobile", NEW_NUMBER)["id"]
    confirm(mine, token, number, otp_id=verified(mine, token, NEW_NUMBER))
    assert not Credential.objects.filter(number=claim).exists()
    assert refusal(confirm(stranger, hers, claim, otp_id=str(uuid4()))) == (404, 40400)


def test_an_unproven_claim_gives_way_to_the_next_and_ones_own_is_there_already(mine: Party, token: str) -> None:
    first = add(mine, token, "mobile", NEW_NUMBER)["id"]
    again = {"type": "mobile", "value": NEW_NUMBER}
    assert refusal(call("POST", mine.path("credentials"), token, again)) == (409, 40901)
    second = add(mine, token, "mobile", "+998971112299")["id"]
    numbers = {item["id"] for item in listed(mine, token)}
    assert (first in numbers, second in numbers) == (False, True)
    again["value"] = phone_of(mine.account)
    assert refusal(call("POST", mine.path("credentials"), token, again)) == (409, 40901)


BAD_BODIES = {
    "no type": ({}, "type"),
    "unknown type": ({"type": "device_id", "value": "1"}, "type"),
    "no provider": ({"type": "facebook_id", "value": "1"}, "type"),
    "type of another kind": ({"type": ["mobile"], "value": NEW_NUMBER}, "type"),
    "no value": ({"type": "mobile"}, "value"),
    "a number": ({"type": "mobile", "value": 998971112233}, "value"),
    "no phone": ({"type": "mobile", "value": "x"}, "value"),
    "an address as mobile": ({"type": "mobile", "value": NEW_ADDRESS}, "value"),
    "long": ({"type": "email", "value": "a@" + "b" * 300 + ".uz"}, "value"),
    "short password": ({"type": "password", "value": "1234567"}, "value"),
    "common password": ({"type": "password", "value": "password1"}, "value"),
    "her own name": ({"type": "password", "value": "dilnoza1"}, "value"),
    "long password": ({"type": "password", "value": "x" * 4097}, "value"),
    "many bytes": ({"type": "password", "value": "ж" * 2049}, "value"),
}


@pytest.mark.parametrize("case", BAD_BODIES)
def test_what_is_wrong_is_named(mine: Party, token: str, case: str) -> None:
    body, field = BAD_BODIES[case]
    answer = call("POST", mine.path("credentials"), token, body)
    assert refusal(answer) == (400, 40001)
    assert list(answer.json()["errors"]) == [field]


ADDED = {"mobile": NEW_NUMBER, "password": GOOD, "totp": None, "recovery": None}


@pytest.mark.parametrize("kind", ADDED)
def test_adding_needs_fresh_proof(mine: Party, token: str, clock: Any, kind: str) -> None:
    body = {"type": kind, "value": ADDED[kind]}
    clock.shift(301)
    verified(mine, token)
    assert refusal(call("POST", mine.path("credentials"), token, body)) == (403, 40302), "an old sign-in"
    OneTimeCode.objects.all().delete()
    fresh = mine.token("openid account")
    assert refusal(call("POST", mine.path("credentials"), fresh, body)) == (403, 40302), "no second proof"
    other = first_party(account=mine.account)
    verified(other, other.token("openid account"))
    verified(mine, fresh, "+998971112234")
    assert refusal(call("POST", mine.path("credentials"), fresh, body)) == (403, 40302), "another's, or for another end"
    verified(mine, fresh)
    assert call("POST", mine.path("credentials"), fresh, body).status_code == 201


def test_removing_needs_fresh_proof(mine: Party, token: str, clock: Any) -> None:
    numbers = [item["id"] for item in listed(mine, token)]
    clock.shift(301)
    for number in [*numbers, 12345]:
        assert refusal(delete(mine, token, number)) == (403, 40302)
    fresh = mine.token("openid account")
    for number in numbers:
        assert refusal(delete(mine, fresh, number)) == (403, 40302)
    assert len(listed(mine, fresh)) == len(numbers)


def test_tokens_change_no_way_into_the_account_of_staff(mine: Party, token: str) -> None:
    Account.objects.filter(pk=mine.account.pk).update(is_staff=True)
    number = add(mine, token, "mobile", NEW_NUMBER)["id"]  # not while she has nothing better
    with_app(mine.account)
    assert refusal(call("POST", mine.path("credentials"), token, {"type": "recovery"})) == (403, 40302)
    assert refusal(delete(mine, token, number)) == (403, 40302)


def test_who_has_one_kind_of_proof_needs_no_second(mine: Party) -> None:
    Credential.objects.filter(account=mine.account).exclude(type="mobile").delete()
    Account.objects.filter(pk=mine.account.pk).update(password="!")
    token = mine.token("openid account")
    assert add(mine, token, "email", NEW_ADDRESS)["id"] > 0
    assert call("POST", mine.path("credentials"), token, {"type": "totp"}).status_code == 201


def test_the_last_way_in_stays_and_the_main_one_hands_over(mine: Party, token: str) -> None:
    contacts = Credential.objects.filter(account=mine.account)
    heir = number_of(mine.account, type="mobile", is_primary=False)
    assert delete(mine, token, number_of(mine.account, type="mobile", is_primary=True)).status_code == 200
    assert number_of(mine.account, type="mobile", is_primary=True) == heir
    for number in list(contacts.exclude(number=heir).values_list("number", flat=True)):
        assert delete(mine, token, number).status_code == 200
    add(mine, token, "email", NEW_ADDRESS)
    assert refusal(delete(mine, token, heir)) == (409, 40902)
    assert contacts.verified().count() == 1
    assert AccountEvent.objects.filter(action="account:credential:removed").count() == 3


def test_a_code_under_way_to_a_removed_number_signs_nobody_in(mine: Party, token: str) -> None:
    phone = parse_identifier(phone_of(mine.account))
    Allowance.objects.all().delete()
    challenge = request_code(phone, ip=IP, locale="en")
    deliver_code(str(challenge))
    digits = InboxMessage.objects.latest("pk").text.rpartition("#")[2]
    delete(mine, token, number_of(mine.account, type="mobile", is_primary=True))
    assert prove_by_code(Attempt(phone, IP), digits, challenge=challenge)[1] is None


def test_another_password_ends_all_but_the_present_tokens(mine: Party, token: str, client: Client) -> None:
    client.post(reverse("freedom_id:sign_in"), {"identifier": phone_of(mine.account)})
    client.force_login(mine.account)
    phone = payload(call("POST", mine.path("devices"), token, {"device_id": "sdk-1"}), "data")["device_id"]
    elsewhere = party(account=mine.account).token("openid consents")
    assert TokenFamily.objects.filter(ended_at=None).count() == 2
    assert add(mine, token, "password", GOOD) == {"id": 0}
    assert refusal(call("GET", f"{V4}/accounts/{mine.account.pk}", elsewhere)) == (401, 40101)
    assert TokenFamily.objects.filter(ended_at=None).count() == 1
    assert Device.objects.get(pk=phone).signed_out_at is None
    assert client.get(reverse("freedom_id:home")).status_code == 302
    attempt = Attempt(parse_identifier(phone_of(mine.account)), IP)
    assert prove_by_password(attempt, PASSWORD) is None
    assert prove_by_password(attempt, GOOD) == mine.account
    assert Account.objects.get(pk=mine.account.pk).password.startswith("argon2$argon2id$")
    assert set(told()) == {phone_of(mine.account), email_of(mine.account)}
    assert len(listed(mine, token)) == 5


def test_a_password_can_be_taken_away(mine: Party, token: str) -> None:
    assert delete(mine, token, 0).status_code == 200
    assert refusal(delete(mine, token, 0)) == (404, 40400)
    assert prove_by_password(Attempt(parse_identifier(phone_of(mine.account)), IP), PASSWORD) is None
    assert refusal(confirm(mine, token, 0, value=GOOD)) == (404, 40400)


def secret_of(uri: str) -> str:
    return parse_qs(urlsplit(uri).query)["secret"][0]


def test_an_app_is_new_until_its_first_right_code(mine: Party, token: str, clock: Any) -> None:
    made = add(mine, token, "totp")
    assert re.fullmatch(
        rf"otpauth://totp/Freedom%20ID:{mine.account.pk}\?secret=[A-Z2-7]{{32}}&issuer=Freedom%20ID"
        r"&algorithm=SHA1&digits=6&period=30",
        made["uri"],
    )
    [item] = [item for item in listed(mine, token) if item["type"] == "totp"]
    assert (item["id"], item["value"], item["kind"], item["status"]) == (made["id"], None, "possession", "new")
    assert secret_of(made["uri"]) not in str(call("GET", mine.path("credentials"), token).content)
    step = int(NOW.timestamp()) // 30
    code = code_of_step(secret_of(made["uri"]), step)
    assert refusal(confirm(mine, token, made["id"], value=f"{(int(code) + 1) % 10**6:06d}")) == (422, 42201)
    assert confirm(mine, token, made["id"], value=code).status_code == 200
    [item] = [item for item in listed(mine, token) if item["type"] == "totp"]
    assert item["status"] == "active"
    assert set(told()) == {phone_of(mine.account), email_of(mine.account)}
    assert refusal(call("POST", mine.path("credentials"), token, {"type": "totp"})) == (409, 40901)


# RFC 6238 §5.2: the present step and one to each side; "The verifier MUST NOT accept the second attempt of the OTP".
@pytest.mark.parametrize(("away", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_rfc6238_a_step_to_each_side_is_right_and_each_once(mine: Party, token: str, away: int, right: bool) -> None:
    made = add(mine, token, "totp")
    code = code_of_step(secret_of(made["uri"]), int(NOW.timestamp()) // 30 + away)
    assert confirm(mine, token, made["id"], value=code).status_code == (200 if right else 422)
    assert refusal(confirm(mine, token, made["id"], value=code)) == (422, 42201)


# RFC 6238 appendix B, the SHA-1 rows, of which six digits are the last six.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130")],
)
def test_rfc6238_appendix_b(seconds: int, code: str) -> None:
    assert code_of_step("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", seconds // 30) == code


def test_wrong_codes_of_an_app_are_counted_with_the_others(mine: Party, token: str, clock: Any) -> None:
    made = add(mine, token, "totp")
    right = code_of_step(secret_of(made["uri"]), int(NOW.timestamp()) // 30)
    for wrong in ["", "x" * 41, None, 123456]:
        assert refusal(confirm(mine, token, made["id"], value=wrong)) == (400, 40001)
    for guess in ["abcdef", "é", *("000000" if right != "000000" else "111111" for _try in range(8))]:
        assert refusal(confirm(mine, token, made["id"], value=guess)) == (422, 42201)
    answer = confirm(mine, token, made["id"], value=right)
    assert refusal(answer) == (429, 42900)
    clock.shift(3601)
    assert refusal(confirm(mine, token, made["id"], value=right)) == (401, 40101), "an access token lives ten minutes"


def test_an_app_without_a_right_code_gives_way_to_the_next(mine: Party, token: str) -> None:
    first = add(mine, token, "totp")
    second = add(mine, token, "totp")
    assert first["uri"] != second["uri"]
    assert refusal(confirm(mine, token, first["id"], value="123456")) == (404, 40400)
    assert delete(mine, token, second["id"]).status_code == 200
    assert told() == {}


def test_recovery_codes_are_shown_once_and_each_is_used_once(mine: Party, token: str) -> None:
    made = add(mine, token, "recovery")
    assert len(set(made["codes"])) == 10
    assert all(re.fullmatch(r"([A-Z2-7]{4}-){3}[A-Z2-7]{4}", code) for code in made["codes"])
    stored = set(RecoveryCode.objects.values_list("digest", flat=True))
    assert len(stored) == 10
    assert not any(code.replace("-", "") in str(stored) for code in made["codes"])
    typed = made["codes"][3].lower().replace("-", " ")
    assert confirm(mine, token, made["id"], value=typed).status_code == 200
    assert refusal(confirm(mine, token, made["id"], value=typed)) == (422, 42201)
    assert RecoveryCode.objects.count() == 9
    assert refusal(call("POST", mine.path("credentials"), token, {"type": "recovery"})) == (409, 40901)
    assert delete(mine, token, made["id"]).status_code == 200
    assert not RecoveryCode.objects.exists()


def test_nothing_secret_is_stored_in_clear_or_shown_as_data(mine: Party, token: str) -> None:
    made = add(mine, token, "totp")
    confirm(mine, token, made["id"], value=code_of_step(secret_of(made["uri"]), int(NOW.timestamp()) // 30))
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM freedom_id_authenticator")
        assert secret_of(made["uri"]) not in cursor.fetchone()[0]
    account = Account.objects.get(pk=mine.account.pk)
    assert len(person_of(account).contacts) == 4
    assert secret_of(made["uri"]) not in repr(Authenticator.objects.get())


def test_a_foreign_credential_is_one_that_there_is_not(mine: Party, token: str) -> None:
    other = first_party()
    hers = other.token("openid account")
    verified(other, hers)
    app, sheet = add(other, hers, "totp")["id"], add(other, hers, "recovery")["id"]
    claim = add(other, hers, "mobile", NEW_NUMBER)["id"]
    foreign = [app, sheet, claim, number_of(other.account, type="email", is_primary=True)]
    unknown = [1, "9" * 16, "9" * 17, "x", "-1", "01", "%D9%A3", "%00", "1.0"]
    for send in (
        lambda number: confirm(mine, token, number, otp_id=str(uuid4()), value="123456"),
        lambda number: delete(mine, token, number),
    ):
        answers = [send(number) for number in [*foreign, *unknown]]
        assert {(answer.status_code, answer.content) for answer in answers} == {(404, answers[0].content)}
    assert Credential.objects.filter(account=other.account).count() == 5


def test_an_operator_lists_and_does_nothing_else(mine: Party, token: str) -> None:
    centre = operator("accounts.operate")
    who = Party(centre.client, centre.secret, mine.account)
    number = number_of(mine.account, type="mobile", is_primary=True)
    body = {"type": "email", "value": NEW_ADDRESS}
    assert refusal(call("POST", who.path("credentials"), who.basic, body)) == (403, 40300)
    assert refusal(delete(who, who.basic, number)) == (403, 40300)
    assert refusal(confirm(who, who.basic, number, otp_id=str(uuid4()))) == (403, 40300)


def test_a_notice_that_nobody_takes_waits_and_is_given_up_after_a_day(mine: Party, token: str, clock: Any) -> None:
    broken = {"sms": "freedom_id.channels.nowhere.Gateway", "email": "freedom_id.channels.nowhere.Gateway"}
    Notice.objects.filter(kind="connect").delete()  # of the partner that stood before the test
    add(mine, token, "recovery")
    with override_settings(FREEDOM_ID=settings.FREEDOM_ID | {"CHANNELS": broken, "FALLBACKS": {}}):
        assert len(due_notices()) == 2
        assert told() == {}
        assert due_notices() == []
        clock.shift(31)
        assert told() == {}
    clock.shift(62)
    assert len(told()) == 2
    Notice.objects.update(sent_at=None, due_at=NOW)
    clock.shift(timedelta(days=1))
    assert due_notices() == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_one_proof_of_many_spends_it_and_one_owner_of_two_wins(self) -> None:
        a, b = first_party(), first_party()
        tokens = [who.token("openid account") for who in (a, b)]
        acts = []
        for who, token in zip((a, b), tokens, strict=True):
            verified(who, token)
            number = add(who, token, "mobile", NEW_NUMBER)["id"]
            otp = verified(who, token, NEW_NUMBER)
            acts.append(lambda w=who, t=token, n=number, o=otp: confirm(w, t, n, otp_id=o).status_code)
        answers = at_once([*acts, *acts])
        assert set(answers) <= {200, 404, 409, 410}, answers
        assert 200 in answers
        owner = credential_for(parse_identifier(NEW_NUMBER))
        assert owner is not None
        winners = [index % 2 for index, answer in enumerate(answers) if answer == 200]
        assert set(winners) == {[a.account, b.account].index(owner.account)}

    def test_each_step_and_each_recovery_code_is_used_once(self) -> None:
        who = first_party()
        token = who.token("openid account")
        verified(who, token)
        app, sheet = add(who, token, "totp"), add(who, token, "recovery")
        step = int(datetime.now(UTC).timestamp()) // 30
        code = code_of_step(secret_of(app["uri"]), step)
        for made, value in ((app, code), (sheet, sheet["codes"][0])):
            Allowance.objects.all().delete()
            answers = at_once([lambda m=made, v=value: confirm(who, token, m["id"], value=v).status_code] * 8)
            assert sorted(answers) == [200] + [422] * 7

    def test_of_two_last_ways_in_one_stays(self) -> None:
        who = first_party()
        Credential.objects.filter(account=who.account, is_primary=False).delete()
        token = who.token("openid account")
        verified(who, token)
        numbers = Credential.objects.filter(account=who.account).values_list("number", flat=True)
        acts = [lambda n=number: delete(who, token, n).status_code for number in numbers]
        assert sorted(at_once(acts)) == [200, 409]
        assert Credential.objects.get(account=who.account).is_primary
