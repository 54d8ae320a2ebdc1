from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freedom_id.domain.identifiers import InvalidIdentifier, mask_email, mask_phone, mask_text, parse_identifier


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("+998 90 123-45-67", "+998901234567"),
        ("998901234567", "+998901234567"),
        (" (998) 90 1234567 ", "+998901234567"),
        ("+7 701 123 45 67", "+77011234567"),
        ("Dilnoza@Mail.Example", "Dilnoza@mail.example"),
    ],
)
def test_what_a_person_types_has_one_form(typed: str, value: str) -> None:
    assert parse_identifier(typed).value == value


@pytest.mark.parametrize(
    "typed",
    ["", "abc", "+998", "12", "9" * 40, "a@", "@b.example", "a@b@c.example", "a b@c.example", "a\x00@b.example"],
)
def test_what_is_neither_is_refused(typed: str) -> None:
    with pytest.raises(InvalidIdentifier):
        parse_identifier(typed)


@given(st.one_of(st.text(max_size=40), st.from_regex(r"\+?[\d² -]{7,16}", fullmatch=True)))
def test_no_text_causes_another_failure(typed: str) -> None:
    with suppress(InvalidIdentifier):
        assert parse_identifier(typed).masked


def test_masks_show_what_the_owner_recognises() -> None:
    assert mask_phone("+998901234567") == "+998 •• ••• 45 67"
    assert mask_email("dilnoza@mail.uz") == "d•••@mail.uz"
    assert (mask_text("Karimova"), mask_text("")) == ("K•••", "")


def test_one_identifier_has_one_index_however_it_is_typed() -> None:
    assert parse_identifier("A@MAIL.example").index == parse_identifier("a@mail.EXAMPLE").index
    assert parse_identifier("+998901234567").index != parse_identifier("+998901234568").index
