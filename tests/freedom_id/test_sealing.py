from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from freedom_id.sealing import blind_index, digest, expand, seal, token_digest, unseal

CONTEXT = "app.model.field"


@given(st.text(), st.text(min_size=1))
def test_what_is_sealed_opens_in_its_context_only(text: str, other: str) -> None:
    sealed = seal(text, CONTEXT)
    assert unseal(sealed, CONTEXT) == text
    with pytest.raises(InvalidTag):
        unseal(sealed, CONTEXT + other)


def test_sealing_twice_gives_two_texts() -> None:
    assert seal("x", CONTEXT) != seal("x", CONTEXT)


def key(byte: int) -> str:
    return b64encode(bytes([byte]) * 32).decode()


def ring(settings: Any, **keys: str) -> None:
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "PII_KEYS": keys}


def test_a_new_first_key_writes_and_the_old_still_reads(settings: Any) -> None:
    ring(settings, old=key(1))
    old = seal("x", CONTEXT)
    ring(settings, new=key(2), old=key(1))
    assert unseal(old, CONTEXT) == "x"
    assert seal("x", CONTEXT).startswith("new:")
    ring(settings, new=key(2))
    with pytest.raises(KeyError):
        unseal(old, CONTEXT)


def test_the_same_name_with_another_key_does_not_open(settings: Any) -> None:
    ring(settings, k=key(1))
    sealed = seal("x", CONTEXT)
    ring(settings, k=key(2))
    with pytest.raises(InvalidTag):
        unseal(sealed, CONTEXT)


def test_a_change_of_any_byte_is_seen() -> None:
    key_id, _colon, box = seal("secret", CONTEXT).partition(":")
    raw = urlsafe_b64decode(box)
    for place in range(len(raw)):
        altered = bytearray(raw)
        altered[place] ^= 1
        with pytest.raises(InvalidTag):
            unseal(f"{key_id}:{urlsafe_b64encode(bytes(altered)).decode()}", CONTEXT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("User@Mail.example", "user@mail.example"),
        ("ｕｓｅｒ@mail.example", "user@mail.example"),
        ("STRASSE@mail.example", "straße@mail.example"),
        ("e\u0301@mail.example", "\u00e9@mail.example"),
        (" +998901234567 ", "+998901234567"),
    ],
)
def test_the_blind_index_sees_through_spelling(one: str, other: str) -> None:
    assert blind_index(one, "email") == blind_index(other, "email")


def test_the_blind_index_differs_by_kind_and_value() -> None:
    digests = {blind_index("1", "mobile"), blind_index("1", "email"), blind_index("2", "email"), digest("1", "x")}
    assert len(digests) == 4


def test_a_digest_hangs_on_the_key(settings: Any) -> None:
    before = digest("x", "label"), expand("x", "label", 32)
    settings.FREEDOM_ID = {**settings.FREEDOM_ID, "DIGEST_KEY": key(9)}
    assert digest("x", "label") != before[0]
    assert expand("x", "label", 32) != before[1]


def test_expansion_is_stable_and_as_long_as_asked() -> None:
    assert expand("x", "label", 256)[:100] == expand("x", "label", 100)
    assert len(set(expand("x", "label", 256))) > 100


def test_a_lone_surrogate_digests_like_any_text() -> None:
    assert len(digest("\ud800", "label")) == len(token_digest("\ud800")) == 64
