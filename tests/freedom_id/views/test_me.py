"""The person's own pages: who sees my data, and how to stop it."""

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consents.domain.collection_points import open_collection_point
from consents.domain.on_behalf import Statement, record_on_behalf
from consents.domain.purposes import NoticeText, notices_for, publish_purpose
from consents.domain.queries.history import history_for_subject
from consents.domain.recording import Decision
from consents.domain.subjects import subject_for_account
from consents.enums import Action
from freedom_id.models import Authorization, PartnerClient
from tests.compliance.standard_door import basic_header
from tests.factories.people import email_of, partner, person, phone_of
from tests.journeys.walk import FreedomWalk

GRANTS = ("read.firstname", "read.phone", "read.email")


def share(walk, client, secret, grants=GRANTS):
    """Share all of `grants` with the partner and return its access token."""
    page = walk.consent(walk.get(walk.link(client.client_id, secret, grants=grants)), grants=grants)
    answer = Client().post(
        "/api/v1/oauth/token",
        {"authorization_code": page.returned["authorization_code"]},
        content_type="application/json",
        headers={"Authorization": basic_header(client.client_id, secret)},
    )
    return answer.json()["access_token"]


def info(token):
    return Client().get("/api/v1/oauth/user", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def token(home, registered):
    return share(home, *registered)


@pytest.fixture
def app_path(token):
    return f"/me/apps/{Authorization.objects.get().pk}/"


def title(page):
    return re.search(r"<title>(.+?)</title>", page.text)[1]


def test_every_page_has_its_title(home, app_path):
    paths = ["/me/", "/me/apps/", app_path, f"{app_path}withdraw/"]

    assert [title(home.get(path)) for path in paths] == [
        "Home – Freedom ID",
        "Apps – Freedom ID",
        "Aral Market – Freedom ID",
        "Stop sharing with Aral Market – Freedom ID",
    ]


def test_the_pages_ask_for_a_sign_in_and_come_back(app_path, account):
    for path in ("/me/", "/me/apps/", app_path, f"{app_path}withdraw/"):
        walk = FreedomWalk(Client())
        assert walk.sign_in(path, phone_of(account)).url.endswith(path)


@pytest.mark.parametrize("path", ["/me/", "/me/apps/"])
def test_pages_that_only_show_refuse_other_methods(home, path):
    for method in ("POST", "PUT", "DELETE"):
        assert getattr(home.browser, method.lower())(path).status_code == 405


def test_an_app_shows_masked_values_since_when_and_the_way_out(home, app_path, account):
    text = home.get(app_path).text

    assert phone_of(account) not in text
    assert email_of(account) not in text
    assert re.search(r'<time datetime="\d{4}-', text)
    assert f'href="{app_path}withdraw/"' in text
    assert "Aral Market LLC" in text


def test_before_a_withdrawal_each_item_stands_with_its_masked_value(home, app_path, account):
    text = home.get(f"{app_path}withdraw/").text

    assert phone_of(account) not in text
    assert '<span class="value">Dilnoza</span>' in text
    assert re.search(r'Phone number</span> <span class="value">\+998 [^<]*••', text)


@pytest.mark.rule(42)
def test_the_history_says_what_staff_entered(home, app_path, account):
    [client] = PartnerClient.objects.all()
    publish_purpose("news", scope="per_client", texts={"en": NoticeText("News", "To send you news.")})
    point = open_collection_point(name="form 7", recipient=client.client_id, channel="paper", purposes=["news"])
    notice = notices_for(["news"], locale="en")["news"]
    record_on_behalf(
        subject_for_account(account),
        point=point,
        decisions=[Decision("news", Action.ALLOW, notice.version_id, notice.locale, notice.sha256)],
        occurred_at=timezone.now(),
        statement=Statement("clerk 7", "form 7-114"),
        form_id=uuid4(),
    )
    lines = re.findall(r"<li><span>[^<]+</span> <span.*?</li>", home.get(app_path).text, re.DOTALL)
    assert ["entered by staff" in line for line in lines] == [True] + [False] * (len(lines) - 1)
    assert len(lines) > 1


def test_the_id_of_another_person_is_an_unknown_one(app_path):
    walk, other = FreedomWalk(Client()), person()
    walk.sign_in("/me/", phone_of(other))

    for path in (app_path, f"{app_path}withdraw/", f"{app_path}withdraw/?grant=read.phone"):
        assert walk.get(path).status == 404
        assert walk.browser.post(path).status_code in (404, 405)
    assert Authorization.objects.get().ended_at is None
    assert "Aral Market" not in walk.get("/me/apps/").text


def test_an_ended_authorization_and_a_grant_that_is_not_there_are_404(home, app_path):
    assert home.get(f"{app_path}withdraw/?grant=read.identifier").status == 404
    home.post(home.get(f"{app_path}withdraw/"), "decision")

    assert home.get(app_path).status == 404


def test_withdrawal_is_refused_without_our_token(app_path, account):
    walk = FreedomWalk(Client(enforce_csrf_checks=True))
    walk.sign_in("/me/", phone_of(account))

    assert walk.fetch("POST", f"{app_path}withdraw/", {"decision": "stop"}).status == 403
    assert Authorization.objects.get().ended_at is None


def test_one_item_less_and_the_field_is_gone_at_the_next_call(home, app_path, token, account):
    assert set(info(token).json()) == {"id", "firstname", "phone", "email"}

    home.post(home.get(f"{app_path}withdraw/?grant=read.phone"), "decision")

    assert set(info(token).json()) == {"id", "firstname", "email"}
    rows = history_for_subject(subject_for_account(account))
    assert [(row.action, row.purpose.name) for row in rows if row.action == "withdraw"] == [("withdraw", "read.phone")]
    assert "Phone number" not in re.search(r"<ul class=\"card list\">.*?</ul>", home.get(app_path).text, re.DOTALL)[0]


def test_the_press_beside_an_item_withdraws_it(home, app_path, token):
    action = next(
        action for action in re.findall(r'action="([^"]+)"', home.get(app_path).text) if "read.email" in action
    )

    home.fetch("POST", action)

    assert set(info(token).json()) == {"id", "firstname", "phone"}


def test_without_a_needed_item_all_ends(home, app_path, token):
    page = home.post(home.get(f"{app_path}withdraw/?grant=read.firstname"), "decision")

    assert info(token).status_code == 401
    assert Authorization.objects.get().end_reason == "withdrawn"
    assert "No longer" in page.text


def test_the_page_of_a_needed_item_says_that_all_ends(home, app_path):
    text = home.get(f"{app_path}withdraw/?grant=read.firstname").text

    assert "Aral Market cannot serve you without this, so all sharing with it ends." in text
    assert all(shown in text for shown in ("First name", "Phone number", "E-mail address"))
    assert f'href="{app_path}withdraw/?grant=read.firstname"' in home.get(app_path).text, "never by one press"


def test_stopping_everything_ends_all_at_once(home, app_path, token, account):
    page = home.post(home.get(f"{app_path}withdraw/"), "decision")

    assert "Aral Market no longer receives this data." in page.text
    assert info(token).status_code == 401
    withdrawn = [
        row.purpose.name for row in history_for_subject(subject_for_account(account)) if row.action == "withdraw"
    ]
    assert sorted(withdrawn) == sorted(["identity-provider", *GRANTS])


def test_what_was_withdrawn_is_asked_again_in_full(home, app_path, registered):
    home.post(home.get(f"{app_path}withdraw/"), "decision")

    page = home.get(home.link(registered[0].client_id, registered[1], grants=GRANTS))

    assert "Continue as" not in page.text
    assert page.text.count('type="checkbox"') == 2


def test_withdrawing_takes_no_more_presses_than_giving(home, app_path):
    assert home.get("/me/").text.count(f'href="{app_path}"') == 1
    assert f'href="{app_path}withdraw/"' in home.get(app_path).text
    assert home.get(f"{app_path}withdraw/").text.count('name="decision"') == 1


def statements(walk, path):
    walk.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert walk.get(path).status == 200
    return [query["sql"] for query in captured]


@pytest.mark.parametrize(("path", "most"), [("/me/", 20), ("/me/apps/", 12)])
def test_the_number_of_statements_does_not_grow_with_the_apps(home, path, most):
    counts = []
    for number in range(3):
        share(home, *partner(name=f"Partner {number}"))
        counts.append(len(statements(home, path)))

    assert counts[0] == counts[2] <= most


def test_the_number_of_statements_of_the_consent_page_does_not_grow_with_the_items(home, registered):
    client, secret = registered
    counts = []
    for grants in (GRANTS[:1], GRANTS):
        url = home.get(home.link(client.client_id, secret, grants=grants)).url
        counts.append(len(statements(home, url)))

    assert counts[0] == counts[1] <= 21


def test_the_logo_is_served_from_our_origin(db):
    client, _secret = partner()
    assert Client().get(f"/partners/{client.client_id}/logo.png").status_code == 404
    type(client).objects.update(logo=b"\x89PNG\r\n")

    answer = Client().get(f"/partners/{client.client_id}/logo.png")

    assert (answer["Content-Type"], answer.content) == ("image/png", b"\x89PNG\r\n")
