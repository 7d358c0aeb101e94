"""Server-sent events, cut anywhere, as the WHATWG specification reads them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.errors import BackendError
from backend_tui.core.server_sent import LONGEST_EVENT, EventParser, ServerSentEvent

STREAM = (
    "\ufeffretry: 1500\r\ndata: first\r\rdata:no space\ndata\nid: 1\n\n"
    "event: named\ndata: ü\nid: a\0b\nunknown: x\n\n: comment\n\nevent: no data\n\ndata: cut"
).encode()
EVENTS = [
    ServerSentEvent("message", "first", ""),
    ServerSentEvent("message", "no space\n", "1"),
    ServerSentEvent("named", "ü", "1"),
]


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_cuts_change_nothing(cuts: list[int]) -> None:
    parser = EventParser()
    places = [0, *sorted(cuts), len(STREAM)]
    chunks = [STREAM[a:b] for a, b in itertools.pairwise(places)]
    assert [event for chunk in chunks for event in parser.feed(chunk)] == EVENTS
    assert parser.retry_ms == 1500


def test_endless_event_is_refused() -> None:
    parser = EventParser()
    for _ in range(LONGEST_EVENT >> 20):
        assert list(parser.feed(b"x" * ((1 << 20) - 1))) == []
    with pytest.raises(BackendError, match="too long"):
        list(parser.feed(b"x" * (1 << 20)))


@given(st.lists(st.binary(max_size=50), max_size=10))
def test_any_bytes_are_read(chunks: list[bytes]) -> None:
    parser = EventParser()
    for chunk in chunks:
        for event in parser.feed(chunk):
            assert event.event
