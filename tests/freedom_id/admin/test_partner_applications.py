"""Applications in the admin."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from freedom_id.domain.partner_applications import note
from freedom_id.models import Account, ApplicationComment, PartnerApplication, PartnerClient
from tests.factories.applications import in_review, in_sandbox, live, manager

pytestmark = pytest.mark.django_db
LIST = "/admin/freedom_id/partnerapplication/"


def act(browser: Client, name: str, *rows: PartnerApplication, **data: str) -> Any:
    chosen = {"action": name, "_selected_action": [str(row.pk) for row in rows]}
    return browser.post(LIST, chosen | data, follow=True)


def page(application: PartnerApplication) -> str:
    return reverse("admin:freedom_id_partnerapplication_change", args=[application.pk])


def test_the_whole_way_by_two_managers(one: Client, other: Client) -> None:
    application = in_review()
    answer = act(one, "accept", application)
    assert "test persons is made" in answer.content.decode()
    assert not PartnerClient.objects.exists()
    act(one, "accept", application, confirmed="yes")
    act(one, "ask_to_go_live", application)
    answer = act(one, "go_live", application, confirmed="yes")
    assert "not possible now, or not by you" in answer.content.decode()
    act(other, "go_live", application, confirmed="yes")
    application.refresh_from_db()
    assert application.state == "live"


@pytest.mark.parametrize(("name", "state"), [("ask_for_changes", "changes"), ("refuse", "refused")])
def test_words_are_asked_for(one: Client, name: str, state: str) -> None:
    application = in_review()
    for data in (
        {},
        {"confirmed": "yes"},
        {"confirmed": "yes", "text": "  "},
        {"confirmed": "yes", "text": "a" * 2001},
    ):
        assert b'name="text"' in act(one, name, application, **data).content
    application.refresh_from_db()
    assert application.state == "in_review"
    act(one, name, application, confirmed="yes", text="Because.")
    application.refresh_from_db()
    assert application.state == state
    assert ApplicationComment.objects.get().text == "Because."


def test_two_at_once_are_no_choice(one: Client) -> None:
    assert "Choose one application." in act(one, "note", in_review(), in_review()).content.decode()


def test_a_step_back_and_a_new_link(one: Client) -> None:
    application = in_sandbox()
    act(one, "ask_to_go_live", application)
    act(one, "keep_in_sandbox", application)
    act(one, "send_secret_link", application, confirmed="yes")
    application.refresh_from_db()
    assert application.live_asked_by is None
    assert application.client is not None
    assert application.client.handovers.count() == 2


def test_the_page_shows_everything_and_masks_the_contact(one: Client) -> None:
    application = live()
    note(application, by=manager(), text="Talked to <them>.")
    text = one.get(page(application)).content.decode()
    for known in (
        "Talked to &lt;them&gt;.",
        "To greet the customer",
        "http://127.0.0.1:9/callback",
        "c•••@shop.example",
    ):
        assert known in text
    assert "The host does not answer" in text
    assert application.contact_email not in text
    assert "Gulnora" not in text


def test_buttons_are_those_of_the_state(one: Client) -> None:
    for application, names in ((in_review(), {"accept", "refuse"}), (in_sandbox(), {"ask_to_go_live"})):
        text = one.get(page(application)).content.decode()
        offered = {name for name in ("accept", "refuse", "ask_to_go_live", "go_live") if f'value="{name}"' in text}
        assert offered == names


def test_lists_and_pages_cost_the_same(one: Client, django_assert_max_num_queries: Any) -> None:
    counts = []
    for _round in range(2):
        application = in_sandbox()
        in_review()
        note(application, by=Account.objects.create_account(), text="x")
        with django_assert_max_num_queries(40) as of_list:
            assert one.get(LIST).status_code == 200
        with django_assert_max_num_queries(40) as of_page:
            assert one.get(page(application)).status_code == 200
        counts.append((len(of_list), len(of_page)))
        note(application, by=Account.objects.create_account(), text="y")
    assert counts[0] == counts[1]


def test_it_is_found_by_its_name(one: Client) -> None:
    in_review(name="Oltin Savdo", legal_name="Oltin Savdo LLC")
    in_review()
    text = one.get(LIST, {"q": "oltin", "state__exact": "in_review"}).content.decode()
    assert "Oltin Savdo" in text
    assert "Aral Market" not in text
