"""A key's text is clean and belongs to that key alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.text import is_clean
from backend_tui.panes.cache.observation.key_text import key_text, keyed


@given(st.sets(st.binary(max_size=6), min_size=2, max_size=20))
def test_different_keys_have_different_clean_texts(keys: set[bytes]) -> None:
    texts = {key_text(key) for key in keys}
    assert len(texts) == len(keys)
    assert all(is_clean(text) and "\n" not in text for text in texts)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (b"product:7", "product:7"),
        ("größe".encode(), "größe"),
        (b"a\x00b\xff", "a\\x00b\\xff"),
        (b"a\\x00", "a\\\\x00"),
        ("a\u202eb".encode(), "a\\xe2\\x80\\xaeb"),
    ],
)
def test_texts(key: bytes, text: str) -> None:
    assert key_text(key) == text


def test_another_database_is_named_and_a_secret_is_masked() -> None:
    assert keyed(b"cart:7", 3, 0) == "[3] cart:7"
    assert "s3cret-id" not in keyed(b"session:s3cret-id", 0, 0)
