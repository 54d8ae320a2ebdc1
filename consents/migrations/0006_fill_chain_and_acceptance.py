"""What the new columns say of the rows that are there: the chain over each person's ledger, and which versions count."""

from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import F

from consents.ledger_chain import row_hash


def accept_own_number(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    versions = apps.get_model("consents", "PurposeVersion").objects.exclude(state="draft")
    versions.update(accepts_from=F("number"))
    for version in versions.filter(state="published"):
        apps.get_model("consents", "Purpose").objects.filter(pk=version.purpose_id).update(accepts_from=version.number)


def chain_rows(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """UUIDv7 keys of one person are in the order of writing, since one row locks them."""
    transactions = apps.get_model("consents", "ConsentTransaction").objects
    given: dict[tuple[UUID, UUID, str], datetime | None] = {}
    for subject, rows in groupby(transactions.order_by("subject", "pk").iterator(), key=lambda row: row.subject_id):
        head = ""
        for epoch, row in enumerate(rows, start=1):
            row.epoch = epoch
            row.row_hash = head = row_hash(row, head)
            transactions.filter(pk=row.pk).update(epoch=epoch, row_hash=head)
            unit = (subject, row.purpose_id, row.scope_key)
            given[unit] = (
                row.occurred_at if row.action == "allow" else given.get(unit) if row.action == "renew" else None
            )
        apps.get_model("consents", "Subject").objects.filter(pk=subject).update(epoch=epoch, head=head)
    for (subject, purpose, scope_key), moment in given.items():
        apps.get_model("consents", "ConsentState").objects.filter(
            subject=subject, purpose=purpose, scope_key=scope_key
        ).update(given_at=moment)


def number_states(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    versions = apps.get_model("consents", "PurposeVersion").objects.values_list("pk", "number")
    for pk, number in versions:
        apps.get_model("consents", "ConsentState").objects.filter(purpose_version=pk).update(version_number=number)


class Migration(migrations.Migration):
    dependencies = [("consents", "0005_life_cycle_evidence_chain")]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop) for fill in (accept_own_number, chain_rows, number_states)
    ]
