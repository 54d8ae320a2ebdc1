from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from consents.models import Receipt, Subject


def receipt_of(subject: Subject, receipt_id: UUID) -> Receipt | None:
    """The person's own receipt; None for a foreign id as for an unknown one."""
    return Receipt.objects.filter(subject=subject, pk=receipt_id).first()


def receipt_with(recipient: str, receipt_id: UUID, *, account_id: Any = None) -> Receipt | None:
    """The receipt of this recipient, and of this account if one is given; None for a foreign id as for an unknown one.

    The recipient keeps it as proof after the person stopped sharing, so nothing else is asked.
    """
    found = Receipt.objects.filter(recipient=recipient, pk=receipt_id)
    if account_id is not None:
        found = found.filter(subject__account=account_id)
    return found.first()


def receipts_with(subject: Subject, recipients: Iterable[str]) -> QuerySet[Receipt]:
    """The person's receipts with these recipients, oldest first, without what is signed."""
    found = Receipt.objects.filter(subject=subject, recipient__in=list(recipients))
    return found.only("recipient", "issued_at").order_by("issued_at")
