"""The journal of erasures: what it says is gone must be gone, and what it says is kept must be there."""

from functools import partial
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from consents.domain.certificates import TYP, require_certificate
from consents.domain.verification.keys import Keys
from consents.enums import ErasureKind
from consents.errors import LedgerFault, ReceiptInvalid
from consents.models import (
    AnsweredKey,
    ConsentState,
    ConsentTransaction,
    Erasure,
    Evidence,
    Receipt,
    Subject,
    SubjectKey,
)

OF_A_PERSON: list[type[Model]] = [ConsentTransaction, ConsentState, Receipt, Evidence, SubjectKey, AnsweredKey]
SECRETS: list[type[Model]] = [Evidence, SubjectKey]


def verify_journal(keys: Keys) -> None:
    """Raises LedgerFault."""
    for erasure in Erasure.objects.order_by("pk").iterator():
        try:
            require_certificate(erasure, partial(keys.proven, signed_at=erasure.erased_at, typ=TYP))
        except ReceiptInvalid as error:
            raise LedgerFault(f"erasure {erasure.pk}: {error.description}") from error
    shreds, skeletons = (Erasure.objects.filter(kind=kind) for kind in (ErasureKind.SHRED, ErasureKind.SKELETON))
    _require_none(Subject.objects.filter(pk__in=shreds.values("subject_id")).values_list("pk"))
    for model in OF_A_PERSON:
        _require_none(_rows_of(model, shreds))
    _require_none(
        Subject.objects.filter(pk__in=skeletons.values("subject_id"), account__isnull=False).values_list("pk")
    )
    for model in SECRETS:
        _require_none(_rows_of(model, skeletons))
    _require_kept(skeletons.exclude(subject_id__in=shreds.values("subject_id")))


def _rows_of(model: type[Model], erasures: QuerySet[Erasure]) -> QuerySet[Any, Any]:
    rows = model._default_manager.filter(subject_id__in=erasures.values("subject_id"))
    return rows.values_list("subject_id")


def _require_none(subjects: QuerySet[Any, Any]) -> None:
    for (subject_id,) in subjects[:1]:
        raise LedgerFault(f"subject {subject_id}: {subjects.model._meta.model_name} is there, the journal says erased")


def _require_kept(skeletons: QuerySet[Erasure]) -> None:
    """A skeleton's chain still holds the row that was last when it was made."""
    last = ConsentTransaction.objects.filter(
        subject_id=OuterRef("subject_id"), epoch=OuterRef("epoch"), row_hash=OuterRef("head")
    )
    for erasure in skeletons.filter(~Q(epoch=0), ~Exists(last))[:1]:
        raise LedgerFault(f"erasure {erasure.pk}: the skeleton's last row is not in the ledger")
