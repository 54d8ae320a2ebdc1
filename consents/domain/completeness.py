"""What a version must say before people may be asked for consent to it."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from consents.conf import conf
from consents.models import PurposeText, PurposeVersion


def missing_from(version: PurposeVersion, texts: Iterable[PurposeText], *, until_withdrawn: bool) -> list[str]:
    """Everything that is missing, each in words for staff: texts in CONSENTS["LOCALES"], then facts.

    A consent without an end is a decision of its own: `until_withdrawn` says that it was taken.
    """
    found = {text.locale: text for text in texts}
    words = [part for locale in conf.locales for part in _missing_words(locale, found.get(locale))]
    return words + _missing_facts(version, until_withdrawn=until_withdrawn)


def _missing_words(locale: str, text: PurposeText | None) -> list[str]:
    parts = {
        _("title"): text and text.title,
        _("text"): text and text.text,
        _("consequence"): text and text.consequence,
        _("withdrawal"): text and text.withdrawal,
    }
    return [
        _("%(part)s (%(language)s)") % {"part": part, "language": locale}
        for part, words in parts.items()
        if not (words or "").strip()
    ]


def _missing_facts(version: PurposeVersion, *, until_withdrawn: bool) -> list[str]:
    """A fact that the site states for every purpose need not be repeated."""
    ends = version.lifespan is not None or version.lifespan_months is not None
    facts = {
        _("data items"): version.data_items or version.optional_data_items,
        _("retention"): version.retention or conf.facts["retention_period"],
        _("jurisdiction"): version.jurisdiction or conf.facts["jurisdiction"],
        _("lifespan"): ends or until_withdrawn,
    }
    return [name for name, given in facts.items() if not given]
