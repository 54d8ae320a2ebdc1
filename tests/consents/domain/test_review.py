from typing import Any

import pytest

from consents.domain.purposes import NoticeText, notices_for, publish_purpose, publish_version, retire_purpose
from consents.domain.review import draft_from, draft_version, send_back, submit_for_review
from consents.enums import VersionState
from consents.errors import PurposeConflict, SecondPersonNeeded, UnknownPurpose, VersionIncomplete
from consents.models import PurposeText, PurposeVersion
from tests.consents.acts import publish

pytestmark = pytest.mark.django_db
WORDS = NoticeText("Phone", "To call you.", "No calls.", "Stop it under Apps.")
FACTS: dict[str, Any] = {"data_items": ["phone"], "retention": "P1Y", "jurisdiction": "UZ"}


@pytest.fixture(autouse=True)
def two_languages(settings: Any, no_settings: None) -> None:
    settings.CONSENTS = {"LOCALES": ["en", "uz"]}


@pytest.fixture
def draft() -> PurposeVersion:
    publish("p")
    return draft_version("p", texts={"en": WORDS, "uz": WORDS}, **FACTS)


def submitted(draft: PurposeVersion) -> PurposeVersion:
    return submit_for_review(draft, by="alice", until_withdrawn=True)


def test_two_people_publish_a_version(draft: PurposeVersion) -> None:
    version = submitted(draft)
    assert (version.state, version.submitted_by) == (VersionState.IN_REVIEW, "alice")
    assert notices_for(["p"], locale="en")["p"].version_number == 1
    version = publish_version(version, by="bob")
    assert (version.state, version.number, version.published_by) == (VersionState.PUBLISHED, 2, "bob")
    assert notices_for(["p"], locale="uz")["p"].withdrawal == "Stop it under Apps."


def test_who_submitted_may_not_publish(draft: PurposeVersion) -> None:
    with pytest.raises(SecondPersonNeeded):
        publish_version(submitted(draft), by="alice")


def test_a_version_in_review_waits_for_a_person(draft: PurposeVersion) -> None:
    with pytest.raises(PurposeConflict):
        publish_version(submitted(draft))


def test_a_draft_is_not_published_past_the_review(draft: PurposeVersion) -> None:
    with pytest.raises(PurposeConflict):
        publish_version(draft, by="bob")


def test_everything_that_is_missing_is_named_at_once() -> None:
    publish("p")
    draft = draft_version("p", texts={"en": NoticeText("Phone", "To call you.")})
    with pytest.raises(VersionIncomplete) as caught:
        submit_for_review(draft, by="alice")
    assert caught.value.missing == [
        "consequence (en)",
        "withdrawal (en)",
        "title (uz)",
        "text (uz)",
        "consequence (uz)",
        "withdrawal (uz)",
        "data items",
        "retention",
        "jurisdiction",
        "lifespan",
    ]


def test_facts_of_the_site_need_not_be_repeated(settings: Any) -> None:
    settings.CONSENTS = {"LOCALES": ["en"], "RETENTION_PERIOD": "P3Y", "JURISDICTION": "UZ"}
    publish("p")
    draft = draft_version("p", texts={"en": WORDS}, data_items=["phone"], lifespan_months=12)
    assert submit_for_review(draft, by="alice").state == VersionState.IN_REVIEW


def test_a_language_added_to_the_site_is_asked_for_again_at_publishing(draft: PurposeVersion, settings: Any) -> None:
    version = submitted(draft)
    settings.CONSENTS = {"LOCALES": ["en", "uz", "kk"]}
    with pytest.raises(VersionIncomplete):
        publish_version(version, by="bob")


def test_what_was_sent_back_is_a_draft_that_anybody_may_submit(draft: PurposeVersion) -> None:
    version = send_back(submitted(draft))
    assert (version.state, version.submitted_by) == (VersionState.DRAFT, "")
    PurposeText.objects.filter(version=version, locale="en").update(text="Changed.")
    version = submit_for_review(version, by="bob", until_withdrawn=True)
    assert publish_version(version, by="alice").number == 2


@pytest.mark.parametrize("act", [submitted, send_back])
def test_a_published_version_goes_no_way_back(act: Any) -> None:
    with pytest.raises(PurposeConflict):
        act(publish("p"))


def test_words_altered_behind_the_back_of_the_review_are_not_published(draft: PurposeVersion) -> None:
    submitted(draft)
    PurposeVersion.objects.filter(pk=draft.pk).update(state=VersionState.DRAFT)
    PurposeText.objects.filter(version=draft, locale="en").update(text="Something else.")
    PurposeVersion.objects.filter(pk=draft.pk).update(state=VersionState.IN_REVIEW)
    with pytest.raises(PurposeConflict):
        publish_version(draft, by="bob")


def test_an_editorial_change_of_facts_is_refused_at_submission(draft: PurposeVersion) -> None:
    draft.change_kind, draft.carry_over = "editorial", "full"
    draft.save()
    with pytest.raises(PurposeConflict):
        submitted(draft)


def test_the_next_version_starts_as_a_copy(draft: PurposeVersion) -> None:
    first = publish_version(submitted(draft), by="bob")
    copy = draft_from(first)
    assert (copy.number, copy.state, copy.change_kind) == (3, VersionState.DRAFT, "material")
    assert copy.digest(copy.texts.all()) == first.content_hash


def test_a_retired_purpose_gets_no_version(draft: PurposeVersion) -> None:
    version = submitted(draft)
    retire_purpose("p")
    with pytest.raises(PurposeConflict):
        publish_version(version, by="bob")


def test_an_unknown_purpose_has_no_drafts() -> None:
    with pytest.raises(UnknownPurpose):
        draft_version("nothing")


def test_a_deployment_may_speak_fewer_languages() -> None:
    version = publish_purpose("q", scope="global", texts={"en": WORDS}, legal_basis="explicit_consent", **FACTS)
    assert (version.published_by, version.retention) == ("", "P1Y")


@pytest.mark.parametrize("kind", [{"scope": "global"}, {"legal_basis": "contract"}, {"mechanism": "opt_out"}])
def test_what_a_purpose_is_never_changes(kind: dict[str, str]) -> None:
    publish("p")
    with pytest.raises(PurposeConflict):
        publish("p", **kind)
