"""What migrations do to rows that are there."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from freedom_id.domain.identifiers import parse_identifier
from freedom_id.domain.one_time_codes import request_code
from freedom_id.models import Account, AccountErasure, Credential, ErasureRequest, Notice, OneTimeCode, PartnerClient
from tests.factories.people import email_of, partner, person

pytestmark = pytest.mark.django_db


def test_codes_from_before_were_last_changed_when_they_were_made() -> None:
    request_code(parse_identifier("+998901234567"), ip="203.0.113.7", locale="en")
    made = timezone.now() - timedelta(minutes=3)
    OneTimeCode.objects.update(created_at=made)
    migration = import_module("freedom_id.migrations.0003_one_time_codes_of_identity")
    migration.updated_when_created(apps, connection.schema_editor())
    assert OneTimeCode.objects.get().updated_at == made


def test_of_two_claims_from_before_the_last_stays() -> None:
    account, now = person(), timezone.now()
    migration = import_module("freedom_id.migrations.0007_credentials_of_identity")
    [older, newer] = [
        Credential(account=account, type="mobile", value="x", value_index=str(n), created_at=now + timedelta(seconds=n))
        for n in range(2)
    ]
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX credential_one_claim_per_type")
    Credential.objects.bulk_create([newer, older])
    migration.keep_the_last_claim(apps, connection.schema_editor())
    assert Credential.objects.get(account=account, verified_at=None) == newer
    assert Credential.objects.filter(account=account).count() == 5


@pytest.mark.postgresql
def test_credentials_from_before_are_numbered() -> None:
    account = person()
    connection.check_constraints()  # PostgreSQL alters no table that has pending triggers
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE freedom_id_credential ALTER COLUMN number DROP NOT NULL")
        cursor.execute("UPDATE freedom_id_credential SET number = NULL")
    import_module("freedom_id.migrations.0007_credentials_of_identity").number_credentials(
        apps, connection.schema_editor()
    )
    numbers = list(account.credentials.values_list("number", flat=True))
    assert len(set(numbers)) == 4
    assert min(numbers) > 0


@pytest.mark.postgresql
def test_new_devices_that_nobody_was_told_of_become_notices() -> None:
    account, now = person(), timezone.now()
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE freedom_id_device ADD COLUMN alert_due_at timestamptz")
    then = MigrationLoader(connection).project_state(("freedom_id", "0012_passkeys")).apps
    devices = then.get_model("freedom_id", "Device").objects
    devices.create(account_id=account.pk, key="told", first_seen=now)
    devices.create(account_id=account.pk, key="late", first_seen=now - timedelta(days=2), alert_due_at=now)
    devices.create(account_id=account.pk, key="due", first_seen=now, alert_due_at=now, model="Pixel")
    import_module("freedom_id.migrations.0013_notice_of_devices").queue_what_was_not_told(
        then, connection.schema_editor()
    )

    notice = Notice.objects.only("account", "kind", "masked", "due_at", "channel", "address").get()
    assert (notice.account_id, notice.kind, notice.masked, notice.due_at) == (account.pk, "device", "Pixel", now)
    assert (notice.channel, notice.address) == ("email", email_of(account))


@pytest.mark.postgresql
def test_clients_from_before_authenticate_as_they_did() -> None:
    made = {partner(client_type="public")[0].client_id: "none", partner()[0].client_id: "client_secret"}
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE freedom_id_partnerclient DROP CONSTRAINT client_authenticates_in_one_way")
    known = PartnerClient.objects.filter(client_id__in=made)
    known.update(token_endpoint_auth_method="client_secret")
    import_module("freedom_id.migrations.0018_client_authentication").say_how_public_clients_authenticate(
        apps, connection.schema_editor()
    )
    assert dict(known.values_list("client_id", "token_endpoint_auth_method")) == made


def test_accounts_that_are_closed_already_wait_in_the_queue() -> None:
    now, day = timezone.now(), timedelta(days=1)
    by_person, by_staff, erased, _open, one, other = (person() for _each in range(6))
    for account, days in ((by_person, 7), (by_staff, 1), (erased, -3)):
        Account.objects.filter(pk=account.pk).update(status="closed", closes_at=now + days * day)
    Account.objects.filter(pk=erased.pk).update(erased_at=now)
    decided = {"state": "approved", "asked_by": one, "decided_by": other, "decided_at": now}
    ErasureRequest.objects.create(account=by_staff, reason="letter", **decided)
    import_module("freedom_id.migrations.0024_account_erasures").queue_closed_accounts(apps, connection.schema_editor())

    rows = {row.account_id: row for row in AccountErasure.objects.all()}
    assert {pk: (row.origin, row.state, row.closed_at, row.not_before, row.due_at) for pk, row in rows.items()} == {
        by_person.pk: ("person", "waiting", now - 23 * day, *[now + 7 * day] * 2),
        by_staff.pk: ("staff", "waiting", now, *[now + day] * 2),
    }
