from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from consents.domain.recording import withdraw_consents
from consents.domain.state import lock_subjects
from consents.enums import PERMITTING, Actor
from consents.models import ConsentState, ConsentTransaction, Subject


def withdraw_everything(
    subject: Subject, *, actor: Actor, evidence: Mapping[str, Any] | None = None
) -> list[ConsentTransaction]:
    """Withdraw all that the person ever agreed to and that was not withdrawn since, of every scope key; the rows.

    One submission, and so one receipt, per scope key. Raises what a receiver of consent_withdrawn raises, and then
    nothing is withdrawn.
    """
    with transaction.atomic():
        lock_subjects([subject.pk])
        agreed = ConsentState.objects.filter(subject=subject, status__in=PERMITTING)
        scope_keys = agreed.order_by("scope_key").values_list("scope_key", flat=True).distinct()
        return [
            row
            for scope_key in list(scope_keys)
            for row in withdraw_consents(subject, names=None, scope_key=scope_key, actor=actor, evidence=evidence)
        ]


def withdraw_standing(
    subject: Subject, *, names: Sequence[str], scope_key: str, until: datetime, actor: Actor, actor_ref: str
) -> list[ConsentTransaction]:
    """Withdraw those of these purposes that stand under exactly `scope_key` and were agreed to `until` then; the rows.
    Unlike `withdraw_consents`, a repeated call writes nothing. Raises what a receiver of consent_withdrawn raises."""
    with transaction.atomic():
        lock_subjects([subject.pk])
        standing = ConsentState.objects.filter(subject=subject, scope_key=scope_key, status__in=PERMITTING)
        standing = standing.filter(purpose__name__in=names, since__lte=until)
        found = list(standing.values_list("purpose__name", flat=True))
        if not found:
            return []
        return withdraw_consents(subject, names=found, scope_key=scope_key, actor=actor, actor_ref=actor_ref)
