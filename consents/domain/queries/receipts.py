from uuid import UUID

from consents.models import Receipt, Subject


def receipt_of(subject: Subject, receipt_id: UUID) -> Receipt | None:
    """The person's own receipt; None for a foreign id as for an unknown one."""
    return Receipt.objects.filter(subject=subject, pk=receipt_id).first()
