"""Row 11: an operator makes, lists, rotates, suspends and resumes clients of its own, and sees no others."""

import json
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consents.models import CollectionPoint
from freedom_id.domain.client_status import close_client, resume_client, suspend_client
from freedom_id.models import PartnerClient
from tests.factories.people import REDIRECT_URI, partner
from tests.freedom_id.api.backend import basic
from tests.freedom_id.domain.wire import statements_sent
from tests.freedom_id.identity_v4.parties import V4, Party, call, first_party, operator, refusal

pytestmark = pytest.mark.django_db
CLIENTS = f"{V4}/clients"
SHOP = {"redirect_uri": REDIRECT_URI, "scope": "openid email"}
NAMES = {
    "app_name": {"en": "Shop", "th": "ร้าน"},
    "company_name": {"en": "Shop LLC", "ru": "ООО Шоп"},
    "country": "Thailand",
}
ACTS = [("POST", "secret"), ("DELETE", "secret/previous"), ("POST", "suspend"), ("POST", "resume")]


@pytest.fixture
def team(db: None) -> Party:
    """The partner-integration team."""
    return operator("clients.manage")


def create(team: Party, *applications: Any, **stated: Any) -> Any:
    return call("POST", CLIENTS, team.basic, {"applications": list(applications) or [SHOP], **NAMES, **stated})


def made(team: Party, **stated: Any) -> dict[str, Any]:
    answer = create(team, **stated)
    assert answer.status_code == 201, answer.content
    [item] = answer.json()["data"]
    return dict(item)


def data(answer: Any) -> Any:
    assert (answer.status_code, answer.json()["code"]) == (200, 10001), answer.content
    return answer.json()["data"]


def act(team: Party, method: str, client: Any, tail: str) -> Any:
    return call(method, f"{CLIENTS}/{client}/{tail}", team.basic)


def authenticates(item: dict[str, Any], secret: str) -> bool:
    """40300: it is itself no operator, and was known."""
    return bool(call("GET", CLIENTS, basic(item["client_uuid"], secret)).json()["code"] == 40300)


def test_a_client_is_made_with_its_collection_point_and_may_ask_at_once(team: Party) -> None:
    answer = create(team)
    body = answer.json()
    [item] = body.pop("data")
    assert (answer.status_code, answer["Cache-Control"]) == (201, "no-store")
    assert body == {"code": 10001, "message": "Success", "platform_module": 1509, "report_dashboard": 0}
    client = PartnerClient.objects.get(pk=item["client_id"])
    point = CollectionPoint.objects.get(pk=item["collectionPointId"])
    assert (point.recipient, point.name) == (client.client_id, "sign-in")
    assert set(point.purposes.values_list("name", flat=True)) == {"identity-provider", "read.email"}
    assert item == {
        **NAMES,
        **SHOP,
        "client_id": client.pk,
        "client_secret": item["client_secret"],
        "client_uuid": client.client_id,
        "status": "active",
        "collectionPointId": str(point.pk),
        "previous_secret_expires_at": None,
    }
    assert authenticates(item, item["client_secret"])
    assert (client.created_by, client.first_party, client.operator_scopes) == (team.client, False, [])


def test_with_the_permission_consents_the_point_is_its_own_pages(team: Party) -> None:
    [item] = create(team, SHOP | {"scope": "openid consents"}).json()["data"]
    assert CollectionPoint.objects.get(pk=item["collectionPointId"]).name == "identity-v4"


def test_several_are_made_in_their_order(team: Party) -> None:
    addresses = [f"https://shop{number}.example/" for number in range(20)]
    items = create(team, *[SHOP | {"redirect_uri": address} for address in addresses]).json()["data"]
    assert [item["redirect_uri"] for item in items] == addresses
    assert len({item["client_secret"] for item in items}) == len({item["client_id"] for item in items}) == 20


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({"applications": []}, {"applications"}),
    ({"applications": [SHOP] * 21}, {"applications"}),
    ({"applications": "x"}, {"applications"}),
    ({"applications": [SHOP, "x"]}, {"applications.1"}),
    ({"applications": [SHOP, {}]}, {"applications.1.redirect_uri", "applications.1.scope"}),
    *(
        ({"applications": [SHOP, SHOP | {"redirect_uri": uri}]}, {"applications.1.redirect_uri"})
        for uri in (
            *("", "x", 5, "http://shop.example/", "https://u@shop.example/", "https://shop.example/#x"),
            *("https://a b.example/", "https://*.example/", "app.example:/x", "https://shop.example/é"),
            *("https://shop.example/\0", "https://shop.example/" + "a" * 2000),
        )
    ),
    *(
        ({"applications": [SHOP, SHOP | {"scope": scope}]}, {"applications.1.scope"})
        for scope in (
            *("", " ", 5, "openid account", "clients.manage", "accounts.operate", "consents.check"),
            *("openid first_party", "openid,email", "identity-provider", "\0"),
        )
    ),
    *(({"app_name": names}, {"app_name"}) for names in (None, "Shop", {}, {"en": "Shop", "English": "x"})),
    ({"app_name": {"th": "ร้าน"}}, {"app_name.en"}),
    ({"app_name": {"en": "Shop", "th": 5}}, {"app_name.th"}),
    *(({"app_name": {"en": name}}, {"app_name.en"}) for name in ("", " ", "a" * 256, "a\u202eb", "a\0", "\u200b")),
    ({"company_name": {"en": "\n"}}, {"company_name.en"}),
    ({"country": None}, {"country"}),
    ({"country": "a" * 65}, {"country"}),
]


def test_what_is_wrong_is_named_and_nothing_is_made(team: Party) -> None:
    for changes, fields in WRONG:
        answer = call("POST", CLIENTS, team.basic, {"applications": [SHOP], **NAMES, **changes})
        assert refusal(answer) == (400, 40001)
        assert (changes, set(answer.json()["errors"])) == (changes, fields)
    assert not PartnerClient.objects.filter(created_by__isnull=False).exists()


def test_names_are_kept_in_normal_form(team: Party) -> None:
    item = made(team, app_name={"en": " <b>\uff33hop</b> "}, country="e\u0301" * 64)
    assert (item["app_name"], item["country"]) == ({"en": "<b>Shop</b>"}, "é" * 64)


def test_a_body_that_is_no_object(team: Party) -> None:
    for body in [b"", b"[]", b"{", b"null", b"\xff"]:
        assert refusal(call("POST", CLIENTS, team.basic, body)) == (400, 40000)


def test_the_list_shows_ones_own_without_secrets(team: Party) -> None:
    mine = [made(team), made(team, app_name={"en": "Second"})]
    partner()
    made(operator("clients.manage"))
    body = call("GET", CLIENTS, team.basic).json()
    assert body["next"] is None
    assert body["data"] == [{name: item[name] for name in item if name != "client_secret"} for item in mine]


def test_a_long_list_comes_in_pages_of_a_hundred(team: Party) -> None:
    rows = [PartnerClient(name="x", client_type="confidential", created_by=team.client) for _number in range(101)]
    PartnerClient.objects.bulk_create(rows)
    first = call("GET", CLIENTS, team.basic).json()
    second = call("GET", f"{CLIENTS}?after={first['next']}", team.basic).json()
    assert (len(first["data"]), len(second["data"]), second["next"]) == (100, 1, None)
    assert first["next"] == first["data"][-1]["client_id"] < second["data"][0]["client_id"]
    for odd in ("x", "-1", "9" * 16, "%00", ""):
        assert refusal(call("GET", f"{CLIENTS}?after={odd}", team.basic)) == (400, 40001)


@pytest.mark.parametrize("reference", ["client_id", "client_uuid"])
def test_a_new_secret_is_shown_once_and_overlaps_the_former(team: Party, reference: str) -> None:
    item = made(team)
    rotated = data(act(team, "POST", item[reference], "secret"))
    former, present = item["client_secret"], rotated["client_secret"]
    assert rotated["previous_secret_expires_at"]
    assert [authenticates(item, secret) for secret in (former, present)] == [True, True]
    ended = data(act(team, "DELETE", item[reference], "secret/previous"))
    assert (ended.get("client_secret"), ended["previous_secret_expires_at"]) == (None, None)
    assert [authenticates(item, secret) for secret in (former, present)] == [False, True]


def test_what_the_operator_suspends_it_may_resume(team: Party) -> None:
    item = made(team)
    for tail, status in (
        ("suspend", "suspended"),
        ("suspend", "suspended"),
        ("resume", "active"),
        ("resume", "active"),
    ):
        assert data(act(team, "POST", item["client_id"], tail))["status"] == status
        assert PartnerClient.objects.get(pk=item["client_id"]).status == status


def test_what_staff_suspends_stays_suspended(team: Party) -> None:
    client = PartnerClient.objects.get(pk=made(team)["client_id"])
    suspend_client(client)
    assert data(act(team, "POST", client.pk, "suspend"))["status"] == "suspended"
    assert refusal(act(team, "POST", client.pk, "resume")) == (403, 40300)
    resume_client(client)
    assert data(act(team, "POST", client.pk, "resume"))["status"] == "active"


@pytest.mark.parametrize(("method", "tail"), ACTS, ids=[tail for _method, tail in ACTS])
def test_every_other_client_is_one_that_there_is_not(team: Party, method: str, tail: str) -> None:
    own = made(team)
    closed = PartnerClient.objects.get(pk=made(team)["client_id"])
    close_client(closed)
    foreign = PartnerClient.objects.get(pk=made(operator("clients.manage"))["client_id"])
    others = [closed, foreign, partner()[0], team.client]
    hidden = [who for client in others for who in (client.pk, client.client_id)]
    unknown = ["0", "99999999", "9" * 400, "-1", uuid4(), "x", "%00", "%C3%A9", "None", "%D9%A3"]
    answers = [act(team, method, reference, tail) for reference in [*hidden, *unknown]]
    assert len({(answer.status_code, answer.content, str(answer.headers)) for answer in answers}) == 1
    assert refusal(answers[0]) == (404, 40400)
    assert act(team, method, own["client_id"], tail).status_code == 200


def test_a_persons_token_does_not_speak_for_the_operator() -> None:
    both = first_party(operator_scopes=["clients.manage"])
    assert refusal(call("GET", CLIENTS, both.token("openid account"))) == (403, 40300)


def test_the_secret_is_in_no_log_and_no_row(team: Party, caplog: pytest.LogCaptureFixture) -> None:
    item = made(team)
    rotated = data(act(team, "POST", item["client_id"], "secret"))
    rows = str(list(PartnerClient.objects.values()))
    for secret in (item["client_secret"], rotated["client_secret"]):
        assert len(secret) >= 43
        assert secret not in rows + caplog.text


def test_apps_show_the_names_in_their_languages(team: Party) -> None:
    item, portal = made(team), first_party()
    client = PartnerClient.objects.get(pk=item["client_id"])
    Party(client, item["client_secret"], portal.account).token("openid")
    apps = data(call("GET", portal.path("apps"), portal.token("openid account")))
    [app] = [app for app in apps if app["client_id"] == client.pk]
    assert (app["app_name"], app["company_name"]) == (NAMES["app_name"], NAMES["company_name"])


@pytest.mark.postgresql
@pytest.mark.parametrize("count", [1, 3])
def test_what_a_list_costs(team: Party, count: int) -> None:
    for _number in range(count):
        made(team)
    with statements_sent() as sent:
        assert len(data(call("GET", CLIENTS, team.basic))) == count
    assert len(sent) == 4


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40) | st.sampled_from(["\x00", "\ud800", "en"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["redirect_uri", "scope", "en"]) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=10,
)
quick = settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@quick
@given(body=st.dictionaries(st.sampled_from([*NAMES, "applications"]), values, max_size=4))
def test_any_json_object_is_answered_in_the_envelope(team: Party, body: dict[str, Any]) -> None:
    answer = call("POST", CLIENTS, team.basic, json.dumps(body).encode())
    assert (answer.status_code, answer.json()["platform_module"]) in {(201, 1509), (400, 1509)}
