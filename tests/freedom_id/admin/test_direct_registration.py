"""A partner that staff registers by itself: in the sandbox first, and live by a second person."""

import re
from typing import Any

import pytest
from django.test import Client

from freedom_id.domain.client_registration import NewClient
from freedom_id.domain.client_secrets import rotate_secret
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.partner_applications import go_live, register_directly
from freedom_id.domain.partner_messages import deliver_partner_message, due_partner_messages
from freedom_id.domain.queries.waiting import applications_to_review
from freedom_id.enums import ClientStage, CredentialType
from freedom_id.models import AuditEntry, PartnerApplication, PartnerClient, PartnerMessage, SandboxPerson
from identity_portal.demo.models import InboxMessage
from tests.compliance.standard_door import post_form
from tests.factories.applications import manager
from tests.factories.people import REDIRECT_URI, person
from tests.freedom_id.admin.test_partner_applications import act
from tests.freedom_id.admin.test_partner_applications import page as application_page
from tests.freedom_id.admin.test_partner_clients import STATED, errors, page_of, registered, shown_secret
from tests.freedom_id.api.backend import basic

pytestmark = pytest.mark.django_db
HOME_LINE = "Partner applications to review or to approve"


def mails() -> list[Any]:
    for message_id in due_partner_messages():
        deliver_partner_message(message_id)
    return list(InboxMessage.objects.order_by("pk"))


def test_it_goes_live_by_another_manager_than_who_registered_it(one: Client, other: Client) -> None:
    client = registered(one)
    application = PartnerApplication.objects.get()
    assert (client.stage, client.client_secret, application.client) == (ClientStage.SANDBOX, "", client)
    assert application.reviewed_by == application.live_asked_by
    for browser in (one, other):
        assert "Waits for another manager." in browser.get(page_of(client)).content.decode()
        assert HOME_LINE in browser.get("/admin/").content.decode()
    assert application_page(application) in other.get(page_of(client)).content.decode()
    assert "not by you" in act(one, "go_live", application, confirmed="yes").content.decode()
    act(other, "go_live", application, confirmed="yes")
    client.refresh_from_db()
    assert client.stage == ClientStage.LIVE
    assert list(PartnerMessage.objects.order_by("created_at").values_list("kind", flat=True)) == ["sandbox", "live"]
    assert "Waits for another manager." not in other.get(page_of(client)).content.decode()
    assert HOME_LINE not in other.get("/admin/").content.decode()


def test_one_that_is_held_back_says_that_nobody_asked(one: Client, other: Client) -> None:
    client = registered(one)
    act(other, "keep_in_sandbox", PartnerApplication.objects.get())
    assert "Nobody asked yet that it goes live." in one.get(page_of(client)).content.decode()
    assert not applications_to_review().exists()


def test_its_contact_takes_the_secret_and_finds_the_test_persons(one: Client) -> None:
    client = registered(one)
    (mail,) = mails()
    assert mail.to == STATED["contact_email"]
    address = re.findall(r"/partners/secret/\S+/", mail.text)[0]
    taken = Client().post(address).content.decode()
    assert shown_secret(taken)
    page = Client().get(re.findall(r"/partners/applications/[^\"]+/", taken)[0]).content.decode()
    for name in SandboxPerson.objects.filter(client=client).values_list("name", flat=True):
        assert f"{name}-" in page


def test_staff_is_shown_no_secret_and_a_masked_contact(one: Client) -> None:
    client = registered(one)
    assert one.get(page_of(client, "secret")).status_code == 302
    page = one.get(application_page(PartnerApplication.objects.get()))
    assert page.status_code == 200
    for browser_page in (page, one.get(page_of(client))):
        assert STATED["contact_email"] not in browser_page.content.decode()
    assert STATED["contact_email"] not in str(AuditEntry.objects.values())


@pytest.mark.parametrize(
    ("field", "stated"),
    [("contact_email", ""), ("contact_email", "nobody"), ("contact_name", ""), ("name", "a" * 61)],
    ids=["no mailbox", "no address", "no contact", "a long name"],
)
def test_what_is_not_whole_is_not_registered(one: Client, field: str, stated: str) -> None:
    assert field in errors(one, **{field: stated})
    assert not PartnerClient.objects.exists()
    assert not PartnerApplication.objects.exists()


def test_in_the_sandbox_it_does_nothing_by_itself() -> None:
    new = NewClient(
        "Call centre",
        [REDIRECT_URI],
        operator_scopes=["accounts.operate"],
        grant_types=["authorization_code", "client_credentials"],
    )
    contact = Identifier(CredentialType.EMAIL, "contact@air.example")
    client = register_directly(new, contact_name="G", contact=contact, by=manager())
    anybody = person()
    assert found(client, anybody) == {"basic": 403, "token": 403}
    go_live(PartnerApplication.objects.get(), by=manager())
    assert found(client, anybody) == {"basic": 200, "token": 200}


def found(client: PartnerClient, account: Any) -> dict[str, int]:
    """What the Identity door answers to its secret, and to a token of its own."""
    drawn = rotate_secret(client)
    asked = {"grant_type": "client_credentials"}
    token = post_form("/oauth2/token", asked, basic=(client.client_id, drawn)).json()["access_token"]
    address = f"/identity/v4/accounts/{account.pk}"
    shown = {"basic": basic(client.client_id, drawn), "token": f"Bearer {token}"}
    return {name: Client().get(address, headers={"Authorization": one}).status_code for name, one in shown.items()}
