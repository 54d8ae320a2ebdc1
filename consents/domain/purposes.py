from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from consents.enums import CarryOver, PurposeScope, VersionState
from consents.errors import PurposeConflict, UnknownPurpose
from consents.models import Purpose, PurposeText, PurposeVersion
from consents.signals import purpose_superseded


@dataclass(frozen=True)
class NoticeText:
    """What a person reads in one language: `text` says why, `consequence` what refusing means."""

    title: str
    text: str
    consequence: str = ""


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
    sha256: str
    lifespan: timedelta | None


def publish_purpose(
    name: str,
    *,
    scope: PurposeScope | str,
    texts: Mapping[str, NoticeText],
    data_items: Sequence[str] = (),
    lifespan: timedelta | None = None,
) -> PurposeVersion:
    """Make the purpose if need be and publish these words, one NoticeText per BCP 47 language tag.

    Returns the published version; the present one when nothing changed, so it may be called at every deployment.
    A new version supersedes the former, and everybody has to consent again. `lifespan` None means until withdrawn.
    Raises PurposeConflict when the purpose has another scope or is retired, or when `texts` is empty.
    """
    with transaction.atomic():
        purpose, _created = Purpose.objects.get_or_create(name=name, defaults={"scope": scope})
        purpose = _locked(purpose)
        if purpose.scope != scope:
            raise PurposeConflict(_("The scope of a purpose never changes."))
        draft = PurposeVersion(purpose=purpose, lifespan=lifespan, data_items=list(data_items))
        wording = [_purpose_text(draft, locale, notice) for locale, notice in texts.items()]
        published = purpose.versions.filter(state=VersionState.PUBLISHED).first()
        if published is not None and published.content_hash == draft.digest(wording):
            return published
        draft.number = (purpose.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        draft.save()
        PurposeText.objects.bulk_create(wording)
        return publish_version(draft)


def publish_version(version: PurposeVersion) -> PurposeVersion:
    """Publish a draft with the texts it has in the database; the version published so far becomes superseded.

    Raises PurposeConflict when it is no draft, has no text, or its purpose is retired.
    """
    with transaction.atomic():
        purpose = _locked(version.purpose)
        # A text being added holds the version FOR SHARE (its trigger), so that it is either in the digest or refused.
        version = PurposeVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
        wording = list(version.texts.all())
        if purpose.retired_at is not None or version.state != VersionState.DRAFT or not wording:
            raise PurposeConflict(_("Only a draft with texts can be published, and no purpose that is retired."))
        former = purpose.versions.filter(state=VersionState.PUBLISHED).first()
        version.content_hash = version.digest(wording)
        version.state, version.published_at = VersionState.PUBLISHED, timezone.now()
        _accept(version, former)
        purpose.versions.filter(state=VersionState.PUBLISHED).update(state=VersionState.SUPERSEDED)
        version.save()
        purpose.accepts_from, purpose.carried_from = version.accepts_from, version.carried_from
        purpose.carried_until = version.carried_until
        purpose.save(update_fields=["accepts_from", "carried_from", "carried_until"])
        if former is not None and version.carry_over != CarryOver.FULL:
            _announce_end(purpose, version.carried_until, expiring_stand=version.carry_over == CarryOver.UNTIL_EXPIRY)
    return version


def retire_purpose(name: str) -> None:
    """End a purpose: it is asked no more and every check of it is denied. Again is no error. Raises UnknownPurpose."""
    if not Purpose.objects.filter(name=name).exists():
        raise UnknownPurpose(name)
    with transaction.atomic():
        if Purpose.objects.filter(name=name, retired_at=None).update(retired_at=timezone.now()):
            purpose_superseded.send(sender=Purpose, name=name, until=None, expiring_stand=False)


def purposes_named(names: Iterable[str]) -> list[Purpose]:
    """The purposes of these names, by name ascending. Raises UnknownPurpose for the first that is missing."""
    wanted = set(names)
    found = list(Purpose.objects.filter(name__in=wanted).order_by("name"))
    for name in sorted(wanted - {purpose.name for purpose in found}):
        raise UnknownPurpose(name)
    return found


def notices_for(names: Iterable[str], *, locale: str, fallback: str = "en") -> dict[str, Notice]:
    """What to show for each name, in `locale`, else its base language, else `fallback`; one query.

    A name without a published version, retired, or without a text in any of the three is left out: it cannot be asked.
    """
    wanted = list(dict.fromkeys(names))
    preference = [locale, locale.partition("-")[0], fallback]
    texts = PurposeText.objects.filter(
        version__purpose__name__in=wanted,
        version__purpose__retired_at=None,
        version__state=VersionState.PUBLISHED,
        locale__in=preference,
    ).select_related("version__purpose")
    best: dict[str, PurposeText] = {}
    for text in sorted(texts, key=lambda text: preference.index(text.locale)):
        best.setdefault(text.version.purpose.name, text)
    return {name: _notice(name, best[name]) for name in wanted if name in best}


def _locked(purpose: Purpose) -> Purpose:
    """Publishers of one purpose queue here; NO KEY, so that decisions being recorded do not wait."""
    return Purpose.objects.select_for_update(no_key=True).get(pk=purpose.pk)


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


def _announce_end(purpose: Purpose, until: datetime | None, *, expiring_stand: bool) -> None:
    purpose_superseded.send(sender=Purpose, name=purpose.name, until=until, expiring_stand=expiring_stand)


def _purpose_text(version: PurposeVersion, locale: str, notice: NoticeText) -> PurposeText:
    text = PurposeText(
        version=version, locale=locale, title=notice.title, text=notice.text, consequence=notice.consequence
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
        sha256=text.sha256,
        lifespan=text.version.lifespan,
    )
