"""A version on its way to people: draft -> in review -> published, by two of the staff. `publish_version` ends it."""

from collections.abc import Mapping
from typing import Unpack

from django.db import transaction
from django.utils.translation import gettext as _

from consents.domain.completeness import missing_from
from consents.domain.purposes import (
    NoticeText,
    VersionFacts,
    build_draft,
    lock_purpose,
    purpose_text,
    require_words_only,
)
from consents.enums import VersionState
from consents.errors import PurposeConflict, VersionIncomplete
from consents.models import PurposeText, PurposeVersion

FACTS = tuple(VersionFacts.__annotations__)
# What a version says about its change is not true of the next one.
OF_THE_CHANGE = frozenset({"change_kind", "carry_over", "grace"})


def draft_version(
    name: str, *, texts: Mapping[str, NoticeText] | None = None, **facts: Unpack[VersionFacts]
) -> PurposeVersion:
    """Begin the next version of a purpose, with one NoticeText per BCP 47 language tag. Raises UnknownPurpose."""
    with transaction.atomic():
        draft = build_draft(lock_purpose(name), facts)
        draft.save()
        PurposeText.objects.bulk_create(
            [purpose_text(draft, locale, notice) for locale, notice in (texts or {}).items()]
        )
    return draft


def draft_from(version: PurposeVersion) -> PurposeVersion:
    """Begin the next version of the purpose with the words and facts of this one; its kind of change stays open."""
    texts = {t.locale: NoticeText(t.title, t.text, t.consequence, t.withdrawal) for t in version.texts.all()}
    facts = {field: getattr(version, field) for field in FACTS if field not in OF_THE_CHANGE}
    return draft_version(version.purpose.name, texts=texts, **facts)


def save_draft(version: PurposeVersion, *, texts: Mapping[str, NoticeText]) -> PurposeVersion:
    """Write a draft's facts as they are on `version`, and exactly these texts. Raises PurposeConflict."""
    with transaction.atomic():
        _locked(version, VersionState.DRAFT, _("Only a draft can be changed."))
        version.save()
        version.texts.all().delete()
        PurposeText.objects.bulk_create([purpose_text(version, locale, notice) for locale, notice in texts.items()])
    return version


def submit_for_review(version: PurposeVersion, *, by: str, until_withdrawn: bool = False) -> PurposeVersion:
    """Freeze a draft for somebody else to read and publish. `by` is a stable reference of the member of staff.

    `until_withdrawn` says that no lifespan is meant, not forgotten. Raises VersionIncomplete with everything that is
    missing, PurposeConflict when it is no draft or changes more than words though it says so.
    """
    with transaction.atomic():
        version = _locked(version, VersionState.DRAFT, _("Only a draft can be submitted for review."))
        wording = list(version.texts.all())
        if missing := missing_from(version, wording, until_withdrawn=until_withdrawn):
            raise VersionIncomplete(missing)
        require_words_only(version, version.purpose.versions.filter(state=VersionState.PUBLISHED).first())
        version.state, version.submitted_by = VersionState.IN_REVIEW, by
        version.content_hash = version.digest(wording)
        version.save()
    return version


def send_back(version: PurposeVersion) -> PurposeVersion:
    """Make a version in review a draft again; whoever submitted it may do so too. Raises PurposeConflict."""
    with transaction.atomic():
        version = _locked(version, VersionState.IN_REVIEW, _("Only a version in review can be sent back."))
        version.state, version.submitted_by = VersionState.DRAFT, ""
        version.save()
    return version


def _locked(version: PurposeVersion, state: VersionState, otherwise: str) -> PurposeVersion:
    # A text being written holds the version FOR SHARE (its trigger): it is either read here or refused.
    found = PurposeVersion.objects.select_for_update(no_key=True, of=("self",)).select_related("purpose")
    version = found.get(pk=version.pk)
    if version.state != state:
        raise PurposeConflict(otherwise)
    return version
