"""What a collection point asks a person, and what the answers write."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from consents.domain.amendments import Amendment, amendments
from consents.domain.check import ConsentDecision, check_consents
from consents.domain.notice_tokens import Shown, ShownNotice
from consents.domain.purposes import Notice, notices_for
from consents.domain.recording import Decision, record_decisions
from consents.enums import Action, Actor
from consents.models import CollectionPoint, ConsentTransaction, Subject


@dataclass(frozen=True, slots=True)
class Question:
    """One purpose to decide on; a yes given now would hold until `until` (None: until it is withdrawn)."""

    notice: Notice
    until: datetime | None
    amendment: Amendment | None

    @property
    def shown(self) -> ShownNotice:
        """What a page with this question shows. Nothing that is asked here is needed for something else."""
        notice = self.notice
        return ShownNotice(notice.name, False, notice.version_id, notice.locale, notice.sha256)


@dataclass(frozen=True, slots=True)
class Questions:
    """What is to be decided at a point, and what stands there already."""

    asked: Sequence[Question]
    standing: Sequence[tuple[Notice, ConsentDecision]]


def questions_at(point: CollectionPoint, subject: Subject | None, *, locale: str) -> Questions:
    """Every purpose of the point that can be asked in `locale` or its fallbacks, by name. `subject` None is somebody
    who never decided anything."""
    names = point.purposes.order_by("name").values_list("name", flat=True)
    notices = notices_for(names, locale=locale)
    decisions = check_consents(subject, names=notices, scope_key=point.recipient)
    open_ones = [notice for notice in notices.values() if not decisions[notice.name].allowed]
    changes = amendments(subject, open_ones, scope_key=point.recipient)
    now = timezone.now()
    return Questions(
        asked=[
            Question(notice, now + notice.lifespan if notice.lifespan else None, changes.get(notice.name))
            for notice in open_ones
        ],
        standing=[(notice, decisions[name]) for name, notice in notices.items() if decisions[name].allowed],
    )


def record_answers(
    subject: Subject, *, point: CollectionPoint, shown: Shown, agreed: Collection[UUID]
) -> list[ConsentTransaction]:
    """Write what the person answered to a page: yes to the versions in `agreed`, no to the others that it showed.

    Returns the rows. Raises what `record_decisions` raises; nothing is written then.
    """
    return record_decisions(
        subject,
        collection_point=point,
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
    )
