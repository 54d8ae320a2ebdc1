"""Forgetting a person. A skeleton keeps the ledger's rows, verifiable, and cuts every link to the person; a shred keeps
nothing but a line in the journal: how many rows there were, and the hash of the last.

Daily counts stay. What a backup holds is forgotten again by `replay_erasure` before the restored system serves.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from consents.conf import conf
from consents.domain.certificates import TYP, certificate_of, require_certificate
from consents.domain.receipt_verification import proven_claims
from consents.domain.recording import withdraw_consents
from consents.domain.state import lock_subjects
from consents.enums import PERMITTING, Actor, ErasureKind
from consents.errors import ErasureInvalid, LegalHold, ReceiptInvalid, UnknownSubject
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
from consents.signals import erasure_recorded, subject_erased

FORGOTTEN: list[type[Model]] = [Evidence, SubjectKey, AnsweredKey]
SHREDDED: list[type[Model]] = [ConsentState, ConsentTransaction, Receipt]
JOURNAL = ["id", "subject_id", "kind", "basis", "keep_until", "epoch", "head", "actor_ref", "erased_at", "certificate"]


def erase_subject(
    subject: Subject, *, kind: ErasureKind, basis: str = "", keep_until: datetime | None = None, actor_ref: str
) -> Erasure:
    """Withdraw all that stands and forget the person; the line of the journal, certified where a signer is set.

    A skeleton names the `basis` on which it is kept, and until when (None: until it is shredded by hand); a shred has
    neither. `actor_ref` is who does it, never the person. What was erased so before is answered with its line.
    Raises ErasureInvalid, LegalHold, UnknownSubject, and what a receiver of consent_withdrawn or subject_erased raises.
    """
    if (kind == ErasureKind.SKELETON) != bool(basis) or (kind == ErasureKind.SHRED and keep_until is not None):
        raise ErasureInvalid(_("A skeleton needs a basis; a shred has neither basis nor date."))
    if keep_until is not None and keep_until <= timezone.now():
        raise ErasureInvalid(_("The date until which a skeleton is kept lies in the past."))
    erasure = Erasure(
        subject_id=subject.pk,
        kind=kind,
        basis=basis,
        keep_until=keep_until,
        actor_ref=actor_ref,
        erased_at=timezone.now(),
    )
    with transaction.atomic():
        people = lock_subjects([subject.pk])
        done = Erasure.objects.filter(subject_id=subject.pk, kind=kind).first()
        if done is not None:
            return done
        if not people:
            raise UnknownSubject
        if people[0].legal_hold:
            raise LegalHold
        _erase(people[0], erasure)
    return erasure


def shred_due(*, now: datetime | None = None, actor_ref: str) -> Iterator[Erasure]:
    """Shred the skeletons whose date has come, one transaction each; a legal hold leaves one for the next time."""
    shredded = Erasure.objects.filter(kind=ErasureKind.SHRED).values("subject_id")
    due = Erasure.objects.filter(kind=ErasureKind.SKELETON, keep_until__lte=now or timezone.now())
    for subject_id in due.exclude(subject_id__in=shredded).order_by("keep_until").values_list("subject_id", flat=True):
        subject = Subject.objects.filter(pk=subject_id, legal_hold="").first()
        if subject is not None:
            yield erase_subject(subject, kind=ErasureKind.SHRED, actor_ref=actor_ref)


def exported_journal() -> Iterator[dict[str, Any]]:
    """The lines of the journal for `replay_erasure`, oldest first, as values that JSON knows (dates by isoformat)."""
    for erasure in Erasure.objects.order_by("erased_at", "pk").iterator():
        yield exported_line(erasure)


def exported_line(erasure: Erasure) -> dict[str, Any]:
    """One line of `exported_journal`."""
    line = {name: getattr(erasure, name) for name in JOURNAL}
    return {
        name: value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value
        for name, value in line.items()
    }


def replay_erasure(line: Mapping[str, Any], *, proven: bool = False) -> bool:
    """Do again to a restored backup what a line of the exported journal says; False when it is done already.

    The new line keeps id and date; `epoch`, `head` and the certificate over them are of what this database had. A legal
    hold of the backup does not count: it had been lifted. A line that is `proven` otherwise needs no certificate by a
    key that is still believed. Raises ErasureInvalid for what is no line of a journal.
    """
    erasure = _erasure_of(line)
    if not proven:
        _require_certificate(erasure)
    with transaction.atomic():
        people = lock_subjects([erasure.subject_id])
        if Erasure.objects.filter(subject_id=erasure.subject_id, kind=erasure.kind).exists():
            return False
        if people:
            _erase(people[0], erasure)
        else:
            _journal(erasure, 0, "")  # the person came after the backup was made
    return True


def _erasure_of(line: Mapping[str, Any]) -> Erasure:
    try:
        erasure = Erasure(**{name: line[name] for name in JOURNAL})
        erasure.erased_at = parse_datetime(line["erased_at"]) or timezone.now()
        erasure.keep_until = parse_datetime(line["keep_until"]) if line["keep_until"] else None
        erasure.clean_fields()
    except (KeyError, TypeError, ValueError, ValidationError):
        raise ErasureInvalid(_("This is not a line of an exported journal."))
    return erasure


def _require_certificate(erasure: Erasure) -> None:
    published = conf.public_keys() if conf.public_keys else None
    try:
        if published is None:
            require_certificate(erasure)
        else:
            require_certificate(erasure, partial(proven_claims, keys=published, typ=TYP))
    except ReceiptInvalid:
        raise ErasureInvalid(_("This is not a line of an exported journal."))


def _erase(person: Subject, erasure: Erasure) -> None:
    """In the transaction that holds the person's lock: all of it or nothing."""
    _withdraw_everything(person, erasure.actor_ref)
    subject_erased.send(sender=Subject, subject=person, account_id=person.account_id)
    person.refresh_from_db()
    _journal(erasure, person.epoch, person.head)  # first: the triggers let go of what the journal says is shredded
    shredded = erasure.kind == ErasureKind.SHRED
    for model in [*FORGOTTEN, *(SHREDDED if shredded else ())]:
        model._default_manager.filter(subject_id=person.pk).delete()
    if shredded:
        person.delete()
    else:
        Subject.objects.filter(pk=person.pk).update(account=None)


def _journal(erasure: Erasure, epoch: int, head: str) -> None:
    erasure.epoch, erasure.head = epoch, head
    erasure.certificate = certificate_of(erasure)
    erasure.save()
    erasure_recorded.send(sender=Erasure, erasure=erasure)


def _withdraw_everything(person: Subject, actor_ref: str) -> None:
    standing = ConsentState.objects.filter(subject=person, status__in=PERMITTING)
    for scope_key in standing.order_by("scope_key").values_list("scope_key", flat=True).distinct():
        withdraw_consents(person, names=None, scope_key=scope_key, actor=Actor.SYSTEM, actor_ref=actor_ref)
