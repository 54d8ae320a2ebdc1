from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils import timezone

from consents.domain.purposes import notices_for
from consents.domain.review import draft_version, submit_for_review
from consents.enums import VersionState
from consents.models import CollectionPoint, Purpose, PurposeText, PurposeVersion
from tests.consents.acts import open_point, publish

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.consents.admin.urls")]
Ask = Callable[..., HttpRequest]
VERSIONS = admin.site.get_model_admin(PurposeVersion)
PURPOSES = admin.site.get_model_admin(Purpose)
POINTS = admin.site.get_model_admin(CollectionPoint)
WORDS = {"title": "Phone", "text": "Drafted.", "consequence": "No calls.", "withdrawal": "Under Apps."}
FACTS = {"data_items": "phone\ne-mail", "retention": "P1Y", "jurisdiction": "UZ", "lifespan_months": "12"}


@pytest.fixture(autouse=True)
def one_language(settings: Any, no_settings: None) -> None:
    settings.CONSENTS = {"LOCALES": ["en"]}


def form(**changes: str) -> dict[str, str]:
    """What the page of a version posts."""
    data = {"lifespan_anchor": "last_yes", "change_kind": "material", "carry_over": "none", **FACTS}
    return data | {f"{part}_en": words for part, words in WORDS.items()} | changes


@pytest.fixture
def draft() -> PurposeVersion:
    publish("p")
    return draft_version("p")


def page(answer: Any) -> str:
    return answer.render().content.decode()


def act(request: HttpRequest, row: Any, name: str) -> str:
    """Press a button; returns what staff is told, "" when it was done."""
    answer = admin.site.get_model_admin(type(row)).act_view(request, row.pk, name)
    assert answer.status_code == 302
    return "".join(message.message for message in request._messages._queued_messages)


def write(request: HttpRequest, draft: PurposeVersion) -> None:
    assert VERSIONS.change_view(request, str(draft.pk)).status_code == 302


def test_a_draft_is_written_submitted_and_published_by_another(draft: PurposeVersion, by_superuser: Ask) -> None:
    write(by_superuser("post", **form()), draft)
    assert act(by_superuser("post"), draft, "submit") == ""
    assert "somebody else" in act(by_superuser("post"), draft, "publish")
    PurposeVersion.objects.filter(pk=draft.pk).update(state="draft", submitted_by="")
    submit_for_review(draft, by="somebody")
    assert act(by_superuser("post"), draft, "publish") == ""
    notice = notices_for(["p"], locale="en")["p"]
    assert (notice.version_number, notice.text, notice.withdrawal) == (2, "Drafted.", "Under Apps.")
    assert notice.sha256 == PurposeText.objects.get(version=draft).digest()
    draft.refresh_from_db()
    assert draft.data_items == ["phone", "e-mail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"carry_over": "grace"}, "grace"),
        ({"lifespan": "30"}, "lifespan_months"),
        ({"grace": "soon"}, "grace"),
        ({"lifespan": "-1", "lifespan_months": ""}, "__all__"),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_written(
    changes: dict[str, str], field: str, draft: PurposeVersion, by_superuser: Ask
) -> None:
    answer = VERSIONS.change_view(by_superuser("post", **form(**changes)), str(draft.pk))
    assert field in answer.context_data["adminform"].form.errors
    assert not draft.texts.exists()


def test_an_editorial_change_carries_all_consents(draft: PurposeVersion, by_superuser: Ask) -> None:
    write(by_superuser("post", **form(change_kind="editorial", carry_over="none", grace="3")), draft)
    draft.refresh_from_db()
    assert (draft.carry_over, draft.grace) == ("full", None)


def test_what_is_missing_is_listed_and_nothing_is_submitted(draft: PurposeVersion, by_superuser: Ask) -> None:
    assert "title (en)" in page(VERSIONS.change_view(by_superuser(), str(draft.pk)))
    assert "title (en)" in act(by_superuser("post"), draft, "submit")
    draft.refresh_from_db()
    assert draft.state == VersionState.DRAFT


def test_no_lifespan_has_to_be_meant(draft: PurposeVersion, by_superuser: Ask) -> None:
    write(by_superuser("post", **form(lifespan_months="")), draft)
    assert "lifespan" in act(by_superuser("post"), draft, "submit")
    assert act(by_superuser("post", until_withdrawn="on"), draft, "submit") == ""


def test_who_submitted_sees_why_there_is_no_button(draft: PurposeVersion, by_superuser: Ask) -> None:
    write(by_superuser("post", **form()), draft)
    act(by_superuser("post"), draft, "submit")
    text = page(VERSIONS.change_view(by_superuser(), str(draft.pk)))
    assert "You submitted this version." in text
    assert "/act/publish/" not in text
    assert act(by_superuser("post"), draft, "send-back") == ""


def test_the_published_words_stand_beside_the_draft(draft: PurposeVersion, by_superuser: Ask) -> None:
    write(by_superuser("post", **form()), draft)
    text = page(VERSIONS.change_view(by_superuser(), str(draft.pk)))
    assert ">Drafted.</textarea>" in text.replace("\n", "")
    assert "To call you." in text


def test_a_published_version_cannot_be_changed(by_superuser: Ask) -> None:
    with pytest.raises(PermissionDenied):
        VERSIONS.change_view(by_superuser("post", **form()), str(publish("p").pk))


def test_a_published_version_and_its_texts_can_be_read_and_copied(by_superuser: Ask) -> None:
    version = publish("p", words="To call you.")
    text = page(VERSIONS.change_view(by_superuser(), str(version.pk)))
    assert "To call you." in text
    assert "<textarea" not in text
    assert act(by_superuser("post"), version, "copy") == ""
    assert PurposeVersion.objects.get(number=2).texts.get().text == "To call you."


def test_a_published_version_cannot_be_deleted(by_superuser: Ask) -> None:
    with pytest.raises(PermissionDenied):
        VERSIONS.delete_view(by_superuser("post", post="yes"), str(publish("p").pk))


def test_a_version_begins_at_its_purpose(by_superuser: Ask) -> None:
    purpose = Purpose.objects.create(name="new", scope="global")
    assert act(by_superuser("post"), purpose, "new-version") == ""
    assert purpose.versions.get().state == VersionState.DRAFT
    with pytest.raises(PermissionDenied):
        VERSIONS.add_view(by_superuser())


def test_what_a_purpose_is_stays_fixed_once_made(by_superuser: Ask) -> None:
    purpose = publish("p").purpose
    fixed = {"name", "scope", "legal_basis", "mechanism"}
    assert fixed <= set(PURPOSES.get_readonly_fields(by_superuser(), purpose))
    assert PURPOSES.change_view(by_superuser(), str(purpose.pk)).render().status_code == 200


def test_a_retirement_is_set_moved_and_taken_back(by_superuser: Ask) -> None:
    purpose = publish("p").purpose
    tomorrow = (timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)
    for moment in (tomorrow, tomorrow + timedelta(days=1)):
        assert act(by_superuser("post", at=moment.strftime("%Y-%m-%dT%H:%M")), purpose, "retire") == ""
        purpose.refresh_from_db()
        assert purpose.retired_at == moment
    assert act(by_superuser("post"), purpose, "keep") == ""
    purpose.refresh_from_db()
    assert purpose.retired_at is None


@pytest.mark.parametrize("moment", ["", "tomorrow", "2026-13-45T00:00"])
def test_a_retirement_needs_a_moment(moment: str, by_superuser: Ask) -> None:
    purpose = publish("p").purpose
    assert act(by_superuser("post", at=moment), purpose, "retire") == "Give a date and a time."
    purpose.refresh_from_db()
    assert purpose.retired_at is None


def test_purposes_are_not_deleted_and_acts_are_posts_by_those_who_may(by_superuser: Ask) -> None:
    purpose = publish("p").purpose
    assert PURPOSES.get_actions(by_superuser()) == {}
    assert PURPOSES.act_view(by_superuser(), purpose.pk, "keep").status_code == 405
    request = by_superuser("post")
    request.user.is_superuser = False
    with pytest.raises(PermissionDenied):
        PURPOSES.act_view(request, purpose.pk, "new-version")
    with pytest.raises(PermissionDenied):
        PURPOSES.act_view(by_superuser("post"), purpose.pk, "unheard-of")


def test_a_collection_point_is_closed_not_deleted(by_superuser: Ask) -> None:
    point = open_point()
    assert POINTS.get_actions(by_superuser()) == {}
    assert POINTS.change_view(by_superuser(), str(point.pk)).render().status_code == 200
    with pytest.raises(PermissionDenied):
        POINTS.delete_view(by_superuser("post", post="yes"), str(point.pk))


def point_form(purpose: Purpose, **changes: str) -> dict[str, str]:
    data = {"channel": "web", "status": "open", "purposes": str(purpose.pk), "allowed_origins": "", "pin_p": ""}
    return data | changes


def test_a_point_is_changed_through_the_domain(by_superuser: Ask) -> None:
    purpose = publish("p").purpose
    point = open_point("p")
    changed = point_form(purpose, pin_p="1", allowed_origins="https://shop.example", status="closed")
    assert POINTS.change_view(by_superuser("post", **changed), str(point.pk)).status_code == 302
    point.refresh_from_db()
    assert (point.version, point.status, point.allowed_origins) == (2, "closed", ["https://shop.example"])
    assert point.pins.get().purpose_version.number == 1


def test_a_point_is_made(by_superuser: Ask) -> None:
    made = point_form(publish("p").purpose, name="shop", recipient="client-b")
    assert POINTS.add_view(by_superuser("post", **made)).status_code == 302
    assert CollectionPoint.objects.get().version == 1


@pytest.mark.parametrize("changes", [{"allowed_origins": "http://shop.example"}, {"pin_p": "7"}])
def test_a_point_with_junk_is_not_written(changes: dict[str, str], by_superuser: Ask) -> None:
    purpose = publish("p").purpose
    point = open_point("p")
    answer = POINTS.change_view(by_superuser("post", **point_form(purpose, **changes)), str(point.pk))
    assert list(answer.context_data["adminform"].form.errors) == list(changes)
    point.refresh_from_db()
    assert point.version == 1


@pytest.mark.parametrize(("locale", "lang"), [("uz", "uz"), ("xx", "en"), ("", "en")])
def test_the_preview_shows_the_words_of_the_point(locale: str, lang: str, by_superuser: Ask, settings: Any) -> None:
    settings.CONSENTS = {"LOCALES": ["en", "uz"]}
    publish("p", words="printed words")
    point = open_point("p")
    shown = POINTS.preview_view(by_superuser(locale=locale), point.pk).content.decode()
    assert f'<html lang="{lang}">' in shown
    assert "printed words" in shown
    assert " style=" not in shown
