import pytest
import time_machine
from django.utils import timezone

from identity_portal.demo.inbox_channel import InboxChannel
from identity_portal.demo.staff_apps import seed_app
from tests.factories.people import person
from tests.factories.proofs import shown_by, with_app

pytestmark = pytest.mark.django_db
PHONE = "+998900000001"


def send(address=PHONE, text="123456 is your code\n\n@localhost #123456"):
    InboxChannel().send(address, subject="Your code", text=text)


def messages(client, query=""):
    return client.get(f"/demo/inbox.json{query}").json()["messages"]


def test_the_document_holds_what_was_sent_newest_first(client):
    send(text="first")
    send("dilnoza@example.com", text="second")
    newest, oldest = messages(client)
    assert (newest["to"], newest["channel"], newest["text"]) == ("dilnoza@example.com", "email", "second")
    assert (oldest["to"], oldest["channel"], oldest["subject"], oldest["text"]) == (PHONE, "sms", "Your code", "first")


@pytest.mark.parametrize("query", ["?to=%2B998900000001", "?to=+998900000001", "?to=998900000001"])
def test_an_address_is_found_however_its_plus_arrives(client, query):
    send()
    send("+77010000002")
    assert [message["to"] for message in messages(client, query)] == [PHONE]


def test_the_page_shows_the_text_and_masks_the_address(client):
    send()
    page = client.get("/demo/inbox/").content.decode()
    assert "@localhost #123456" in page
    assert PHONE not in page


def letter_in(page):
    return page.partition('<iframe src="')[2].partition('"')[0]


def test_a_mail_is_shown_as_text_and_as_a_page(client):
    InboxChannel().send("dilnoza@example.com", subject="Your code", text="Plain", html="<h1>Shown</h1>")
    answer = client.get("/demo/inbox/")
    frame = client.get(letter_in(answer.content.decode()))
    assert "Plain" in answer.content.decode()
    assert "<h1>Shown" not in answer.content.decode()
    assert "frame-src 'self'" in answer.headers["content-security-policy"]
    assert frame.content == b"<h1>Shown</h1>"
    assert frame.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_a_text_has_no_page(client):
    send()
    assert letter_in(client.get("/demo/inbox/").content.decode()) == ""
    assert client.get("/demo/inbox/1.html").status_code == 404


def test_the_apps_of_staff_show_their_codes_here(client, db):
    with time_machine.travel(timezone.now(), tick=False):
        staff, someone = person(is_staff=True, firstname="Timur"), person()
        code, other = shown_by(seed_app(staff)), shown_by(with_app(someone))
        page = client.get("/demo/inbox/").content.decode()
        assert f"<dt>Timur</dt><dd>{code}</dd>" in page
        assert other not in page or other == code
        assert code not in client.get("/demo/inbox/?to=998900000001").content.decode()
        staff.authenticators.update(last_step=int(timezone.now().timestamp()) // 30)
        assert "<dt>Timur</dt><dd>used</dd>" in client.get("/demo/inbox/").content.decode()
        assert seed_app(staff) == staff.authenticators.get().secret
