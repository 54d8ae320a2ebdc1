from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.recorder import MigrationRecorder
from django.utils.module_loading import import_string

from consents.conf import DEFAULTS
from consents.origins import is_origin

HINT = "See docs/settings.md."
DERIVED = {
    "LEDGER_KEY": "with another SECRET_KEY the whole ledger would look tampered with",
    "EVIDENCE_KEYS": "with another SECRET_KEY no evidence could be read",
}

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


EMPTY: tuple[object, ...] = ("", [], (), {})
NEEDED = ["CALLER", "FIND_ACCOUNT"]
PATHS = ["CALLER", "SIGNER", "PUBLIC_KEYS", "REVOKED_KEYS", "FIND_ACCOUNT"]
KEY_BYTES = 32


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _are_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _is_length_of_time(value: object) -> bool:
    return value is None or (isinstance(value, timedelta) and value > timedelta(0))


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


def _are_parties(value: object) -> bool:
    parties = value if isinstance(value, list | tuple) else [None]
    return all(isinstance(party, Mapping) and party.get("party_id") for party in parties)


def _is_key(value: object) -> bool:
    try:
        return isinstance(value, str) and len(b64decode(value, validate=True)) >= KEY_BYTES
    except ValueError:
        return False


def _are_keys(value: object) -> bool:
    return isinstance(value, Mapping) and all(":" not in str(name) and _is_key(key) for name, key in value.items())


# What a setting must be, and how to say it.
SHAPES: dict[str, tuple[Callable[[object], bool], str]] = {
    "CALLER": (_is_text, "a dotted path"),
    "SIGNER": (_is_text, "a dotted path"),
    "PUBLIC_KEYS": (_is_text, "a dotted path"),
    "REVOKED_KEYS": (_is_text, "a dotted path"),
    "FIND_ACCOUNT": (_is_text, "a dotted path"),
    "LOCALES": (_are_texts, "a list of language tags"),
    "EVIDENCE_RETENTION": (_is_length_of_time, "a timedelta of more than nothing, or None"),
    "KEEP_WHOLE_IP": (_is_switch, "True or False"),
    "LEDGER_KEY": (_is_key, "at least 32 random bytes in base64"),
    "EVIDENCE_KEYS": (_are_keys, "a dict of key ids without colon, each with at least 32 random bytes in base64"),
    "CONTROLLERS": (_are_parties, "a list of dicts, each with a party_id"),
    "STORAGE_LOCATIONS": (_are_texts, "a list of texts"),
    "RETENTION_PERIOD": (_is_text, "a text"),
    "JURISDICTION": (_is_text, "a text"),
    "WITHDRAWAL_METHOD": (_is_text, "a text"),
}


@register()
def check_settings(**kwargs: object) -> list[CheckMessage]:
    """consents.E001: a key of CONSENTS that nothing reads. E002: a value of another form than it must have."""
    given = _given()
    if given is None:
        return [Error("CONSENTS must be a dict.", hint=HINT, id="consents.E002")]
    unknown = [f"CONSENTS has no setting {name!r}." for name in sorted(given.keys() - DEFAULTS.keys())]
    malformed = [f"CONSENTS[{name!r}] must be {SHAPES[name][1]}." for name in sorted(_malformed(given))]
    return [
        *(Error(text, hint=HINT, id="consents.E001") for text in unknown),
        *(Error(text, hint=HINT, id="consents.E002") for text in malformed),
    ]


@register()
def check_paths(**kwargs: object) -> list[CheckMessage]:
    """consents.E003: a dotted path that leads to no callable. W001: receipts are signed that nobody here can check."""
    given = _given() or {}
    paths = {name: given[name] for name in PATHS if given.get(name) and name not in _malformed(given)}
    found: list[CheckMessage] = [
        Error(f"CONSENTS[{name!r}] leads nowhere: {problem}", hint=HINT, id="consents.E003")
        for name, path in paths.items()
        if (problem := _problem_of_path(path))
    ]
    if given.get("SIGNER") and not given.get("PUBLIC_KEYS"):
        text = 'Receipts are signed, but CONSENTS["PUBLIC_KEYS"] names no keys to check them with.'
        found.append(Warning(text, hint=HINT, id="consents.W001"))
    return found


@register(Tags.security, deploy=True)
def check_keys_of_their_own(**kwargs: object) -> list[CheckMessage]:
    """consents.W002: a key that is derived from SECRET_KEY, and lost with it."""
    given = _given() or {}
    return [
        Warning(f"CONSENTS[{name!r}] is not set: {loss}.", hint=HINT, id="consents.W002")
        for name, loss in DERIVED.items()
        if not given.get(name)
    ]


def _given() -> Mapping[str, Any] | None:
    """CONSENTS as the site has it; None when it is no dict."""
    given = getattr(settings, "CONSENTS", {})
    return given if isinstance(given, Mapping) else None


def _malformed(given: Mapping[str, Any]) -> set[str]:
    """The settings of another form; what is empty is not set, but for those that replace a default."""
    return {
        name
        for name, (fits, _words) in SHAPES.items()
        if name in given and not fits(given[name]) and (name in NEEDED or given[name] not in EMPTY)
    }


def _problem_of_path(path: str) -> str:
    try:
        return "" if callable(import_string(path)) else f"{path} is not callable."
    except (ImportError, ValueError) as error:
        return str(error)


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


@register(Tags.database)
def check_origins(
    *, app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None, **kwargs: object
) -> list[CheckMessage]:
    """consents.E011: a collection point allows something that is not an origin; it was not written by our functions."""
    wrong = [(alias, name) for alias in databases or () for name in _points_with_other_origins(alias)]
    return [
        Error(
            f"Collection point “{name}” in database “{alias}” allows what is not an origin.",
            hint="An origin is https://host[:port]; set the point's allowed origins anew in the admin.",
            id="consents.E011",
        )
        for alias, name in wrong
    ]


def _points_with_other_origins(alias: str) -> list[str]:
    if LEDGER_MIGRATION not in MigrationRecorder(connections[alias]).applied_migrations():
        return []
    points = apps.get_model("consents", "CollectionPoint").objects.using(alias)
    allowed = points.exclude(allowed_origins=[]).values_list("name", "allowed_origins")
    return [name for name, origins in allowed if not isinstance(origins, list) or not all(map(is_origin, origins))]


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
