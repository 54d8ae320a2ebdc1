from collections.abc import Callable

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from consents.domain.purposes import notices_for
from consents.enums import VersionState
from consents.models import CollectionPoint, Purpose, PurposeText, PurposeVersion
from tests.consents.acts import open_point, publish

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.consents.admin.urls")]
Ask = Callable[..., HttpRequest]
VERSIONS = admin.site.get_model_admin(PurposeVersion)
PURPOSES = admin.site.get_model_admin(Purpose)


def form(version: PurposeVersion, *texts: dict[str, str]) -> dict[str, str]:
    """What the page of a version posts."""
    data = {"purpose": str(version.purpose_id), "number": "2", "lifespan": "", "data_items": "[]"}
    data |= {"texts-TOTAL_FORMS": str(len(texts)), "texts-INITIAL_FORMS": "0"}
    for index, text in enumerate(texts):
        data |= {f"texts-{index}-{name}": value for name, value in text.items()}
    return data


@pytest.fixture
def draft() -> PurposeVersion:
    return PurposeVersion.objects.create(purpose=publish("p").purpose, number=2)


def test_a_draft_is_written_and_published(draft: PurposeVersion, by_superuser: Ask) -> None:
    text = {"locale": "en", "title": "Phone", "text": "Drafted.", "consequence": ""}
    answer = VERSIONS.change_view(by_superuser("post", **form(draft, text)), str(draft.pk))
    assert answer.status_code == 302
    VERSIONS.publish(by_superuser(), PurposeVersion.objects.filter(pk=draft.pk))
    notice = notices_for(["p"], locale="en")["p"]
    assert (notice.version_number, notice.text) == (2, "Drafted.")
    assert notice.sha256 == PurposeText.objects.get(version=draft).digest()


def test_a_draft_without_texts_stays_a_draft(draft: PurposeVersion, by_superuser: Ask) -> None:
    request = by_superuser()
    VERSIONS.publish(request, PurposeVersion.objects.filter(pk=draft.pk))
    draft.refresh_from_db()
    assert draft.state == VersionState.DRAFT
    assert len(request._messages._queued_messages) == 1


def test_a_published_version_cannot_be_changed(by_superuser: Ask) -> None:
    version = publish("p")
    with pytest.raises(PermissionDenied):
        VERSIONS.change_view(by_superuser("post", **form(version)), str(version.pk))


def test_a_published_version_and_its_texts_can_be_read(by_superuser: Ask) -> None:
    version = publish("p", words="To call you.")
    page = VERSIONS.change_view(by_superuser(), str(version.pk)).render().content.decode()
    assert "To call you." in page
    assert "<textarea" not in page


def test_a_published_version_cannot_be_deleted(by_superuser: Ask) -> None:
    version = publish("p")
    with pytest.raises(PermissionDenied):
        VERSIONS.delete_view(by_superuser("post", post="yes"), str(version.pk))


def test_name_and_scope_are_fixed_once_made(by_superuser: Ask) -> None:
    purpose = publish("p").purpose
    assert {"name", "scope"} <= set(PURPOSES.get_readonly_fields(by_superuser(), purpose))
    assert PURPOSES.change_view(by_superuser(), str(purpose.pk)).render().status_code == 200


def test_purposes_are_retired_not_deleted(by_superuser: Ask) -> None:
    publish("p")
    assert set(PURPOSES.get_actions(by_superuser())) == {"retire"}
    PURPOSES.retire(by_superuser(), Purpose.objects.filter(name="p"))
    assert Purpose.objects.get(name="p").retired_at is not None


def test_a_collection_point_is_closed_not_deleted(by_superuser: Ask) -> None:
    point = open_point()
    points = admin.site.get_model_admin(CollectionPoint)
    assert points.get_actions(by_superuser()) == {}
    assert points.change_view(by_superuser(), str(point.pk)).render().status_code == 200
    with pytest.raises(PermissionDenied):
        points.delete_view(by_superuser("post", post="yes"), str(point.pk))
