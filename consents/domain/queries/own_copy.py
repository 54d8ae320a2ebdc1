"""Everything that the ledger holds about one person, in plain values, for a copy of her own (GDPR articles 15 and 20).

Staff is in it by what they did, and never by who they are.
"""

import json
from collections.abc import Iterator
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag

from consents.domain.evidence import read_sealed
from consents.domain.queries.history import history_for_subject, units_of
from consents.models import Evidence, EvidenceAccess, PurposeText, Receipt, Subject, SubjectKey


def own_decisions(subject: Subject) -> Iterator[dict[str, Any]]:
    """Every yes, no and withdrawal, newest first, with the words that it was given to."""
    rows = list(history_for_subject(subject))
    texts = PurposeText.objects.filter(version__in={row.purpose_version_id for row in rows})
    words = {(text.version_id, text.locale): text for text in texts}
    for row in rows:
        text = words.get((row.purpose_version_id, row.locale))
        yield {
            "purpose": row.purpose.name,
            "version": row.purpose_version.number,
            "language": row.locale,
            "title": text.title if text else None,
            "text": text.text if text else None,
            "consequence": text.consequence if text else None,
            "app": row.scope_key,
            "place": row.collection_point.name if row.collection_point else None,
            "action": row.action,
            "decided_by": row.actor,
            "occurred_at": row.occurred_at,
            "recorded_at": row.recorded_at,
            "expires_at": row.expires_at,
            "receipt": row.receipt_id,
            "evidence": row.evidence_id,
        }


def own_standing(subject: Subject) -> Iterator[dict[str, Any]]:
    """The last word about everything that was ever asked, and what a check answers now."""
    for unit in units_of(subject):
        state = unit.state
        yield {
            "purpose": state.purpose.name,
            "app": state.scope_key,
            "last_word": state.status,
            "holds": unit.reason.value,
            "since": state.since,
            "expires_at": state.expires_at,
        }


def own_receipts(subject: Subject) -> Iterator[dict[str, Any]]:
    """With what was signed, and the signature."""
    for receipt in Receipt.objects.filter(subject=subject).order_by("issued_at"):
        yield {
            "receipt": receipt.pk,
            "app": receipt.recipient,
            "issued_at": receipt.issued_at,
            "document": json.loads(receipt.document),
            "signed": receipt.jws,
        }


def own_evidence(subject: Subject) -> Iterator[dict[str, Any]]:
    """How her decisions came about. What was destroyed or altered is named with no facts."""
    for evidence in Evidence.objects.filter(subject=subject).select_related("subject__key").order_by("created_at"):
        try:
            facts = orjson.loads(read_sealed(evidence))
        except (InvalidTag, KeyError, ValueError, SubjectKey.DoesNotExist):
            facts = None
        yield {"evidence": evidence.pk, "kept_since": evidence.created_at, "facts": facts}


def own_evidence_accesses(subject: Subject) -> Iterator[dict[str, Any]]:
    """Each time that staff opened something of it, and why."""
    for access in EvidenceAccess.objects.filter(subject_id=subject.pk).order_by("opened_at"):
        yield {"evidence": access.evidence_id, "opened_at": access.opened_at, "reason": access.reason}
