import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from freedom_id.domain.audit import By, Target, record
from freedom_id.domain.audit_verification import make_checkpoint
from freedom_id.enums import AuditAction
from freedom_id.models import (
    Account,
    Allowance,
    AuthorizationRequest,
    BridgePolicy,
    DeviceGrant,
    PartnerClient,
    StaffExport,
)
from tests.factories.applications import in_review
from tests.freedom_id.admin.conftest import SignedIn
from tests.freedom_id.admin.connections import Connection, connect, end

MODELS = [model for model in apps.get_app_config("freedom_id").get_models() if model in admin.site._registry]
VIEW_ONLY = [model for model in MODELS if model not in {Account, PartnerClient, BridgePolicy}]


def page(kind: str, model: type, *args: object) -> str:
    return reverse(f"admin:freedom_id_{model._meta.model_name}_{kind}", args=args)


@pytest.fixture
def all_rows(connection: Connection) -> Connection:
    end(connect())
    record(AuditAction.READ, by=By(command="test"), target=Target.of(connection.account))
    make_checkpoint()
    in_review()
    return connection


def test_what_staff_may_see_is_registered() -> None:
    models = {model.__name__ for model in MODELS}
    assert models == {m.__name__ for m in apps.get_app_config("freedom_id").get_models()} - {
        "BulkActRow",
        "ApplicationCheck",
        "ApplicationComment",
        "Credential",
        "DeviceGrant",
        "DeviceSignIn",
        "ExportPart",
        "FederatedId",
        "JournalLine",
        "JournalPosition",
        "NumberReference",
        "PartnerMessage",
        "Passkey",
        "PasskeyChallenge",
        "SandboxPerson",
        "SecretHandover",
        "SpentAssertion",
        "UsageCount",
    }
    assert not admin.site.is_registered(DeviceGrant)


def shown_in(text: str, hidden: dict[str, str], *, but: str = "") -> list[str]:
    return [what for what, value in hidden.items() if value in text and what != but]


def test_each_list_and_each_row_opens_and_hides_what_is_secret(all_rows: Connection, root: Client) -> None:
    for model in MODELS:
        # The key of a limit is the keyed digest of an address: it tells nothing without the server's key.
        known = "look-up digest" if model is Allowance else ""
        # Each member of staff sees her own exports alone.
        rows = [] if model is StaffExport else model.objects.all()
        for address in [page("changelist", model), *(page("change", model, row.pk) for row in rows)]:
            answer = root.get(address)
            assert answer.status_code == 200, address
            assert shown_in(answer.content.decode(), all_rows.hidden, but=known) == [], address


def test_no_page_has_inline_code_or_style(all_rows: Connection, root: Client) -> None:
    for model in MODELS:
        text = root.get(page("change", model, model.objects.all()[0].pk)).content.decode()
        assert (" style=" in text, "<script>" in text, "<style" in text) == (False, False, False), model


def test_nobody_writes_what_only_the_domain_writes(all_rows: Connection, root: Client) -> None:
    for model in VIEW_ONLY:
        row = model.objects.all()[0]
        posts = [page("add", model), page("change", model, row.pk)]
        posts += [] if model is Allowance else [page("delete", model, row.pk)]
        assert {root.post(address, {"post": "yes"}).status_code for address in posts} == {403}, model


@pytest.mark.parametrize("model", [Account, PartnerClient])
def test_accounts_and_partners_are_never_deleted(model: type, connection: Connection, root: Client) -> None:
    row = model.objects.all()[0]
    assert root.post(page("delete", model, row.pk), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in root.get(page("changelist", model)).content.decode()


def costs_of_lists(root: Client) -> dict[str, int]:
    costs = {}
    for model in MODELS:
        with CaptureQueriesContext(database) as queries:
            root.get(page("changelist", model))
        costs[model._meta.model_name] = len(queries)
    return costs


def test_a_list_costs_the_same_with_one_and_with_three_connections(connection: Connection, root: Client) -> None:
    end(connection)
    costs_of_lists(root)  # what is read once per process
    alone = costs_of_lists(root)
    end(connect())
    end(connect())
    assert costs_of_lists(root) == alone
    assert max(alone.values()) <= 12


def test_staff_without_permissions_sees_nothing(clerk: Account, signed_in: SignedIn, connection: Connection) -> None:
    browser = signed_in(clerk)
    index = browser.get("/admin/")
    assert index.status_code == 200
    assert "/admin/freedom_id/" not in index.content.decode()
    for model in MODELS:
        row = model.objects.first()
        assert browser.get(page("changelist", model)).status_code == 403
        assert row is None or browser.get(page("change", model, row.pk)).status_code == 403


def test_a_person_who_is_not_staff_does_not_enter(connection: Connection, signed_in: SignedIn) -> None:
    assert signed_in(connection.account).get("/admin/").status_code == 302


def test_a_search_for_anything_finds_or_finds_nothing(connection: Connection, root: Client) -> None:
    for model in MODELS:
        for term in ("Aral", "10000001", str(connection.account.freedom_id), "10.1.2.3", "%"):
            assert root.get(page("changelist", model), {"q": term}).status_code == 200, (model, term)


def test_a_token_is_not_found_by_itself(connection: Connection, root: Client) -> None:
    for model in (m for m in MODELS if m.__name__ in {"AccessToken", "RefreshToken", "Grant"}):
        for term in ("access token", "digest of the access token", "digest of the refresh token", "digest of the code"):
            answer = root.get(page("changelist", model), {"q": connection.hidden[term]})
            assert answer.context["cl"].result_count == 0


def test_the_state_of_a_partner_is_not_shown(connection: Connection, root: Client) -> None:
    row = AuthorizationRequest.objects.filter(client=connection.client)[0]
    assert "state-of-partner" not in root.get(page("change", AuthorizationRequest, row.pk)).content.decode()


def test_deleting_an_allowance_lifts_the_limit(connection: Connection, root: Client) -> None:
    row = Allowance.objects.all()[0]
    root.post(page("delete", Allowance, row.pk), {"post": "yes"})
    assert not Allowance.objects.filter(pk=row.pk).exists()
