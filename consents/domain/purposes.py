from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from consents.domain.check import version_counts
from consents.domain.completeness import missing_from
from consents.domain.lifespans import expiry_of
from consents.domain.purpose_locks import change_purpose
from consents.enums import CarryOver, ChangeKind, LegalBasis, LifespanAnchor, Mechanism, PurposeScope, VersionState
from consents.errors import PurposeConflict, SecondPersonNeeded, UnknownPurpose, VersionIncomplete
from consents.models import CollectionPoint, Purpose, PurposeText, PurposeVersion
from consents.signals import purpose_superseded

WORDS_ONLY = frozenset({ChangeKind.EDITORIAL, ChangeKind.TRANSLATION})


@dataclass(frozen=True)
class NoticeText:
    """What a person reads in one language: `text` says why, `consequence` what refusing means, `withdrawal` what
    withdrawing means and how."""

    title: str
    text: str
    consequence: str = ""
    withdrawal: str = ""


@dataclass(frozen=True)
class Notice:
    """One purpose as it is to be shown now; `version_id`, `locale` and `sha256` go back with the decision."""

    name: str
    version_id: UUID
    version_number: int
    locale: str
    title: str
    text: str
    consequence: str
    withdrawal: str
    sha256: str
    lifespan: timedelta | None
    lifespan_months: int | None


class VersionFacts(TypedDict, total=False):
    """What a version states beside its words; see the fields of `PurposeVersion`."""

    data_items: Sequence[str]
    optional_data_items: Sequence[str]
    recipients: Sequence[str]
    third_countries: Sequence[str]
    made_public: bool
    retention: str
    jurisdiction: str
    lifespan: timedelta | None
    lifespan_months: int | None
    lifespan_anchor: LifespanAnchor | str
    change_kind: ChangeKind | str
    carry_over: CarryOver | str
    grace: timedelta | None


def publish_purpose(
    name: str,
    *,
    scope: PurposeScope | str,
    texts: Mapping[str, NoticeText],
    legal_basis: LegalBasis | str = LegalBasis.CONSENT,
    mechanism: Mechanism | str = Mechanism.OPT_IN,
    **facts: Unpack[VersionFacts],
) -> PurposeVersion:
    """Make the purpose if need be and publish these words, one NoticeText per BCP 47 language tag, without review.

    Returns the published version; the present one when nothing changed, so it may be called at every deployment.
    A new version supersedes the former, and unless `carry_over` says otherwise everybody has to consent again. Without
    a lifespan a consent lasts until withdrawn. Raises PurposeConflict when the purpose has another scope, legal basis
    or mechanism or is retired, when `texts` is empty, or when an editorial change changes more than words.
    """
    kind = {"scope": scope, "legal_basis": legal_basis, "mechanism": mechanism}
    with transaction.atomic():
        Purpose.objects.get_or_create(name=name, defaults=kind)
        purpose = lock_purpose(name)
        if any(getattr(purpose, field) != value for field, value in kind.items()):
            raise PurposeConflict(_("Scope, legal basis and mechanism of a purpose never change."))
        draft = build_draft(purpose, facts)
        wording = [purpose_text(draft, locale, notice) for locale, notice in texts.items()]
        published = purpose.versions.filter(state=VersionState.PUBLISHED).first()
        if published is not None and published.content_hash == draft.digest(wording):
            return published
        draft.save()
        PurposeText.objects.bulk_create(wording)
        return publish_version(draft)


def build_draft(purpose: Purpose, facts: VersionFacts) -> PurposeVersion:
    """The next version, not saved yet; the purpose must be locked. A change of words alone lets all consents stand."""
    draft = PurposeVersion(purpose=purpose, **facts)
    draft.number = (purpose.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    if draft.change_kind in WORDS_ONLY and "carry_over" not in facts:
        draft.carry_over = CarryOver.FULL
    return draft


def publish_version(version: PurposeVersion, *, by: str = "") -> PurposeVersion:
    """Publish a version with the texts it has in the database; the version published so far becomes superseded.

    `by` is the member of staff who read it in review, and not the one who submitted it; without, a deployment publishes
    a draft. Raises PurposeConflict when the version is not in that state, has no text, was altered since its review,
    changes more than words though it says so, or its purpose is retired; SecondPersonNeeded, VersionIncomplete.
    """
    with transaction.atomic():
        purpose = lock_purpose(version.purpose.name)
        # A text being added holds the version FOR SHARE (its trigger), so that it is either in the digest or refused.
        version = PurposeVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
        former = purpose.versions.filter(state=VersionState.PUBLISHED).first()
        _require_publishable(version, purpose, former, by=by)
        version.state, version.published_at, version.published_by = VersionState.PUBLISHED, timezone.now(), by
        _accept(version, former)
        purpose.versions.filter(state=VersionState.PUBLISHED).update(state=VersionState.SUPERSEDED)
        version.save()
        purpose.accepts_from, purpose.carried_from = version.accepts_from, version.carried_from
        purpose.carried_until = version.carried_until
        purpose.save(update_fields=["accepts_from", "carried_from", "carried_until"])
        if former is not None and version.carry_over != CarryOver.FULL:
            purpose_superseded.send(sender=Purpose, name=purpose.name)
    return version


def require_words_only(version: PurposeVersion, former: PurposeVersion | None) -> None:
    """A change that calls itself editorial or a translation may change the words, nothing else (PurposeConflict)."""
    if former is None or version.change_kind not in WORDS_ONLY:
        return
    if version.digest([]) != former.digest([]):  # without texts: the facts alone
        raise PurposeConflict(_("An editorial change or a translation changes words, and nothing else."))


def retire_purpose(name: str, *, at: datetime | None = None) -> None:
    """End a purpose now, or at a moment to come: from then it is asked no more and every check of it is denied.

    Until that moment it may be moved by another call, or taken back by `keep_purpose`. Retiring what is retired is no
    error and moves nothing. Raises UnknownPurpose.
    """
    now = timezone.now()
    _schedule(name, now if at is None else max(at, now))


def keep_purpose(name: str) -> None:
    """Take back a retirement to come. Raises UnknownPurpose, and PurposeConflict when it happened."""
    if not _schedule(name, None):
        raise PurposeConflict(_("A purpose that is retired stays retired."))


def is_retired(purpose: Purpose) -> bool:
    return purpose.retired_at is not None and purpose.retired_at <= timezone.now()


def _schedule(name: str, moment: datetime | None) -> bool:
    """Whether it could still be changed."""
    with transaction.atomic():
        purpose = lock_purpose(name)
        if is_retired(purpose):
            return False
        if purpose.retired_at != moment:
            purpose.retired_at = moment
            purpose.save(update_fields=["retired_at"])
            purpose_superseded.send(sender=Purpose, name=name)
    return True


def purposes_named(names: Iterable[str]) -> list[Purpose]:
    """The purposes of these names, by name ascending. Raises UnknownPurpose for the first that is missing."""
    wanted = set(names)
    found = list(Purpose.objects.filter(name__in=wanted).order_by("name"))
    for name in sorted(wanted - {purpose.name for purpose in found}):
        raise UnknownPurpose(name)
    return found


def names_of(purpose_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these purposes, retired ones too. Raises UnknownPurpose for the first id, in the order given, that
    there is not."""
    found = dict(Purpose.objects.filter(pk__in=purpose_ids).values_list("pk", "name"))
    for purpose_id in purpose_ids:
        if purpose_id not in found:
            raise UnknownPurpose(str(purpose_id))
    return found


def notices_for(
    names: Iterable[str], *, locale: str, fallback: str = "en", point: CollectionPoint | None = None
) -> dict[str, Notice]:
    """What to show for each name, in `locale`, else its base language, else `fallback`; one query, with a point two.

    With `point` the words of the versions pinned there. A name without a published version, retired, without a text in
    any of the three languages, or pinned to words that count no more is left out: it cannot be asked.
    """
    pinned = {} if point is None else point.pinned
    return notices_pinned(names, pinned=pinned, locale=locale, fallback=fallback)


def notices_pinned(
    names: Iterable[str], *, pinned: Mapping[UUID, UUID], locale: str, fallback: str = "en"
) -> dict[str, Notice]:
    """As `notices_for`, where `pinned` has the ids of versions by purpose id; one query."""
    wanted = list(dict.fromkeys(names))
    preference = [locale, locale.partition("-")[0], fallback]
    texts = PurposeText.objects.filter(
        Q(version__purpose__retired_at=None) | Q(version__purpose__retired_at__gt=timezone.now()),
        Q(version__state=VersionState.PUBLISHED) | Q(version__in=pinned.values()),
        version__purpose__name__in=wanted,
        locale__in=preference,
    ).select_related("version__purpose")
    best: dict[str, PurposeText] = {}
    for text in sorted(texts, key=lambda text: preference.index(text.locale)):
        version = text.version
        if pinned.get(version.purpose_id, version.pk) == version.pk and counts_when_given_now(version):
            best.setdefault(version.purpose.name, text)
    return {name: _notice(name, best[name]) for name in wanted if name in best}


def counts_when_given_now(version: PurposeVersion) -> bool:
    """Whether a yes to this version would stand under the present terms of its purpose."""
    now = timezone.now()
    return version_counts(version.number, expiry_of(version, first_yes=now, last_yes=now), version.purpose, now)


def lock_purpose(name: str) -> Purpose:
    """The purpose, with publishers and decisions kept away until the transaction ends. Raises UnknownPurpose."""
    change_purpose(name)
    purpose = Purpose.objects.select_for_update(no_key=True).filter(name=name).first()
    if purpose is None:
        raise UnknownPurpose(name)
    return purpose


def _require_publishable(version: PurposeVersion, purpose: Purpose, former: PurposeVersion | None, *, by: str) -> None:
    """Sets the content hash of a draft; a reviewed version must still have the one that was submitted."""
    wording = list(version.texts.all())
    if is_retired(purpose) or not wording:
        raise PurposeConflict(_("Nothing is published without texts, or of a purpose that is retired."))
    require_words_only(version, former)
    if by:
        _require_reviewed(version, wording, by=by)
    elif version.state == VersionState.DRAFT:
        version.content_hash = version.digest(wording)
    else:
        raise PurposeConflict(_("Only a draft can be published without review."))


def _require_reviewed(version: PurposeVersion, wording: Sequence[PurposeText], *, by: str) -> None:
    if version.state != VersionState.IN_REVIEW:
        raise PurposeConflict(_("Only a version in review can be published."))
    if version.submitted_by == by:
        raise SecondPersonNeeded
    if version.content_hash != version.digest(wording):
        raise PurposeConflict(_("The version is not what was submitted."))
    if missing := missing_from(version, wording, until_withdrawn=True):
        raise VersionIncomplete(missing)


def _accept(version: PurposeVersion, former: PurposeVersion | None) -> None:
    """Which consents count from now on: see `consents.models.Acceptance`."""
    version.accepts_from = version.number
    if former is None or version.carry_over == CarryOver.NONE:
        return
    if version.carry_over == CarryOver.FULL:
        version.accepts_from, version.carried_from = former.accepts_from, former.carried_from
        version.carried_until = former.carried_until
        return
    version.carried_from = former.accepts_from
    if version.grace is not None and version.published_at is not None:
        version.carried_until = version.published_at + version.grace


def purpose_text(version: PurposeVersion, locale: str, notice: NoticeText) -> PurposeText:
    """The row of these words with its digest, not saved yet."""
    text = PurposeText(
        version=version,
        locale=locale,
        title=notice.title,
        text=notice.text,
        consequence=notice.consequence,
        withdrawal=notice.withdrawal,
    )
    text.sha256 = text.digest()
    return text


def _notice(name: str, text: PurposeText) -> Notice:
    return Notice(
        name=name,
        version_id=text.version.pk,
        version_number=text.version.number,
        locale=text.locale,
        title=text.title,
        text=text.text,
        consequence=text.consequence,
        withdrawal=text.withdrawal,
        sha256=text.sha256,
        lifespan=text.version.lifespan,
        lifespan_months=text.version.lifespan_months,
    )
