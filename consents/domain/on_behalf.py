"""What a person said on paper, by phone or at a counter, entered by staff."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from consents.conf import conf
from consents.domain.counts import count_asked
from consents.domain.recording import Decision, record_decisions, withdraw_consents
from consents.domain.subjects import subject_for_account
from consents.enums import Actor, Channel, PointStatus
from consents.models import CollectionPoint, ConsentTransaction, Subject

CHANNELS = (Channel.PAPER, Channel.PHONE, Channel.STAFF_ASSISTED)


@dataclass(frozen=True)
class Statement:
    """How staff know what the person said. `attachment_sha256` is of the scan or recording, which is kept elsewhere."""

    staff_ref: str
    reason: str
    attachment_sha256: str = ""

    def evidence(self, **facts: Any) -> dict[str, Any]:
        known = {**facts, "reason": self.reason, "attachment_sha256": self.attachment_sha256}
        return {name: value for name, value in known.items() if value}


def find_subject_by_reference(text: str) -> Subject | None:
    """The subject of the account that CONSENTS["FIND_ACCOUNT"] finds for exactly this reference, made at the first
    need; None when it finds none."""
    find = import_string(conf.find_account)
    account: AbstractBaseUser | None = find(text)
    return None if account is None else subject_for_account(account)


def account_by_key_or_username(text: str) -> AbstractBaseUser | None:
    """The default of CONSENTS["FIND_ACCOUNT"]: the account with exactly this user name, else with this primary key."""
    return _account(get_user_model().USERNAME_FIELD, text.strip()) or _account("pk", text.strip())


def points_for_staff() -> QuerySet[CollectionPoint]:
    """The open collection points where staff enter what was said, by recipient and name."""
    return CollectionPoint.objects.filter(channel__in=CHANNELS, status=PointStatus.OPEN).order_by("recipient", "name")


def record_on_behalf(
    subject: Subject,
    *,
    point: CollectionPoint,
    decisions: Sequence[Decision],
    occurred_at: datetime,
    statement: Statement,
    form_id: UUID,
) -> list[ConsentTransaction]:
    """Write what the person said at `occurred_at`; the rows. `form_id` is spent: the same form is entered once.

    The questions count as asked. Raises what `record_decisions` raises.
    """
    with transaction.atomic():
        rows = record_decisions(
            subject,
            collection_point=point,
            scope_key=point.recipient,
            decisions=decisions,
            actor=Actor.STAFF,
            actor_ref=statement.staff_ref,
            occurred_at=occurred_at,
            notice_token_id=form_id,
            evidence=statement.evidence(channel=point.channel),
        )
        _count_asked(rows, point)
    return rows


def withdraw_on_behalf(
    subject: Subject, *, names: Sequence[str], scope_key: str, statement: Statement
) -> list[ConsentTransaction]:
    """Withdraw these purposes for the person; the rows. Raises what a receiver of consent_withdrawn raises."""
    return withdraw_consents(
        subject,
        names=names,
        scope_key=scope_key,
        actor=Actor.STAFF,
        actor_ref=statement.staff_ref,
        evidence=statement.evidence(),
    )


def sha256_of_chunks(chunks: Iterable[bytes]) -> str:
    """The digest of a file that is read piece by piece and kept nowhere."""
    digest = hashlib.sha256()
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _count_asked(rows: Sequence[ConsentTransaction], point: CollectionPoint) -> None:
    by_scope: dict[str, list[UUID]] = {}
    for row in rows:
        by_scope.setdefault(row.scope_key, []).append(row.purpose_version_id)
    for scope_key, version_ids in sorted(by_scope.items()):
        count_asked(version_ids, point=point, scope_key=scope_key)


def _account(field: str, text: str) -> AbstractBaseUser | None:
    """None also for a text that the field could never hold."""
    try:
        return get_user_model()._default_manager.filter(**{field: text}).first()
    except (ValueError, OverflowError, ValidationError):
        return None
