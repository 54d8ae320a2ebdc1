"""The difference of two texts is both of them, and never tears a letter from its marks."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consents.domain.text_diff import AFTER_CONSONANT, LONGEST, Op, text_diff, tokens

SAME, REMOVED, ADDED = Op.SAME, Op.REMOVED, Op.ADDED
WORDS = st.lists(st.sampled_from(["to", "send", "you", "one", "e-mail", "a", "week", ".", ",", "год", "oʻqish", " "]))
THAI = st.lists(st.sampled_from(["เพื่อ", "ส่ง", "อีเมล", "ให้", "คุณ", "สัปดาห์", "ละ", "ครั้ง", "น้ำ", " "])).map("".join)
TEXTS = st.one_of(WORDS.map(" ".join), THAI, st.text(max_size=40))

CASES = {
    "one word": ("a month ago", "a week ago", [(SAME, "a "), (REMOVED, "month"), (ADDED, "week"), (SAME, " ago")]),
    "added": ("To call you.", "To call you soon.", [(SAME, "To call you"), (ADDED, " soon"), (SAME, ".")]),
    "removed": ("To call you soon.", "To call you.", [(SAME, "To call you"), (REMOVED, " soon"), (SAME, ".")]),
    "all": ("Yes", "No", [(REMOVED, "Yes"), (ADDED, "No")]),
    "from nothing": ("", "Why", [(ADDED, "Why")]),
    "to nothing": ("Why", "", [(REMOVED, "Why")]),
    "nothing": ("", "", []),
    "the same": ("To call.", "To call.", [(SAME, "To call.")]),
    "a rewritten passage is one piece": (
        "By e-mail once a month",
        "By phone twice a week",
        [(SAME, "By "), (REMOVED, "e-mail once a month"), (ADDED, "phone twice a week")],
    ),
    "words meet before spaces do": (
        "you by your name.",
        "you by name, and print it.",
        [(SAME, "you by "), (REMOVED, "your "), (SAME, "name"), (ADDED, ", and print it"), (SAME, ".")],
    ),
    "white space": ("To  call", "To call", [(SAME, "To"), (REMOVED, "  "), (ADDED, " "), (SAME, "call")]),
    "Cyrillic": ("раз в месяц", "раз в неделю", [(SAME, "раз в "), (REMOVED, "месяц"), (ADDED, "неделю")]),
    "Uzbek keeps its letters": (
        "oʻqish uchun",
        "oʻyin uchun",
        [(REMOVED, "oʻqish"), (ADDED, "oʻyin"), (SAME, " uchun")],
    ),
    "Thai": (
        "ส่งอีเมลเดือนละครั้ง",
        "ส่งอีเมลสัปดาห์ละครั้ง",
        [(SAME, "ส่งอีเมล"), (REMOVED, "เดือน"), (ADDED, "สัปดาห์"), (SAME, "ละครั้ง")],
    ),
}


@pytest.mark.parametrize(("old", "new", "pieces"), CASES.values(), ids=CASES)
def test_what_changed(old: str, new: str, pieces: list[tuple[Op, str]]) -> None:
    assert text_diff(old, new) == pieces


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_the_pieces_are_both_texts(old: str, new: str) -> None:
    pieces = text_diff(old, new)
    assert "".join(piece.words for piece in pieces if piece.op != ADDED) == old
    assert "".join(piece.words for piece in pieces if piece.op != REMOVED) == new
    assert all(piece.words for piece in pieces)
    assert all(first.op != second.op for first, second in pairwise(pieces))
    assert [piece for piece in text_diff(old, old) if piece.op != SAME] == []


def test_a_text_too_long_to_compare_is_shown_as_replaced() -> None:
    old, new = "a " * (LONGEST + 1), "b " + "a " * LONGEST
    assert text_diff(old, new) == [(REMOVED, old), (ADDED, new)]
    assert text_diff(old, old) == [(SAME, old)]


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_no_piece_begins_with_a_mark(old: str, new: str) -> None:
    begun = {text[:1] for text in (old, new)}  # a text may, and then there is no letter that it belongs to
    for piece in text_diff(old, new):
        first = piece.words[0]
        assert first in begun or not (unicodedata.category(first).startswith("M") or first in AFTER_CONSONANT)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("don't stop", ["don", "'", "t", " ", "stop"]),
        ("เพื่อ", ["เพื่", "อ"]),
        ("น้ำ", ["น้ำ"]),
        ("café au lait", ["café", " ", "au", " ", "lait"]),
        ("中文字", ["中", "文", "字"]),
        ("12 %", ["12", " ", "%"]),
    ],
)
def test_tokens(text: str, found: list[str]) -> None:
    assert list(tokens(text)) == found
