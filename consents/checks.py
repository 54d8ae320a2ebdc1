from collections.abc import Sequence

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder

from consents.conf import DEFAULTS

LEDGER_MIGRATION = ("consents", "0008_triggers")

# PostgreSQL: origin or always; a trigger that somebody disabled counts as missing.
ENABLED_TRIGGERS = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    " AND tgrelid = to_regclass(%s)",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
}

TRIGGERS = {
    "postgresql": {
        "consents_consenttransaction": ["consents_transaction_append_only"],
        "consents_purposeversion": ["consents_version_frozen"],
        "consents_purposetext": ["consents_text_frozen"],
        "consents_receipt": ["consents_receipt_append_only"],
        "consents_erasure": ["consents_erasure_append_only"],
        "consents_evidenceaccess": ["consents_access_append_only"],
    },
    "sqlite": {
        "consents_consenttransaction": [
            "consents_transaction_no_update",
            "consents_transaction_no_delete",
            "consents_transaction_no_replace",
        ],
        "consents_purposeversion": [
            "consents_version_no_update",
            "consents_version_no_delete",
            "consents_version_no_replace",
        ],
        "consents_purposetext": ["consents_text_no_update", "consents_text_no_delete", "consents_text_no_insert"],
        "consents_receipt": ["consents_receipt_no_update", "consents_receipt_no_delete", "consents_receipt_no_replace"],
        "consents_erasure": ["consents_erasure_no_update", "consents_erasure_no_delete"],
        "consents_evidenceaccess": ["consents_access_no_update", "consents_access_no_delete"],
    },
}


@register()
def check_settings_are_known(**kwargs: object) -> list[CheckMessage]:
    """consents.E001: a key of CONSENTS that nothing reads."""
    unknown = sorted(set(getattr(settings, "CONSENTS", {})) - set(DEFAULTS))
    return [
        Error(f"CONSENTS has no setting {name!r}.", hint="See docs/settings.md.", id="consents.E001")
        for name in unknown
    ]


@register(Tags.database)
def check_triggers(
    *, app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None, **kwargs: object
) -> list[CheckMessage]:
    """consents.E010: a trigger that keeps ledger and receipts append-only, or a published version frozen, is missing.

    Silent until the migration that makes them is applied, or `migrate` could never apply it.
    """
    missing = [(alias, trigger) for alias in databases or () for trigger in _missing_triggers(connections[alias])]
    return [
        Error(
            f"Trigger {trigger} is missing or disabled in database “{alias}”.",
            hint="Run `migrate --skip-checks consents 0007`, then `migrate --skip-checks consents`; it keeps all rows.",
            id="consents.E010",
        )
        for alias, trigger in missing
    ]


def _missing_triggers(connection: BaseDatabaseWrapper) -> list[str]:
    if LEDGER_MIGRATION not in MigrationRecorder(connection).applied_migrations():
        return []
    missing: list[str] = []
    with connection.cursor() as cursor:
        for table, names in TRIGGERS[connection.vendor].items():
            cursor.execute(ENABLED_TRIGGERS[connection.vendor], [table])
            present = {row[0] for row in cursor.fetchall()}
            missing += [name for name in names if name not in present]
    return missing
