"""The chain of a person's ledger rows: each carries an HMAC over itself and over the row before it.

So a row that was edited, swapped, inserted or taken out shows, also when somebody who owns the tables did it: the key
(CONSENTS["LEDGER_KEY"]) is not in the database. The person's `Subject` keeps the length and the last hash.
"""

import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from consents.canonical_json import canonical_json
from consents.conf import conf

if TYPE_CHECKING:
    from consents.models import ConsentTransaction

CHAINED = [
    "id",
    "subject_id",
    "purpose_id",
    "purpose_version_id",
    "text_sha256",
    "locale",
    "scope_key",
    "collection_point_id",
    "collection_point_version",
    "action",
    "actor",
    "actor_ref",
    "occurred_at",
    "recorded_at",
    "expires_at",
    "subject_seq",
    "epoch",
    "notice_token_id",
    "evidence_id",
    "evidence_commit",
    "receipt_id",
]


def row_hash(row: "ConsentTransaction | tuple[Any, ...]", before: str) -> str:
    """64 hex characters for `row`, whose every column is set, or for a named tuple of CHAINED; `before` is the hash of
    the row before it, or ""."""
    content = {name: _plain(getattr(row, name)) for name in CHAINED}
    return hmac.digest(conf.ledger_key, canonical_json({**content, "before": before}).encode(), "sha256").hex()


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return str(value) if isinstance(value, UUID) else value
