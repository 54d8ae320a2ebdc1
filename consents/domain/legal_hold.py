"""A legal hold: nothing of this person may be destroyed until it is cleared."""

from django.db import transaction

from consents.domain.state import lock_subjects
from consents.models import Subject


def set_legal_hold(subject: Subject, *, reason: str) -> None:
    """Hold the person's rows and evidence, or hold them for another reason; `reason` is not empty."""
    _write(subject, reason)


def clear_legal_hold(subject: Subject) -> None:
    """Let erasure and retention have their way again."""
    _write(subject, "")


def _write(subject: Subject, reason: str) -> None:
    """Under the lock that erasure takes."""
    with transaction.atomic():
        [person] = lock_subjects([subject.pk])
        person.legal_hold = reason
        person.save(update_fields=["legal_hold"])
