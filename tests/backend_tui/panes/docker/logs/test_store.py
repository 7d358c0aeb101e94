"""What is kept of a log stays within its bounds, and what left is counted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.errors import UsageError
from backend_tui.panes.docker.logs.lines import OUT, LogLine, mark
from backend_tui.panes.docker.logs.matching import Matcher, filtering, searching
from backend_tui.panes.docker.logs.saving import file_name
from backend_tui.panes.docker.logs.store import LogStore


def line(number: int) -> LogLine:
    return LogLine(number + 1, OUT, f"line {number}".encode())


def numbered(start: int, stop: int) -> list[LogLine]:
    return [line(number) for number in range(start, stop)]


def passing(store: LogStore) -> list[str]:
    return [store.line(store.number_at(at)).data.decode() for at in range(store.count)]


def test_the_oldest_leave_and_are_counted() -> None:
    store = LogStore(capacity=10)
    store.extend(numbered(0, 7))
    store.extend(numbered(7, 25))
    assert (len(store), store.dropped, store.first) == (10, 15, 15)
    assert passing(store)[0] == "line 15"


def test_bytes_are_bounded_too() -> None:
    store = LogStore(most_bytes=1 << 20)
    store.extend([LogLine(1, OUT, b"x" * 100_000) for _ in range(40)])
    assert store.bytes <= 1 << 20
    assert store.dropped == 40 - len(store) > 0


def test_an_older_page_pushes_the_newest_out_of_a_full_ring() -> None:
    store = LogStore(capacity=10)
    store.extend(numbered(100, 110))
    assert store.prepend(numbered(96, 100)) == 4
    assert passing(store) == [each.data.decode() for each in numbered(96, 106)]
    assert store.newer_cut == 4


@given(
    st.lists(
        st.tuples(st.sampled_from(("extend", "prepend", "filter")), st.integers(0, 12)),
        max_size=20,
    )
)
def test_the_filter_shows_what_a_fresh_one_would(steps: list[tuple[str, int]]) -> None:
    store, low, high = LogStore(capacity=20), 1_000, 1_000
    for step, size in steps:
        if step == "extend":
            store.extend(numbered(high, high + size))
            high += size
        elif step == "prepend":
            store.prepend(numbered(low - size, low))
            low -= size
        else:
            for _ in store.set_filter(filtering(f"{size % 10}$")):
                pass
    wanted = [
        each.data.decode()
        for each in store.lines()
        if store.filter is None or store.filter.passes(each)
    ]
    assert passing(store) == wanted
    for at in range(store.count):
        assert store.place_of(store.number_at(at)) == at


def test_patterns_include_exclude_and_mind_capitals() -> None:
    both = filtering("get & !health")
    assert both is not None
    assert both(LogLine(1, OUT, b"GET /products"))
    assert not both(LogLine(1, OUT, b"GET /health"))
    assert both(mark("exited 0", 1))
    capital = searching("GET")
    assert capital is not None
    assert not capital(LogLine(1, OUT, b"get"))
    assert not capital(mark("GET", 1))
    assert filtering("") is None
    assert filtering("!") is None


def test_a_colour_does_not_hide_the_beginning_of_a_line() -> None:
    begins = searching("^error")
    assert isinstance(begins, Matcher)
    assert begins(LogLine(1, OUT, b"\x1b[1;31mERROR\x1b[0m failed"))


def test_a_bad_pattern_says_what_and_where() -> None:
    with pytest.raises(UsageError) as caught:
        searching("(a")
    assert "position" in caught.value.why


def test_names_of_files_do_no_harm() -> None:
    assert file_name("shop_web-1") == "shop_web-1.log"
    assert file_name("../../etc/\x1bpasswd") == "_.._etc__passwd.log"
    assert file_name("..") == "container.log"
