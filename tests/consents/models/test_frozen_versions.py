from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from consents.enums import VersionState
from consents.models import Purpose, PurposeText, PurposeVersion
from tests.consents.acts import publish

pytestmark = pytest.mark.django_db

VERSIONS = PurposeVersion.objects
TEXTS = PurposeText.objects
ROADS: dict[str, Callable[[PurposeVersion], Any]] = {
    "a longer lifespan": lambda version: VERSIONS.update(lifespan=timedelta(days=999)),
    "other data items": lambda version: VERSIONS.update(data_items=["everything"]),
    "another hash": lambda version: VERSIONS.update(content_hash="0" * 64),
    "another number": lambda version: VERSIONS.update(number=7),
    "another date": lambda version: VERSIONS.update(published_at=timezone.now() + timedelta(days=1)),
    "back to draft": lambda version: VERSIONS.update(state=VersionState.DRAFT, published_at=None),
    "saved again": lambda version: version.save(),
    "deleted": lambda version: version.delete(),
    "deleted raw": lambda version: VERSIONS.all()._raw_delete("default"),
    "text changed": lambda version: TEXTS.update(text="We sell it."),
    "text deleted": lambda version: TEXTS.all().delete(),
    "text added": lambda version: TEXTS.create(version=version, locale="ru", title="x", text="x", sha256="x"),
}


@pytest.mark.parametrize("road", ROADS)
def test_a_published_version_is_frozen_against(road: str) -> None:
    version = publish("read.phone")
    with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
        ROADS[road](version)


@pytest.mark.parametrize(
    "change",
    [
        {"id": uuid4()},
        {"number": 7},
        {"published_at": datetime(2000, 1, 1, tzinfo=UTC)},
        {"lifespan": timedelta(days=999)},
        {"data_items": ["everything"]},
        {"content_hash": "0" * 64},
    ],
)
def test_superseding_changes_nothing_else(change: dict[str, Any]) -> None:
    publish("read.phone")
    with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
        VERSIONS.update(state=VersionState.SUPERSEDED, **change)


def test_superseding_does_not_move_to_another_purpose() -> None:
    publish("read.phone")
    other = Purpose.objects.create(name="other", scope="global")
    with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
        VERSIONS.update(state=VersionState.SUPERSEDED, purpose=other)


def test_a_published_version_may_become_superseded_and_nothing_after() -> None:
    publish("read.phone")
    assert VERSIONS.update(state=VersionState.SUPERSEDED) == 1
    with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
        VERSIONS.update(state=VersionState.PUBLISHED)


def test_a_text_may_not_move_from_a_draft_into_a_published_version() -> None:
    version = publish("read.phone")
    draft = VERSIONS.create(purpose=version.purpose, number=2)
    TEXTS.create(version=draft, locale="ru", title="x", text="x", sha256="x")
    with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
        TEXTS.filter(version=draft).update(version=version)


def test_a_draft_may_be_edited_and_deleted() -> None:
    draft = VERSIONS.create(purpose=Purpose.objects.create(name="p", scope="global"), number=1)
    TEXTS.create(version=draft, locale="en", title="x", text="x", sha256="x")
    assert TEXTS.update(text="y") == 1
    assert VERSIONS.update(lifespan=timedelta(days=1)) == 1
    draft.delete()
    assert not TEXTS.exists()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="INSERT OR REPLACE is SQLite's")
@pytest.mark.parametrize("table", ["purposeversion", "purposetext"])
def test_insert_or_replace_is_refused(table: str) -> None:
    publish("read.phone")
    with pytest.raises(IntegrityError, match="refused"), connection.cursor() as cursor:
        cursor.execute(f"INSERT OR REPLACE INTO consents_{table} SELECT * FROM consents_{table}")


def test_there_is_one_published_version_of_a_purpose() -> None:
    version = publish("read.phone")
    second = PurposeVersion(
        purpose=version.purpose, number=2, state="published", published_at=timezone.now(), content_hash="x"
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("number_from_one", {"number": 0}),
        ("state_known", {"state": "lost", "published_at": timezone.now(), "content_hash": "x"}),
        ("published_at_when_published", {"state": "published", "content_hash": "x"}),
        ("hashed_when_published", {"state": "published", "published_at": timezone.now()}),
        ("lifespan_positive", {"lifespan": timedelta(0)}),
    ],
)
def test_a_malformed_version_is_refused_by(constraint: str, fields: dict[str, Any]) -> None:
    purpose = Purpose.objects.create(name="p", scope="global")
    with pytest.raises(IntegrityError, match=f"consents_version_{constraint}"), transaction.atomic():
        VERSIONS.create(**{"purpose": purpose, "number": 1, **fields})
