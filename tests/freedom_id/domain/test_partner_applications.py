"""From a stranger's wish to a live partner."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from freedom_id.domain.client_status import close_client, resume_client, suspend_client
from freedom_id.domain.identifiers import Identifier
from freedom_id.domain.partner_applications import (
    StepTaken,
    accept_application,
    application_of,
    ask_for_changes,
    ask_to_go_live,
    begin_application,
    due_checks,
    go_live,
    keep_in_sandbox,
    note,
    refuse_application,
    send_application,
    send_secret_link,
)
from freedom_id.domain.partner_links import PartnerLink, partner_token
from freedom_id.domain.partner_messages import deliver_partner_message, due_partner_messages
from freedom_id.domain.purge import purge_expired
from freedom_id.enums import ApplicationState, ClientStage, CredentialType
from freedom_id.errors import InvalidFields, RateLimited
from freedom_id.models import (
    Account,
    ApplicationComment,
    Authorization,
    PartnerApplication,
    PartnerClient,
    PartnerMessage,
    SandboxPerson,
)
from identity_portal.demo.models import InboxMessage
from tests.factories.applications import (
    CONTACT,
    draft,
    in_review,
    in_sandbox,
    live,
    manager,
    stated,
    token_of,
)

pytestmark = pytest.mark.django_db
Act = Callable[[PartnerApplication], Any]


def told() -> list[str]:
    return list(PartnerMessage.objects.order_by("created_at", "pk").values_list("kind", flat=True))


def test_the_way_of_an_application_and_what_its_contact_is_told() -> None:
    application = live()
    client = application.client
    assert client is not None
    assert (application.state, client.stage, client.name) == ("live", ClientStage.LIVE, "Aral Market")
    assert (client.grants, client.required_grants) == (["read.firstname", "read.email"], ["read.firstname"])
    assert set(client.scopes) == {"openid", "email", "offline_access"}
    for act in (suspend_client, resume_client, close_client):
        act(client)
    assert told() == ["begun", "received", "sandbox", "live", "suspended", "resumed", "closed"]


def test_a_draft_is_opened_by_its_address_alone() -> None:
    application = draft()
    token = token_of(application)
    assert application_of(token) == application
    wrong = [token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), "", "x", "é" * 44, "=" * 44]
    wrong.append(partner_token(PartnerLink.SECRET, application.pk))
    assert [application_of(other) for other in wrong] == [None] * len(wrong)
    assert token not in str(PartnerApplication.objects.values().get())


def test_a_mail_leads_to_the_application() -> None:
    application = draft(CONTACT)
    for message_id in due_partner_messages():
        deliver_partner_message(message_id)
        deliver_partner_message(message_id)
    mail = InboxMessage.objects.get()
    assert mail.to == CONTACT
    assert f"/partners/applications/{token_of(application)}/" in mail.text
    assert due_partner_messages() == []


@pytest.mark.parametrize("state", [one for one in ApplicationState if one not in ("draft", "changes")])
def test_nothing_is_sent_twice(state: str) -> None:
    application = {"live": live, "sandbox": in_sandbox}.get(state, in_review)()
    if state == "refused":
        refuse_application(application, by=manager(), text="no")
    if state == "checking":
        ask_for_changes(application, by=manager(), text="x")
        send_application(application, stated())
    assert application.state == state
    with pytest.raises(StepTaken):
        send_application(application, stated(name="Other"))
    application.refresh_from_db()
    assert (application.state, application.name) == (state, "Aral Market")


def test_changes_are_asked_for_and_answered() -> None:
    application = in_review()
    note(application, by=manager(), text="smells")
    ask_for_changes(application, by=manager(), text="Which receipts?")
    send_application(application, stated(name="Aral", logo=None), answer="Those of orders.")
    assert (application.state, application.name, bool(application.logo)) == ("checking", "Aral", True)
    said = ApplicationComment.objects.order_by("pk").values_list("text", "internal")
    assert list(said) == [("smells", True), ("Which receipts?", False), ("Those of orders.", False)]
    assert due_checks() == [str(application.pk)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"redirect_uris": []}, "redirect_uris"),
        ({"redirect_uris": ["https://a.example/"] * 11}, "redirect_uris"),
        ({"redirect_uris": ["https://a.example/", "http://a.example/"]}, "redirect_uris.1"),
        ({"redirect_uris": ["com.example.app:/back"]}, "redirect_uris.0"),
        ({"redirect_uris": ["https://a.example/#x"]}, "redirect_uris.0"),
        ({"redirect_uris": ["https://a.example/" + "a" * 2000]}, "redirect_uris.0"),
        ({"platforms": []}, "platforms"),
        ({"platforms": ["web", "watch"]}, "platforms"),
        ({"purposes": {}, "required_grants": []}, "purposes"),
        ({"purposes": {"read.firstname": "to greet", "read.soul": "x"}}, "purposes"),
        ({"required_grants": ["read.phone"]}, "required_grants"),
        ({"jwks": {"keys": []}}, "jwks"),
        ({"logo": None}, "logo"),
        ({"platforms": ["android"]}, "android_package"),
        ({"android_package": "com.example.app"}, "android_fingerprints"),
        ({"platforms": ["ios"]}, "apple_app_ids"),
    ],
)
def test_what_is_not_whole_is_not_sent(changes: dict[str, Any], field: str) -> None:
    application = draft()
    with pytest.raises(InvalidFields) as refused:
        send_application(application, stated(**changes))
    assert field in refused.value.errors
    assert PartnerApplication.objects.get().state == "draft"


def test_an_app_gets_a_public_client_and_no_secret() -> None:
    print_ = ":".join(["AB"] * 32)
    application = in_sandbox(
        platforms=["android"],
        android_package="com.example.app",
        android_fingerprints=print_,
        redirect_uris=["com.example.app:/back"],
    )
    client = PartnerClient.objects.get(application=application)
    assert (client.client_type, client.native, client.android_package) == ("public", True, "com.example.app")
    assert not client.handovers.exists()
    with pytest.raises(StepTaken):
        send_secret_link(application)


def test_who_asked_for_it_does_not_approve_it() -> None:
    application, one, other = in_sandbox(), manager(), manager()
    with pytest.raises(StepTaken):
        go_live(application, by=other)
    ask_to_go_live(application, by=one)
    with pytest.raises(StepTaken):
        go_live(application, by=one)
    keep_in_sandbox(application)
    with pytest.raises(StepTaken):
        go_live(application, by=other)
    ask_to_go_live(application, by=other)
    go_live(application, by=one)
    assert (application.live_asked_by, application.live_approved_by) == (other, one)


def test_the_database_refuses_one_person_twice() -> None:
    application = in_sandbox()
    one = manager()
    twice = {"live_asked_by": one, "live_approved_by": one, "state": "live", "live_at": timezone.now()}
    with pytest.raises(IntegrityError), transaction.atomic():
        PartnerApplication.objects.filter(pk=application.pk).update(**twice)


def test_a_suspended_partner_does_not_go_live() -> None:
    application = in_sandbox()
    assert application.client is not None
    ask_to_go_live(application, by=manager())
    suspend_client(application.client)
    with pytest.raises(StepTaken):
        go_live(application, by=manager())


def test_going_live_ends_the_sandbox() -> None:
    application = live()
    client = PartnerClient.objects.get(application=application)
    assert client.live_secrets(timezone.now()) == [""]
    persons = Account.objects.filter(pk__in=SandboxPerson.objects.filter(client=client).values("account"))
    assert set(persons.values_list("status", flat=True)) == {"blocked"}
    assert not Authorization.objects.filter(client=client, ended_at=None).exists()
    assert client.handovers.filter(taken_at=None, ended_at=None).count() == 1


@pytest.mark.parametrize(
    "act",
    [
        lambda row: accept_application(row, by=manager()),
        lambda row: refuse_application(row, by=manager(), text="no"),
        lambda row: ask_for_changes(row, by=manager(), text="x"),
    ],
    ids=["accept", "refuse", "ask"],
)
@pytest.mark.parametrize("make", [draft, in_sandbox], ids=["draft", "sandbox"])
def test_a_review_happens_in_review(act: Act, make: Callable[[], PartnerApplication]) -> None:
    application = make()
    clients = PartnerClient.objects.count()
    with pytest.raises(StepTaken):
        act(application)
    assert PartnerClient.objects.count() == clients


def test_an_address_and_a_mailbox_begin_only_so_many() -> None:
    for _time in range(3):
        draft(CONTACT)
    with pytest.raises(RateLimited):
        draft(CONTACT)
    for number in range(11):
        other = Identifier(CredentialType.EMAIL, f"other{number}@shop.example")
        with pytest.raises(RateLimited) if number == 10 else nullcontext():
            begin_application(name="B", contact_name="B", contact=other, language="", ip="198.51.100.1")


def test_what_came_to_nothing_is_forgotten() -> None:
    draft()
    kept = in_sandbox()
    refused = in_review()
    refuse_application(refused, by=manager(), text="no")
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        purge_expired()
        assert set(PartnerApplication.objects.all()) == {kept, refused}
    with time_machine.travel(timezone.now() + timedelta(days=181)):
        purge_expired()
        assert set(PartnerApplication.objects.all()) == {kept}
