"""What changed between the words that a person agreed to and those that are asked now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consents.domain.check import unit_scope
from consents.domain.purposes import Notice
from consents.domain.text_diff import Op, Piece, text_diff
from consents.enums import PERMITTING
from consents.models import ConsentState, PurposeText, PurposeVersion, Subject

PASSAGES = ["title", "text", "consequence", "withdrawal"]
LISTS = ["data_items", "optional_data_items", "recipients", "third_countries"]
DURATION = ["lifespan", "lifespan_months", "lifespan_anchor"]


@dataclass(frozen=True, slots=True)
class ListChange:
    removed: Sequence[str]
    added: Sequence[str]


@dataclass(frozen=True, slots=True)
class Amendment:
    """The way from the version agreed to, to that of the notice.

    `passages` are the texts that differ. Without a text of the former version in the notice's language there are none,
    and `former` is what the person read. `lists` are those facts of LISTS that differ, by their field.
    """

    agreed_at: datetime
    former: PurposeText
    passages: Sequence[Sequence[Piece]]
    lists: Mapping[str, ListChange]
    duration_changed: bool
    becomes_public: bool


def amendments(subject: Subject | None, notices: Iterable[Notice], *, scope_key: str) -> dict[str, Amendment]:
    """By purpose, for those that the person agreed to in an older version and neither refused nor withdrew since.

    Two queries, one when there is nothing. `subject` None is somebody who never decided anything.
    """
    asked = {notice.name: notice for notice in notices}
    outdated = _outdated_states(subject, asked, scope_key) if subject and asked else {}
    if not outdated:
        return {}
    versions = {notice.version_id for notice in asked.values()} | {s.purpose_version_id for s in outdated.values()}
    texts = PurposeText.objects.filter(version__in=versions).select_related("version")
    words = {(text.version_id, text.locale): text for text in texts}
    found = {}
    for name, state in outdated.items():
        locale, read = asked[name].locale, state.last_transaction.locale
        former = words.get((state.purpose_version_id, locale)) or words[state.purpose_version_id, read]
        found[name] = _amendment(state.since, former, words[asked[name].version_id, locale])
    return found


def _outdated_states(subject: Subject, asked: Mapping[str, Notice], scope_key: str) -> dict[str, ConsentState]:
    states = ConsentState.objects.select_related("purpose", "last_transaction").filter(
        subject=subject, purpose__name__in=asked, scope_key__in=["", scope_key], status__in=PERMITTING
    )
    return {
        state.purpose.name: state
        for state in states
        if state.scope_key == unit_scope(state.purpose.scope, scope_key)
        and state.purpose_version_id != asked[state.purpose.name].version_id
    }


def _amendment(agreed_at: datetime, former: PurposeText, present: PurposeText) -> Amendment:
    before, after = former.version, present.version
    return Amendment(
        agreed_at=agreed_at,
        former=former,
        passages=_changed_passages(former, present) if former.locale == present.locale else [],
        lists=_changed_lists(before, after),
        duration_changed=any(getattr(before, field) != getattr(after, field) for field in DURATION),
        becomes_public=after.made_public and not before.made_public,
    )


def _changed_passages(former: PurposeText, present: PurposeText) -> list[list[Piece]]:
    passages = [text_diff(getattr(former, field), getattr(present, field)) for field in PASSAGES]
    return [pieces for pieces in passages if any(piece.op != Op.SAME for piece in pieces)]


def _changed_lists(before: PurposeVersion, after: PurposeVersion) -> dict[str, ListChange]:
    changes = {}
    for field in LISTS:
        old, new = getattr(before, field), getattr(after, field)
        change = ListChange([item for item in old if item not in new], [item for item in new if item not in old])
        if change.removed or change.added:
            changes[field] = change
    return changes
