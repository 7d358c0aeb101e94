"""Text from outside is made harmless, and harmless text is left alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.text import clean, clean_line, decode, is_clean, shorten

ANY = st.text(alphabet=st.characters(codec=None, exclude_categories=()))


@given(ANY)
def test_clean_text_holds_nothing_that_drives_a_terminal(text: str) -> None:
    cleaned = clean(text)
    assert is_clean(cleaned)
    assert len(cleaned) == len(text)
    for character in cleaned:
        assert character in "\n\t" or unicodedata.category(character) not in {"Cc", "Cs"}


@given(ANY)
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S"))))
def test_letters_numbers_and_signs_stay_as_they_are(text: str) -> None:
    assert clean(text) == text


@given(ANY)
def test_a_line_has_no_line_break_and_no_tab(text: str) -> None:
    assert not set(clean_line(text)) & set("\n\t\r")


@given(st.binary(), st.sampled_from(["utf-8", "latin-1", "utf-16", "no such charset", "cp1252"]))
def test_any_bytes_decode_to_clean_text(data: bytes, charset: str) -> None:
    assert is_clean(decode(data, charset))


@pytest.mark.parametrize(
    ("dirty", "seen"),
    [
        ("\x1b[2J", "␛[2J"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("a\x7fb\x00", "a␡b␀"),
        ("\x9b2J", "\ufffd2J"),
        ("abc\u202egnp.exe", "abc\ufffdgnp.exe"),
        ("\ud800", "\ufffd"),
    ],
)
def test_what_would_be_obeyed_is_seen(dirty: str, seen: str) -> None:
    assert clean(dirty) == seen


@given(st.text(), st.integers(1, 40))
def test_a_shortened_text_has_at_most_the_width(text: str, width: int) -> None:
    assert len(shorten(text, width)) <= width
    assert shorten(text, len(text)) == text
