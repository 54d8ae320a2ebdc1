"""Whichever way the person takes, what was withdrawn is gone at both doors at the next call, and nothing else is."""

from collections.abc import Callable

import pytest

from consents.domain.collection_points import collection_point_for
from consents.domain.queries.history import history_for_subject
from consents.domain.recording import record_decisions, withdraw_consents
from consents.domain.subjects import subject_for_account
from consents.enums import Action, Actor
from freedom_id.domain.accounts import block_account, unblock_account
from freedom_id.domain.asked_data import SIGN_IN_PAGE
from freedom_id.enums import Door
from tests.compliance.conftest import fresh_keys
from tests.compliance.standard_door import claims_of
from tests.consents.acts import answers
from tests.journeys.both_doors import DOORS, GRANTS, SCOPE, Sharing, Tokens, is_invalid_token, is_refused, sharing

__all__ = ["fresh_keys"]
pytestmark = pytest.mark.django_db
NEEDED, OPTIONAL = "read.firstname", "read.phone"
KEPT = [grant for grant in GRANTS if grant != OPTIONAL]
Act = Callable[[], object]


def in_the_ledger(a: Sharing, *names: str) -> None:
    scope = a.client.client_id
    withdraw_consents(subject_for_account(a.account), names=names or None, scope_key=scope, actor=Actor.SELF)


def on_paper(a: Sharing, name: str) -> None:
    record_decisions(
        subject_for_account(a.account),
        collection_point=collection_point_for(a.client.client_id, name=SIGN_IN_PAGE),
        scope_key=a.client.client_id,
        decisions=answers(Action.REFUSE, name),
        actor=Actor.STAFF,
    )


def beside_the_item(a: Sharing) -> None:
    a.walk.press(a.walk.get(f"/me/apps/{a.live.pk}/"), f"grant={OPTIONAL}")


def in_an_older_tab(a: Sharing, decision: str, *grants: str) -> Act:
    """The consent page was open before anything was shared, and is answered last."""
    page = a.ask(Door.FREEDOM_ID)
    return lambda: a.walk.consent(page, decision, grants)


# Each way is taken in two steps, what is open on the screen before anything is shared, and the act.
Way = Callable[[Sharing], Act]
ALL: dict[str, Way] = {
    "page": lambda a: a.stop,
    "page, a needed item": lambda a: lambda: a.stop(NEEDED),
    "ledger": lambda a: lambda: in_the_ledger(a),
    "ledger, a needed item": lambda a: lambda: in_the_ledger(a, NEEDED),
    "refused anew": lambda a: in_an_older_tab(a, "deny"),
    "refused on paper": lambda a: lambda: on_paper(a, NEEDED),
}
ONE: dict[str, Way] = {
    "page": lambda a: lambda: a.stop(OPTIONAL),
    "beside the item": lambda a: lambda: beside_the_item(a),
    "ledger": lambda a: lambda: in_the_ledger(a, OPTIONAL),
    "not ticked anew": lambda a: in_an_older_tab(a, "allow", *KEPT),
    "refused on paper": lambda a: lambda: on_paper(a, OPTIONAL),
}


@pytest.fixture
def a() -> Sharing:
    return sharing()


@pytest.mark.parametrize("way", ALL.values(), ids=ALL)
def test_all_ends(a: Sharing, way: Way) -> None:
    act = way(a)
    held = [(door, a.tokens(door), a.code(door)) for door in DOORS]

    act()

    for door, tokens, code in held:
        assert all(is_invalid_token(answer) for answer in a.questions(tokens["access_token"]).values())
        assert is_refused(a.refresh(door, tokens["refresh_token"]))
        assert is_refused(a.exchange(door, code))
    assert a.check_by_credentials().status == 404
    assert a.ask(Door.OAUTH, prompt="none").returned["error"] == "consent_required"


@pytest.mark.parametrize("way", ONE.values(), ids=ONE)
def test_one_optional_item_narrows(a: Sharing, way: Way) -> None:
    act = way(a)
    held = [(door, a.tokens(door), a.code(door)) for door in DOORS]
    assert all("phone" in a.info(tokens["access_token"]).json() for _door, tokens, _code in held)

    act()

    for door, tokens, code in held:
        narrowed(a, tokens["access_token"])
        for answer in (a.refresh(door, tokens["refresh_token"]), a.exchange(door, code)):
            assert answer.status == 200
            says_less(door, answer.json())
            narrowed(a, answer.json()["access_token"])
    assert a.ask(Door.OAUTH, prompt="none").returned["error"] == "consent_required"
    assert "code" in a.ask(Door.OAUTH, prompt="none", scope="openid email").returned, "what stands is not asked again"


def narrowed(a: Sharing, access_token: str) -> None:
    """The token lives and lacks the item."""
    assert a.info(access_token).json() == {
        "id": str(a.account.freedom_id),
        "firstname": "Dilnoza",
        "email": a.account.credentials.get(type="email", is_primary=True).value,
    }
    allowed = {item["name"]: item["allowed"] for item in a.check(access_token).json()["decisions"]}
    assert allowed == dict.fromkeys(KEPT, True) | {OPTIONAL: False}
    assert a.evaluate(access_token).json()["decision"] is False
    seen = a.userinfo(access_token)
    assert seen.status == (200 if "." in access_token else 403)
    assert "phone_number" not in seen.json()


def says_less(door: Door, tokens: Tokens) -> None:
    """What comes with new tokens names what they are worth now (RFC 6749 §5.1)."""
    if door == Door.FREEDOM_ID:
        assert tokens["grants"] == KEPT
        return
    less = SCOPE.replace("phone read.phone ", "")
    assert tokens["scope"] == claims_of(tokens["access_token"])["scope"] == less


def test_a_scope_of_several_items_stays_until_the_last_is_withdrawn() -> None:
    a = sharing(required_grants=[])
    page = a.ask(Door.OAUTH, scope="openid offline_access phone profile read.gender")
    code = a.walk.consent(page, grants=["read.lastname", "read.gender"]).returned["code"]
    tokens = a.exchange(Door.OAUTH, code).json()
    assert tokens["scope"] == "openid offline_access profile read.gender", "nor is a scope given that was not ticked"

    for grant, left in (("read.lastname", "profile read.gender"), ("read.gender", "")):
        a.tokens(Door.FREEDOM_ID)  # so that the connection outlives the last item of these tokens
        a.stop(grant)
        tokens = a.refresh(Door.OAUTH, tokens["refresh_token"]).json()
        assert tokens["scope"] == f"openid offline_access {left}".strip()


def test_a_block_by_staff_stops_every_answer_and_withdraws_nothing(a: Sharing) -> None:
    held = [(door, a.tokens(door), a.code(door)) for door in DOORS]
    before = history(a)

    block_account(a.account)

    for _door, tokens, _code in held:
        answers = a.questions(tokens["access_token"])
        assert is_invalid_token(answers.pop("userinfo")), "OAuth has no word for a blocked account"
        assert {answer.status for answer in answers.values()} == {403}
    assert a.check_by_credentials().status == 404
    assert set(a.live.grants) == set(GRANTS)

    unblock_account(a.account)

    for door, tokens, code in held:
        assert all(is_invalid_token(answer) for answer in a.questions(tokens["access_token"]).values())
        assert is_refused(a.refresh(door, tokens["refresh_token"]))
        assert is_refused(a.exchange(door, code))
    a.walk = a.new_browser()
    assert "code" in a.ask(Door.OAUTH, prompt="none").returned, "what was agreed to stands"
    assert history(a) == before


def history(a: Sharing) -> list[tuple[str, str]]:
    return [(row.action, row.purpose.name) for row in history_for_subject(subject_for_account(a.account))]
