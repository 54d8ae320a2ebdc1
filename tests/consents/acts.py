"""What people and staff do in these tests, each in one word."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from typing import Any

from django.db import connection

from consents.domain.check import ConsentDecision, check_consents
from consents.domain.collection_points import open_collection_point
from consents.domain.purposes import NoticeText, notices_for, publish_purpose, publish_version
from consents.domain.recording import Decision, record_decisions, withdraw_consents
from consents.enums import Action, Actor, Channel
from consents.models import CollectionPoint, ConsentTransaction, Purpose, PurposeText, PurposeVersion, Subject

CLIENT = "client-a"
PURPOSE_LOCK = int(connection.vendor == "postgresql")  # statements: SQLite needs no lock


def publish(name: str, *, scope: str = "per_client", words: str = "To call you.", **kwargs: Any) -> PurposeVersion:
    return publish_purpose(name, scope=scope, texts={"en": NoticeText("Phone", words, "No calls.")}, **kwargs)


def publish_facts(name: str, *, text: str = "To call you.", **facts: Any) -> PurposeVersion:
    """The next version of a purpose that was published, with everything that a version can say."""
    purpose = Purpose.objects.get(name=name)
    draft = PurposeVersion.objects.create(purpose=purpose, number=purpose.versions.count() + 1, **facts)
    words = PurposeText(version=draft, locale="en", title="Phone", text=text, consequence="No calls.")
    words.sha256 = words.digest()
    words.save()
    return publish_version(draft)


def open_point(*purposes: str, recipient: str = CLIENT) -> CollectionPoint:
    return open_collection_point(name="sign-in", recipient=recipient, channel=Channel.WEB, purposes=purposes)


def answers(action: Action, *names: str) -> list[Decision]:
    """The decisions that a page with the present notices would post."""
    notices = notices_for(names, locale="en")
    return [
        Decision(name, action, notices[name].version_id, notices[name].locale, notices[name].sha256) for name in names
    ]


def decide(
    subject: Subject,
    decisions: Sequence[Decision],
    *,
    scope_key: str = CLIENT,
    actor: Actor = Actor.SELF,
    occurred_at: datetime | None = None,
) -> list[ConsentTransaction]:
    point = open_point(*[decision.purpose for decision in decisions])
    return record_decisions(
        subject,
        collection_point=point,
        scope_key=scope_key,
        decisions=decisions,
        actor=actor,
        occurred_at=occurred_at,
    )


def allow(subject: Subject, *names: str, **kwargs: Any) -> list[ConsentTransaction]:
    return decide(subject, answers(Action.ALLOW, *names), **kwargs)


def refuse(subject: Subject, *names: str, **kwargs: Any) -> list[ConsentTransaction]:
    return decide(subject, answers(Action.REFUSE, *names), **kwargs)


def withdraw(subject: Subject, *names: str, scope_key: str = CLIENT) -> list[ConsentTransaction]:
    return withdraw_consents(subject, names=names, scope_key=scope_key, actor=Actor.SELF)


def check(subject: Subject, name: str, *, scope_key: str = CLIENT, at: datetime | None = None) -> ConsentDecision:
    return check_consents(subject, names=[name], scope_key=scope_key, at=at)[name]


def execute(statements: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def triggers_dropped() -> Iterator[None]:
    """What only the owner of the tables can do."""
    triggers = import_module("consents.migrations.0008_triggers")
    execute(triggers.REVERSE[connection.vendor])
    yield
    execute(triggers.FORWARD[connection.vendor])
