"""Evidence for staff: masked, until somebody says why."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
from cryptography.exceptions import InvalidTag
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models.functions import Now

from consents.domain.evidence import open_evidence, read_sealed
from consents.errors import TooManyOpenings, UnknownEvidence
from consents.models import Evidence, EvidenceAccess

OPENINGS_PER_HOUR = 20


def kinds_of_facts(evidence_id: UUID) -> list[str]:
    """Which facts there are, by name and without their values; none when the evidence is gone, destroyed or altered."""
    evidence = (
        Evidence.objects.filter(pk=evidence_id, subject__key__isnull=False).select_related("subject__key").first()
    )
    if evidence is None:
        return []
    try:
        return sorted(orjson.loads(read_sealed(evidence)))
    except InvalidTag:
        return []


def open_for_staff(evidence_id: UUID, *, staff: AbstractBaseUser, reason: str) -> dict[str, Any]:
    """The facts in clear; the access is journalled in the same transaction, under the primary key of `staff`.

    Raises TooManyOpenings after 20 within an hour, UnknownEvidence when there is none, it was destroyed, or altered.
    """
    accounts = get_user_model()._default_manager
    with transaction.atomic():
        # One person's openings are counted one after the other.
        accounts.select_for_update(no_key=True).get(pk=staff.pk)
        recent = EvidenceAccess.objects.filter(actor_ref=str(staff.pk), opened_at__gt=Now() - timedelta(hours=1))
        if recent.count() >= OPENINGS_PER_HOUR:
            raise TooManyOpenings
        try:
            return open_evidence(evidence_id, actor_ref=str(staff.pk), reason=reason)
        except InvalidTag:
            raise UnknownEvidence
