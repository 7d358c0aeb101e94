"""What the pane and its Live tab decide: pause, filter, tabs, problems."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backend_tui.core.errors import BackendError
from backend_tui.panes.cache.live.filter import (
    EVERYTHING,
    FilterError,
    parse_filter,
    without_beginning,
)
from backend_tui.panes.cache.live.model import (
    FeedLost,
    Filtered,
    FilterRefused,
    Grouped,
    KeyClosed,
    KeyOpened,
    LiveState,
    Paused,
    Resumed,
    Zeroed,
)
from backend_tui.panes.cache.live.words import (
    cause_text,
    clock_text,
    result_cell,
    state_words,
    ttl_text,
    us_text,
)
from backend_tui.panes.cache.model import (
    CacheState,
    CacheStatus,
    Connected,
    FeedChanged,
    TabFailed,
    TabMended,
    TabShown,
)
from backend_tui.panes.cache.row import Row
from tests.backend_tui.panes.cache.operations import (
    NOON,
    any_row,
    batch,
    expired,
    fill,
    hit,
    load,
    miss,
)

STATUS = CacheStatus("life-1", 0, "redis")
GONE = BackendError("The feed ended.", "Nobody answers.", "Wait.")


def test_a_paused_feed_counts_on_and_says_how_many_wait() -> None:
    state = LiveState().after(Connected(STATUS)).after(Paused())
    state = state.after(batch(fill()))
    assert (state.held, state.statistics.total.misses) == (3, 1)
    assert "paused, 3 waiting" in state_words(state).plain
    state = state.after(Resumed())
    assert (state.is_paused, state.held) == (False, 0)
    assert "● live" in state_words(state).plain


def test_a_lost_feed_is_told_until_it_is_back() -> None:
    state = LiveState().after(FeedLost(GONE, 0.5))
    assert (state.feed, state.problem) == ("lost", GONE)
    state = state.after(Connected(STATUS, 5_000.0))
    assert (state.feed, state.problem, state.ahead_ms) == ("live", None, 5_000.0)


def test_zero_forgets_the_counts_alone() -> None:
    state = LiveState().after(batch(fill())).after(KeyOpened("product:1")).after(Zeroed(NOON))
    assert state.statistics.total.operations == 0
    assert state.statistics.zeroed_at_ms == NOON
    assert state.opened == "product:1"
    assert state.after(KeyClosed()).opened is None


def test_a_refused_filter_leaves_the_one_before() -> None:
    chosen = parse_filter("miss")
    problem = FilterError("No.", "", 0, 1)
    state = LiveState().after(Filtered(chosen)).after(FilterRefused(problem))
    assert (state.filter, state.filter_problem) == (chosen, problem)
    assert state.after(Filtered(chosen)).filter_problem is None
    assert state.after(Grouped("prefix")).by == "prefix"


def test_a_problem_belongs_to_its_tab() -> None:
    state = CacheState("live").after(FeedChanged("live", "98 %")).after(TabFailed("keys", GONE))
    assert state.problem is None
    assert state.after(TabShown("keys")).problem is GONE
    assert state.after(TabMended("keys")).after(TabShown("keys")).problem is None


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ("", 6),
        ("product:*", 5),
        ("2", 1),
        ("prod", 5),
        ("x*", 1),
        ("roduct:*", 0),
        ("PROD", 5),
        ("key:*:2", 1),
        ('"product:2"', 1),
        ("hit", 2),
        ("miss", 1),
        ("result:miss op:get", 1),
        ("-op:get", 3),
        ("-product:*", 1),
        ("cause:stale", 1),
        ("strategy:cache-aside", 5),
        ("load>1ms", 1),
        ("load>=2000 size>500b", 1),
        ("ttl<2min", 1),
        ("us>35us op:get", 1),
        ("trace:4bf9", 3),
        ("route:nowhere", 0),
    ],
)
def test_terms_of_the_filter(text: str, passing: int) -> None:
    rows = [*fill(), hit(cause="stale"), hit("product:2"), expired("session:x")]
    chosen = parse_filter(text)
    assert len([row for row in rows if chosen.passes(row)]) == passing


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("result:mis", "There is no result “mis”."),
        ("stategy=none", "There is no field “stategy”."),
        ("load>soon", "“soon” is no number for load."),
        ("op:", "“op:” needs a value."),
        ("op>get", "op cannot be compared by >."),
        ("size>5h", "“5h” is no number for size."),
    ],
)
def test_a_wrong_term_is_named_with_its_place(text: str, said: str) -> None:
    with pytest.raises(FilterError) as told:
        parse_filter(f"miss {text}")
    assert told.value.what == said
    assert told.value.hint
    assert (told.value.start, told.value.end) == (5, 5 + len(text))


def test_words_that_are_still_being_written_are_left_out() -> None:
    assert without_beginning("product:* resu") == "product:* "
    assert without_beginning("result:mi") == ""
    assert without_beginning("result:miss") == "result:miss"
    assert without_beginning("product:1") == "product:1"
    assert without_beginning("hit") == "hit"


@given(some.text(max_size=30), any_row)
def test_no_filter_does_more_than_fail_in_words(text: str, row: Row) -> None:
    try:
        chosen = parse_filter(text)
    except FilterError:
        chosen = EVERYTHING
    assert chosen.passes(row) in (True, False)
    assert chosen.passes_key(row.key) in (True, False)


def test_every_result_has_a_glyph_and_a_word() -> None:
    assert result_cell(hit()) == ("✓ HIT", "good")
    assert result_cell(miss()) == ("✗ MISS", "warning")
    assert result_cell(expired()) == ("▼ EXPIRED", "muted")
    assert result_cell(load()._replace(result="failed")) == ("! LOAD", "error")
    assert result_cell(hit()._replace(op="warp", result="odd")) == ("· WARP", "muted")
    assert cause_text("stale") == "stale"
    assert cause_text("new") == "new"
    assert (ttl_text(None), ttl_text(61), ttl_text(600), ttl_text(9_000)) == (
        "",
        "61 s",
        "10 min",
        "2 h",
    )
    assert (us_text(None), us_text(0.4), us_text(31.4)) == ("", "< 1 µs", "31 µs")
    assert clock_text(NOON) == "12:00:00.000"
    assert clock_text(1e17) == "\u2013"
