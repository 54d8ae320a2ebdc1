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
    before, after = list(tokens(old)), list(tokens(new))
    if max(len(before), len(after)) > LONGEST:
        return _pieces([(old, new)] if old != new else [(old, None)])
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    return _pieces(
        ("".join(before[i1:i2]), None if tag == "equal" else "".join(after[j1:j2]))
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
    )


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


def _pieces(passages: Iterable[tuple[str, str | None]]) -> list[Piece]:
    """`passages` are (text, None) for what is the same and (removed, added) for what is not."""
    listed = list(passages)
    pieces: list[Piece] = []
    removed = added = ""
    for index, (old, new) in enumerate(listed):
        inside = 0 < index < len(listed) - 1
        if new is not None or (inside and len("".join(old.split())) < SHORTEST_ISLAND):
            removed, added = removed + old, added + (old if new is None else new)
            continue
        pieces += _change(removed, added)
        removed = added = ""
        pieces.append(Piece(Op.SAME, old))
    return pieces + _change(removed, added)


def _change(removed: str, added: str) -> list[Piece]:
    pieces = [Piece(Op.REMOVED, removed), Piece(Op.ADDED, added)]
    return [piece for piece in pieces if piece.words]
