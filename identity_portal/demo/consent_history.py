"""Months of invented decisions about a newsletter, so that the reports show something. People without accounts.

The rows are dated in the past, which no function of the domain does; they are chained, folded and counted by the
domain's own steps, and `verify_ledger` finds them sound.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consents.domain.collection_points import open_collection_point
from consents.domain.counts import count_asked, count_decisions
from consents.domain.lifespans import expiry_of
from consents.domain.state import apply_transaction, save_states
from consents.enums import Action, ChangeKind, Channel, PurposeScope, VersionState
from consents.ledger_chain import row_hash
from consents.models import (
    CollectionPoint,
    ConsentState,
    ConsentTransaction,
    Purpose,
    PurposeText,
    PurposeVersion,
    Subject,
)

NAME = "demo.newsletter"
RECIPIENT = "demo-newsletter"
DAYS = 120
SECOND_VERSION_DAY = 70
PEOPLE = 420
LIFESPAN = timedelta(days=150)
TITLE = "Newsletter (demo data)"
TEXTS = ["One letter a month about new partners.", "One letter a month about new partners and their offers."]


class Asked(NamedTuple):
    """What happened to one person on one day of the history."""

    day: int
    action: Action | None


@dataclass
class Life:
    """One person's part of the history."""

    person: Subject
    rows: list[ConsentTransaction]
    asked: list[tuple[date, UUID, CollectionPoint]]
    state: ConsentState | None


def seed_consent_history() -> None:
    """Write the history, once."""
    if Purpose.objects.filter(name=NAME).exists():
        return
    with transaction.atomic():
        start = timezone.now().astimezone(UTC).replace(hour=9, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
        versions = _publish(start)
        points = _open_points()
        chance = random.Random(20)  # noqa: S311 -- draws a picture, guards nothing
        people = Subject.objects.bulk_create([Subject() for _ in range(PEOPLE)])
        _save([_lived(person, start, versions, chance.choice(points), list(_story(chance))) for person in people])


def _publish(start: datetime) -> list[PurposeText]:
    """Two versions, the second of which asks everybody anew."""
    purpose = Purpose.objects.create(name=NAME, scope=PurposeScope.GLOBAL)
    texts = []
    for number, (words, day) in enumerate(zip(TEXTS, (0, SECOND_VERSION_DAY), strict=True), start=1):
        version = PurposeVersion.objects.create(
            purpose=purpose, number=number, lifespan=LIFESPAN, data_items=["email"], change_kind=ChangeKind.MATERIAL
        )
        text = PurposeText(version=version, locale="en", title=TITLE, text=words, consequence="No letters.")
        text.sha256 = text.digest()
        text.save()
        purpose.versions.filter(state=VersionState.PUBLISHED).update(state=VersionState.SUPERSEDED)
        version.state, version.published_at = VersionState.PUBLISHED, start + timedelta(days=day)
        version.accepts_from, version.content_hash = number, version.digest([text])
        version.save()
        texts.append(text)
    purpose.accepts_from = len(texts)
    purpose.save(update_fields=["accepts_from"])
    return texts


def _open_points() -> list[CollectionPoint]:
    points = {"account page": Channel.WEB, "app": Channel.MOBILE, "branch": Channel.PAPER}
    return [
        open_collection_point(name=name, recipient=RECIPIENT, channel=channel, purposes=[NAME])
        for name, channel in points.items()
    ]


def _story(chance: random.Random) -> Iterator[Asked]:
    """Asked once at least; some answer, some change their mind, some are asked anew by the second version."""
    day = chance.randrange(DAYS)
    first = chance.choices([Action.ALLOW, Action.REFUSE, None], [52, 30, 18])[0]
    yield Asked(day, first)
    if first is not Action.ALLOW:
        return
    if chance.random() < 0.16:
        day += 1 + int(chance.expovariate(1 / 20))
        if day < DAYS:
            yield Asked(day, Action.WITHDRAW)
    elif day < SECOND_VERSION_DAY and chance.random() < 0.55:
        yield Asked(
            chance.randrange(SECOND_VERSION_DAY, DAYS), chance.choices([Action.ALLOW, Action.REFUSE], [7, 3])[0]
        )


def _lived(
    person: Subject, start: datetime, texts: list[PurposeText], point: CollectionPoint, story: list[Asked]
) -> Life:
    """The person's rows, chained, and what they come to."""
    life = Life(person, [], [], None)
    for day, action in story:
        text = texts[day >= SECOND_VERSION_DAY]
        moment = start + timedelta(days=day, minutes=person.pk.int % 600)
        if action is not Action.WITHDRAW:
            life.asked.append((moment.date(), text.version_id, point))
        if action is None:
            continue
        words = text if action is not Action.WITHDRAW else _last_words(life.rows, texts)
        row = _row(person, words, point, action, moment)
        row.subject_seq = row.epoch = person.epoch = len(life.rows) + 1
        row.row_hash = person.head = row_hash(row, person.head)
        life.rows.append(row)
        life.state = apply_transaction(row, life.state)
    return life


def _save(lives: list[Life]) -> None:
    rows = [row for life in lives for row in life.rows]
    ConsentTransaction.objects.bulk_create(rows)
    Subject.objects.bulk_update([life.person for life in lives], ["epoch", "head"])
    save_states([life.state for life in lives if life.state is not None])
    count_decisions(rows)
    asked = [question for life in lives for question in life.asked]
    for day, version_id, point in asked:
        count_asked([version_id], point=point, scope_key="", day=day)


def _last_words(rows: list[ConsentTransaction], texts: list[PurposeText]) -> PurposeText:
    """A withdrawal is from the words that were answered last."""
    return next(text for text in texts if text.version_id == rows[-1].purpose_version_id)


def _row(
    person: Subject, text: PurposeText, point: CollectionPoint, action: Action, moment: datetime
) -> ConsentTransaction:
    withdrawn = action is Action.WITHDRAW
    return ConsentTransaction(
        subject=person,
        purpose=text.version.purpose,
        purpose_version=text.version,
        text_sha256=text.sha256,
        locale=text.locale,
        collection_point=None if withdrawn else point,
        collection_point_version=None if withdrawn else point.version,
        action=action,
        actor="self",
        occurred_at=moment,
        recorded_at=moment,
        expires_at=expiry_of(text.version, first_yes=moment, last_yes=moment) if action is Action.ALLOW else None,
    )
