"""What a collection point asks a person, and what the answers write."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from consents.domain.amendments import Amendment, amendments
from consents.domain.check import ConsentDecision, check_consents, unit_scope
from consents.domain.counts import count_asked
from consents.domain.lifespans import expiry_of
from consents.domain.notice_tokens import Shown, ShownNotice, as_shown
from consents.domain.purposes import Notice, notices_for
from consents.domain.recording import Decision, record_decisions
from consents.enums import Action, Actor
from consents.models import CollectionPoint, ConsentTransaction, PurposeText, Subject


@dataclass(frozen=True, slots=True)
class Question:
    """One purpose to decide on. `text` are the words, with their version; a yes given now holds until `until`, or
    until it is withdrawn; `amendment` is what changed since the person last agreed."""

    name: str
    text: PurposeText
    until: datetime | None
    amendment: Amendment | None

    @property
    def shown(self) -> ShownNotice:
        """What a page with this question shows. Nothing that is asked here is needed for something else."""
        return ShownNotice(self.name, False, self.text.version_id, self.text.locale, self.text.sha256)


@dataclass(frozen=True, slots=True)
class Questions:
    """What is to be decided at a point, and what stands there already."""

    asked: Sequence[Question]
    standing: Sequence[tuple[Notice, ConsentDecision]]


def questions_at(point: CollectionPoint, subject: Subject | None, *, locale: str) -> Questions:
    """Every purpose of the point that can be asked in `locale` or its fallbacks, by name. `subject` None is somebody
    who never decided anything."""
    names = point.purposes.order_by("name").values_list("name", flat=True)
    notices = notices_for(names, locale=locale, point=point)
    decisions = check_consents(subject, names=notices, scope_key=point.recipient)
    return Questions(
        asked=_questions([n for n in notices.values() if not decisions[n.name].allowed], subject, point.recipient),
        standing=[(notice, decisions[name]) for name, notice in notices.items() if decisions[name].allowed],
    )


def count_shown(questions: Iterable[Question], *, point: CollectionPoint) -> None:
    """Count that a page showed these questions to somebody."""
    by_scope: dict[str, list[UUID]] = {}
    for question in questions:
        scope = unit_scope(question.text.version.purpose.scope, point.recipient)
        by_scope.setdefault(scope, []).append(question.text.version_id)
    for scope_key, versions in by_scope.items():
        count_asked(versions, point=point, scope_key=scope_key)


def record_answers(
    subject: Subject,
    *,
    point: CollectionPoint,
    shown: Shown,
    agreed: Collection[UUID],
    evidence: Mapping[str, Any] | None = None,
) -> list[ConsentTransaction]:
    """Write what the person answered to a page: yes to the versions in `agreed`, no to the others that it showed.

    Returns the rows. Raises what `record_decisions` raises; nothing is written then.
    """
    return record_decisions(
        subject,
        collection_point=as_shown(point, shown),
        scope_key=point.recipient,
        decisions=[
            Decision(
                purpose=notice.name,
                action=Action.ALLOW if notice.version_id in agreed else Action.REFUSE,
                version_id=notice.version_id,
                locale=notice.locale,
                text_sha256=notice.sha256,
            )
            for notice in shown.notices
        ],
        actor=Actor.SELF,
        notice_token_id=shown.token_id,
        evidence=evidence,
    )


def _questions(notices: Sequence[Notice], subject: Subject | None, scope_key: str) -> list[Question]:
    changes = amendments(subject, notices, scope_key=scope_key)
    texts = PurposeText.objects.filter(version__in=[notice.version_id for notice in notices])
    words = {(text.version_id, text.locale): text for text in texts.select_related("version__purpose")}
    now = timezone.now()
    return [
        Question(
            name=notice.name,
            text=words[notice.version_id, notice.locale],
            until=expiry_of(words[notice.version_id, notice.locale].version, first_yes=now, last_yes=now),
            amendment=changes.get(notice.name),
        )
        for notice in notices
    ]
