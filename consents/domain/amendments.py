"""What changed between the words that a person agreed to and those that are asked now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from consents.domain.check import unit_scope
from consents.domain.data_items import DataItem, read_items
from consents.domain.purposes import Notice
from consents.domain.text_diff import Kind, Piece, diff_texts
from consents.enums import PERMITTING
from consents.models import ConsentState, PurposeText, Subject


@dataclass(frozen=True, slots=True)
class Amendment:
    """The way from the version agreed to, to that of the notice.

    `passages` are the title, the text and the consequence where they differ. Without a text of the former version in
    the notice's language there are none, and `former` is what the person read.
    """

    agreed_at: datetime
    former: PurposeText
    passages: Sequence[Sequence[Piece]]
    data_removed: Sequence[DataItem]
    data_added: Sequence[DataItem]
    lifespan_changed: bool


def amendments(subject: Subject | None, notices: Iterable[Notice], *, scope_key: str) -> dict[str, Amendment]:
    """By purpose, for those that the person once agreed to in an older version and neither refused nor withdrew since.

    Two queries, one when there is nothing.
    """
    asked = {notice.name: notice for notice in notices}
    outdated = _outdated_states(subject, asked, scope_key) if subject and asked else {}
    if not outdated:
        return {}
    texts = PurposeText.objects.filter(version__in=[state.purpose_version_id for state in outdated.values()])
    by_words = {(text.version_id, text.locale): text for text in texts.select_related("version")}

    def former(state: ConsentState, notice: Notice) -> PurposeText:
        in_this_language = by_words.get((state.purpose_version_id, notice.locale))
        return in_this_language or by_words[state.purpose_version_id, state.last_transaction.locale]

    return {
        name: _amendment(state.since, former(state, asked[name]), asked[name]) for name, state in outdated.items()
    }


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


def _amendment(agreed_at: datetime, former: PurposeText, notice: Notice) -> Amendment:
    before, after = read_items(former.version.data_items), notice.data_items
    return Amendment(
        agreed_at=agreed_at,
        former=former,
        passages=_changed_passages(former, notice) if former.locale == notice.locale else [],
        data_removed=[item for item in before if item not in after],
        data_added=[item for item in after if item not in before],
        lifespan_changed=former.version.lifespan != notice.lifespan,
    )


def _changed_passages(former: PurposeText, notice: Notice) -> list[list[Piece]]:
    passages = [
        diff_texts(old, new)
        for old, new in (
            (former.title, notice.title),
            (former.text, notice.text),
            (former.consequence, notice.consequence),
        )
    ]
    return [pieces for pieces in passages if any(piece.kind != Kind.SAME for piece in pieces)]
