"""Idempotency-Key: a request that is sent again is answered as before, and nothing is written again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from consents.domain.state import lock_subjects
from consents.errors import KeyReused
from consents.models import AnsweredKey, Subject

KEPT = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class RepeatableRequest:
    """The key is the caller's own, for one person; `sha256` is a digest of all that the request says."""

    caller: str
    key: str
    sha256: str


def answer_once(subject: Subject, request: RepeatableRequest | None, act: Callable[[], str]) -> str:
    """What `act` answers, in one transaction with what it writes; for a request that was answered within 24 hours, that
    answer to the byte. None is a request without a key.

    Requests about one person queue, but those that were answered already. An act that raises keeps nothing, so that it
    may be tried again. Raises KeyReused when the key came with another request, and what `act` raises.
    """
    if request is None:
        with transaction.atomic():
            lock_subjects([subject.pk])
            return act()
    kept = _kept(subject, request)
    if kept is None:
        with transaction.atomic():
            lock_subjects([subject.pk])
            kept = _kept(subject, request) or _answered(subject, request, act)
    if kept.request_sha256 != request.sha256:
        raise KeyReused
    return str(kept.answer["body"])


def _kept(subject: Subject, request: RepeatableRequest) -> AnsweredKey | None:
    since = timezone.now() - KEPT
    return AnsweredKey.objects.filter(
        subject=subject, caller=request.caller, key=request.key, created_at__gt=since
    ).first()


def _answered(subject: Subject, request: RepeatableRequest, act: Callable[[], str]) -> AnsweredKey:
    AnsweredKey.objects.filter(subject=subject, caller=request.caller, key=request.key).delete()
    return AnsweredKey.objects.create(
        subject=subject,
        caller=request.caller,
        key=request.key,
        request_sha256=request.sha256,
        answer={"body": act()},
    )


def purge_answered_keys() -> int:
    """Delete the answers whose 24 hours are over; the number of rows."""
    return AnsweredKey.objects.filter(created_at__lte=timezone.now() - KEPT).delete()[0]
