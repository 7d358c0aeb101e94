"""MONITOR's lines are read exactly, whatever bytes the words are made of."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend_tui.panes.cache.observation.monitor_line import parsed

_NAMED = {10: b"\\n", 13: b"\\r", 9: b"\\t", 7: b"\\a", 8: b"\\b", 92: b"\\\\", 34: b'\\"'}


def quoted(word: bytes) -> bytes:
    """A word as the server writes it (`sdscatrepr`)."""
    plain = (_NAMED.get(b) or (bytes((b,)) if 32 <= b < 127 else b"\\x%02x" % b) for b in word)
    return b'"' + b"".join(plain) + b'"'


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=12))
@example([b'" "', b"\\", b'\\" \\"', b"\x00\xff\n", b""])
@example([b'] "', b"[0 lua]", b"\\\\"])
def test_every_word_comes_back(words: list[bytes]) -> None:
    line = b"1339518083.107412 [0 127.0.0.1:60866] " + b" ".join(quoted(word) for word in words)
    found = parsed(line)
    assert found is not None
    assert found.words() == words
    assert found.words(1) == words[:1]
    assert found.name == words[0]


@pytest.mark.parametrize(
    ("where", "db", "sender"),
    [
        (b"0 127.0.0.1:60866", 0, b"127.0.0.1:60866"),
        (b"15 [::1]:6379", 15, b"[::1]:6379"),
        (b"3 lua", 3, b"lua"),
        (b"1 unix:/tmp/a socket", 1, b"unix:/tmp/a socket"),
    ],
)
def test_database_and_sender_are_told(where: bytes, db: int, sender: bytes) -> None:
    found = parsed(b"1339518083.107412 [" + where + b'] "GET" "a"')
    assert found is not None
    assert (found.db, found.sender) == (db, sender)
    assert found.at_ms == 1339518083107.412


@given(st.binary(max_size=60))
def test_anything_else_is_no_line(data: bytes) -> None:
    found = parsed(data)
    assert found is None or found.words()


@pytest.mark.parametrize("line", [b"OK", b"", b"# Stats\r\nkeyspace_hits:1", b'1.0 [x y] "GET"'])
def test_other_replies_are_no_lines(line: bytes) -> None:
    assert parsed(line) is None
