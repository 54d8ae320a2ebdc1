"""What was asked: versions and texts against their digests, and what counts now against the published version."""

from dataclasses import dataclass
from uuid import UUID

from consents.enums import VersionState
from consents.errors import LedgerFault
from consents.models import Purpose, PurposeVersion
from consents.models.purpose import UNPUBLISHED

VERSIONS_PER_FETCH = 500


@dataclass(frozen=True)
class Texts:
    """The proven versions by id, and every (version, locale, digest) that a ledger row may name."""

    versions: dict[UUID, PurposeVersion]
    proofs: set[tuple[UUID, str, str]]


def verify_texts() -> Texts:
    found = Texts({}, set())
    versions = PurposeVersion.objects.exclude(state__in=UNPUBLISHED).prefetch_related("texts")
    for version in versions.order_by("purpose", "number").iterator(VERSIONS_PER_FETCH):
        texts = list(version.texts.all())
        if version.content_hash != version.digest(texts) or any(text.sha256 != text.digest() for text in texts):
            raise LedgerFault(f"purpose version {version.pk}: the content does not match its digest")
        found.versions[version.pk] = version
        found.proofs.update((version.pk, text.locale, text.sha256) for text in texts)
    _verify_acceptance(found)
    return found


def _verify_acceptance(texts: Texts) -> None:
    """The copy on a purpose decides what counts, so it must be that of its published version."""
    published = {v.purpose_id: v for v in texts.versions.values() if v.state == VersionState.PUBLISHED}
    for purpose in Purpose.objects.order_by("pk"):
        terms = published.get(purpose.pk, Purpose())
        for name in ("accepts_from", "carried_from", "carried_until"):
            if getattr(purpose, name) != getattr(terms, name):
                raise LedgerFault(f"purpose {purpose.pk}: {name} is not that of its published version")
