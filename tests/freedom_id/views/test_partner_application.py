"""The public pages of becoming a partner."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from freedom_id.domain.client_status import suspend_client
from freedom_id.domain.partner_applications import ask_for_changes, note, refuse_application
from freedom_id.domain.partner_links import PartnerLink, partner_token
from freedom_id.domain.sandbox_persons import address_of
from freedom_id.models import PartnerApplication, PartnerClient
from tests.factories.applications import CONTACT, draft, in_review, in_sandbox, live, manager, png, token_of

pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "ru", "uz", "kk", "th"]
BEGIN = {"name": "Aral Market", "contact_name": "Gulnora", "contact_email": CONTACT}
WHOLE = {
    "name": "Aral Market",
    "legal_name": "Aral Market LLC",
    "website": "https://aral.example",
    "contact_name": "Gulnora",
    "platforms": ["web"],
    "redirect_uris": "https://aral.example/a\nhttps://aral.example/b",
    "why-read.firstname": "To greet the customer",
    "need-read.firstname": "on",
    "why-read.email": "To send the receipt",
    "policy_url": "https://aral.example/privacy",
}


def logo(content: bytes = b"") -> SimpleUploadedFile:
    return SimpleUploadedFile("logo.png", content or png(), "image/png")


def page(application: PartnerApplication, kind: str = "application") -> str:
    return reverse(f"freedom_id:{kind}", args=[token_of(application)])


def test_somebody_begins_and_is_told_where_to_look() -> None:
    text = Client().post("/partners/apply/", BEGIN).content.decode()
    assert "c•••@shop.example" in text
    application = PartnerApplication.objects.get()
    assert (application.name, application.contact_email, application.language) == ("Aral Market", CONTACT, "en")
    assert token_of(application) not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "a" * 61},
        {"name": "Aral\u202eMarket"},
        {"contact_email": "shop"},
        {"contact_email": "a@b@c.example"},
        {"contact_email": "+998901234567"},
        {"contact_name": "\x00"},
    ],
    ids=["no name", "a long name", "turned around", "no address", "two signs", "a number", "nothing"],
)
def test_what_is_wrong_begins_nothing(changes: dict[str, str]) -> None:
    answer = Client().post("/partners/apply/", BEGIN | changes)
    assert answer.status_code == 422
    assert b'aria-invalid="true"' in answer.content
    assert not PartnerApplication.objects.exists()


def test_too_many_are_told_to_wait() -> None:
    for _time in range(3):
        Client().post("/partners/apply/", BEGIN)
    answer = Client().post("/partners/apply/", BEGIN)
    assert (answer.status_code, PartnerApplication.objects.count()) == (429, 3)
    assert b"Too many tries" in answer.content


def test_it_is_filled_in_and_sent() -> None:
    application = draft()
    answer = Client().post(page(application, "edit_application"), WHOLE | {"logo": logo()})
    assert answer.headers["Location"] == page(application)
    application.refresh_from_db()
    assert application.state == "checking"
    assert application.purposes == {"read.firstname": "To greet the customer", "read.email": "To send the receipt"}
    assert application.required_grants == ["read.firstname"]
    assert application.redirect_uris == "https://aral.example/a https://aral.example/b"
    assert bytes(application.logo or b"") == png()
    assert Client().get(page(application, "edit_application")).headers["Location"] == page(application)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"redirect_uris": "https://aral.example/a\nftp://x"}, "Line 2:"),
        ({"website": "javascript:alert(1)"}, "https://"),
        ({"why-read.firstname": "", "why-read.email": ""}, "reason"),
        ({"platforms": ["watch"]}, "watch"),
        ({"jwks": "{"}, "This is not JSON."),
        ({"jwks": "[]"}, "JSON Web Key Set"),
        ({"platforms": ["web", "android"], "android_package": "x"}, "com.example.app"),
        ({"android_fingerprints": "AB"}, "32 pairs"),
        ({"apple_app_ids": "x"}, "10 capital letters"),
        ({"name": "a\u200bb"}, "letters, digits"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(changes: dict[str, Any], words: str) -> None:
    application = draft()
    answer = Client().post(page(application, "edit_application"), WHOLE | {"logo": logo()} | changes)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert words in text
    assert "https://aral.example/privacy" in text
    assert PartnerApplication.objects.get().state == "draft"


@pytest.mark.parametrize("content", [b"GIF89a", png(64, height=70), png() + b"x" * 200_000], ids=["gif", "odd", "long"])
def test_a_logo_is_a_square_png(content: bytes) -> None:
    answer = Client().post(page(draft(), "edit_application"), WHOLE | {"logo": logo(content)})
    assert answer.status_code == 422
    assert b"Use a square PNG" in answer.content


def test_the_page_says_what_was_found_and_said_but_not_among_staff() -> None:
    application = in_review()
    note(application, by=manager(), text="smells of fish")
    ask_for_changes(application, by=manager(), text="Which <receipts>?")
    text = Client().get(page(application)).content.decode()
    assert "Which &lt;receipts&gt;?" in text
    assert "The host does not answer: 127.0.0.1" in text
    assert "smells" not in text
    assert application.contact_email not in text
    edit = Client().get(page(application, "edit_application")).content.decode()
    assert "To greet the customer" in edit
    Client().post(page(application, "edit_application"), WHOLE | {"answer": "Those of orders."})
    assert "Those of orders." in Client().get(page(application)).content.decode()


def test_a_new_draft_names_no_keys() -> None:
    assert b"null" not in Client().get(page(draft(), "edit_application")).content


def test_a_refused_one_says_why() -> None:
    application = in_review()
    refuse_application(application, by=manager(), text="Not in our countries.")
    text = Client().get(page(application)).content.decode()
    assert "Not in our countries." in text
    assert "Refused" in text


def test_in_the_sandbox_it_names_client_persons_and_values() -> None:
    application = in_sandbox()
    client = PartnerClient.objects.get(application=application)
    text = Client().get(page(application)).content.decode()
    for known in (client.client_id, address_of("full", client), "sandbox-100110"):
        assert known in text
    suspend_client(client)
    assert "Suspended" in Client().get(page(application)).content.decode()


def test_live_it_names_the_client_alone() -> None:
    application = live()
    text = Client().get(page(application)).content.decode()
    assert PartnerClient.objects.get(application=application).client_id in text
    assert "sandbox-100110" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_in_every_language(language: str) -> None:
    browser = Client(headers={"Accept-Language": language})
    for application in (draft(), in_review(), in_sandbox()):
        assert browser.get(page(application)).status_code == 200
    assert browser.get("/partners/apply/").status_code == 200


def test_an_address_that_we_did_not_make_opens_nothing() -> None:
    application = in_sandbox()
    token, secret = token_of(application), partner_token(PartnerLink.SECRET, application.pk)
    for path in (
        f"/partners/applications/{token[:-2]}/",
        f"/partners/applications/{token}x/edit/",
        f"/partners/applications/{secret}/",
        f"/partners/secret/{token}/",
        f"/partners/secret/{secret}/",
        "/partners/applications/%00/",
        "/partners/applications/é/",
    ):
        for answer in (Client().get(path), Client().post(path)):
            assert answer.status_code in {404, 405}


def test_a_secret_is_shown_by_a_press_and_once() -> None:
    application = in_sandbox()
    client = PartnerClient.objects.get(application=application)
    address = reverse("freedom_id:partner_secret", args=[partner_token(PartnerLink.SECRET, client.handovers.get().pk)])
    for _look in range(2):
        assert b"Show the secret" in Client().get(address).content
    client.refresh_from_db()
    assert client.client_secret == ""
    shown = Client().post(address)
    assert shown.headers["Cache-Control"].find("no-store") >= 0
    assert client.client_id in shown.content.decode()
    assert b"shows the secret once" in shown.content
    for answer in (Client().post(address), Client().get(address)):
        assert b"The secret was taken already" in answer.content
    client.refresh_from_db()
    assert client.client_secret


def test_a_page_costs_the_same_whatever_was_said(django_assert_num_queries: Any) -> None:
    application = in_sandbox()
    for number in (1, 2):
        note(application, by=manager(), text="x")
        application.comments.create(text=f"{number}")
        with django_assert_num_queries(3):
            Client().get(page(application))
