import pytest

from identity_portal.demo.inbox_channel import InboxChannel

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
