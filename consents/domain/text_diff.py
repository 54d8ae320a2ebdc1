"""What changed from one text to the next, word by word.

Scripts that put no space between words (Thai, Lao, Khmer, Burmese, Chinese, Japanese) are compared by character
clusters: a consonant with its vowels and tone marks, which never come apart.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

# Blocks of scripts without spaces between words.
UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # kana
    (0x3400, 0x9FFF),  # Chinese
)
BEFORE_CONSONANT = frozenset("เแโใไເແໂໃໄ")
AFTER_CONSONANT = frozenset("ะาำๅๆະາຳຽໆ")
# An equal piece this short between two changes only hides that the passage was rewritten.
SHORTEST_ISLAND = 4
# Beyond, comparing takes longer than a page may: the text is shown as replaced.
LONGEST = 2_000


# (text, None) is the same in both, (removed, added) is not.
Passage = tuple[str, str | None]


class Op(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Piece(NamedTuple):
    op: Op
    words: str


def text_diff(old: str, new: str) -> list[Piece]:
    """Both texts in reading order: the same and removed pieces make `old`, the same and added ones make `new`.

    Of a replaced passage the removed piece comes first. No piece is empty, and no two of one kind follow each other.
    """
    before, after = _words(old), _words(new)
    if max(len(before), len(after)) > LONGEST:
        return _pieces([(old, None if old == new else new)])
    # White space is compared with the word before it, or two texts would be said to have their spaces in common.
    matcher = SequenceMatcher(None, [word for word, _ in before], [word for word, _ in after], autojunk=False)
    passages: list[Passage] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            for (word, space), (_word, new_space) in zip(before[i1:i2], after[j1:j2], strict=True):
                passages += [(word, None), (space, None if space == new_space else new_space)]
        else:
            passages += _replaced(before[i1:i2], after[j1:j2])
    return _pieces(_without_islands(_joined(passages)))


def tokens(text: str) -> Iterator[str]:
    """Words, single clusters of scripts without spaces, white space, and every other sign by itself."""
    token = ""
    for cluster in _clusters(text):
        if token and _sort_of(token) == _sort_of(cluster) != "":
            token += cluster
        else:
            if token:
                yield token
            token = cluster
    if token:
        yield token


def _clusters(text: str) -> Iterator[str]:
    cluster = ""
    for character in text:
        belongs = unicodedata.category(character).startswith("M") or character in AFTER_CONSONANT
        if cluster and (belongs or cluster in BEFORE_CONSONANT):
            cluster += character
        else:
            if cluster:
                yield cluster
            cluster = character
    if cluster:
        yield cluster


def _sort_of(cluster: str) -> str:
    """What clusters of one sort make together; "" stands alone."""
    first = cluster[0]
    if first.isspace():
        return "space"
    spaced = not any(start <= ord(first) <= end for start, end in UNSPACED)
    return "word" if first.isalnum() and spaced else ""


def _words(text: str) -> list[tuple[str, str]]:
    """Each token that is no white space, with the white space after it; before the first one stands the empty word."""
    words = [("", "")]
    for token in tokens(text):
        if token.isspace():
            words[-1] = (words[-1][0], token)
        else:
            words.append((token, ""))
    return words


def _replaced(before: list[tuple[str, str]], after: list[tuple[str, str]]) -> list[Passage]:
    """One change; the white space that both end with is not part of it."""
    old, new = "".join(map("".join, before)), "".join(map("".join, after))
    space = before[-1][1] if before and after and before[-1][1] == after[-1][1] else ""
    return [(old.removesuffix(space), new.removesuffix(space)), (space, None)]


def _joined(passages: Iterable[Passage]) -> list[Passage]:
    """Neighbours of one kind made one, and none of them empty."""
    joined: list[Passage] = []
    for old, new in passages:
        if not old and not new:
            continue
        if joined and (joined[-1][1] is None) == (new is None):
            last_old, last_new = joined.pop()
            joined.append((last_old + old, None if last_new is None or new is None else last_new + new))
        else:
            joined.append((old, new))
    return joined


def _without_islands(passages: list[Passage]) -> list[Passage]:
    """What is the same for a moment between two changes counts as changed."""
    last = len(passages) - 1
    return _joined(
        (old, old if new is None and 0 < index < last and len("".join(old.split())) < SHORTEST_ISLAND else new)
        for index, (old, new) in enumerate(passages)
    )


def _pieces(passages: Iterable[Passage]) -> list[Piece]:
    pieces: list[Piece] = []
    for old, new in passages:
        pieces += [Piece(Op.SAME, old)] if new is None else [Piece(Op.REMOVED, old), Piece(Op.ADDED, new)]
    return [piece for piece in pieces if piece.words]
