"""Each receipt against the rows that it tells of, and against its own signature."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from consents.canonical_json import canonical_json
from consents.domain.verification.keys import Keys
from consents.errors import LedgerFault, ReceiptInvalid
from consents.models import Receipt


def verify_receipts(
    subject_id: UUID,
    rows: Sequence[Any],
    receipts: Sequence[Receipt],
    keys: Keys,
) -> None:
    """Raises LedgerFault."""
    pointing: dict[UUID, list[str]] = defaultdict(list)
    known = {receipt.pk for receipt in receipts}
    for row in rows:
        if row.receipt_id is None:
            continue
        if row.receipt_id not in known:
            raise LedgerFault(f"transaction {row.id}: its receipt is gone")
        pointing[row.receipt_id].append(str(row.id))
    for receipt in receipts:
        claims = _claims(receipt, keys)
        if _events(claims) != sorted(pointing[receipt.pk]):
            raise LedgerFault(f"receipt {receipt.pk}: tells of other rows than those that point at it")
        if not _describes(claims, receipt, subject_id):
            raise LedgerFault(f"receipt {receipt.pk}: the row is not what the document says")


def _claims(receipt: Receipt, keys: Keys) -> Mapping[str, Any]:
    try:
        claims = keys.proven(receipt.jws, signed_at=receipt.issued_at)
    except (ReceiptInvalid, IndexError) as error:
        raise LedgerFault(f"receipt {receipt.pk}: {error}") from error
    if canonical_json(claims) != receipt.document:
        raise LedgerFault(f"receipt {receipt.pk}: the document is not the one that was signed")
    return claims


def _events(claims: Mapping[str, Any]) -> list[str]:
    return sorted(event["event_id"] for processing in claims["pii_processing"] for event in processing["event"])


def _describes(claims: Mapping[str, Any], receipt: Receipt, subject_id: UUID) -> bool:
    parties = {
        party["party_id"]
        for processing in claims["pii_processing"]
        for party in processing.get("recipient_third_parties", [])
        if "party_id" in party
    }
    issued_at = receipt.issued_at.isoformat().replace("+00:00", "Z")
    return (
        claims["receipt_id"] == str(receipt.pk)
        and claims["pii_principal_id"] == str(subject_id)
        and claims["issued_at"] == issued_at
        and (receipt.recipient in parties or not (receipt.recipient or parties))
    )
