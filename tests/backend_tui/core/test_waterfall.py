"""The layout holds for every trace: each span once, parents first, bars within their column."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core import waterfall
from backend_tui.core.counting import count, counter_texts
from backend_tui.core.trace import Counters, Span, Trace
from backend_tui.core.units import bytes_text, duration_text
from tests.backend_tui.journeys import failing, full, repeating

IDS = st.sampled_from("abcdefgh")
SPANS = st.lists(
    st.builds(
        Span,
        id=IDS,
        parent=st.none() | IDS,
        name=st.text(max_size=5),
        kind=st.sampled_from(["db", "cache", "view", "client", "other"]),
        start_us=st.integers(-1000, 10**9),
        duration_us=st.integers(0, 10**9),
        is_error=st.booleans(),
    ),
    max_size=12,
)


def _trace(spans: list[Span]) -> Trace:
    return Trace("t", "GET", "/", 200, "", 100, tuple(spans))


@given(SPANS)
def test_every_span_has_one_row_and_subtrees_are_whole(spans: list[Span]) -> None:
    laid = waterfall.rows(_trace(spans))
    assert sorted(id(row.span) for row in laid) == sorted(id(span) for span in spans)
    for index, row in enumerate(laid):
        subtree = laid[index + 1 : index + 1 + row.below]
        assert len(subtree) == row.below
        assert all(below.depth > row.depth for below in subtree)
        after = laid[index + 1 + row.below :]
        assert not after or after[0].depth <= row.depth
        assert 0 <= row.own_us <= max(row.span.duration_us, 0)


@given(SPANS, st.integers(0, 200), st.integers(0, 11))
def test_a_bar_has_exactly_the_width_and_ink_where_the_span_is(
    spans: list[Span], width: int, zoomed: int
) -> None:
    trace = _trace(spans)
    laid = waterfall.rows(trace)
    focus = laid[zoomed].span if zoomed < len(laid) else None
    for shown in (waterfall.window(trace), waterfall.window(trace, focus)):
        for row in laid:
            text = "".join(piece.text for piece in waterfall.bar(row, shown, width))
            assert len(text) == width
            is_within = row.span.start_us <= shown.end_us and row.span.end_us >= shown.start_us
            assert bool(text.strip()) == (is_within and width > 0)


@given(SPANS, st.sets(IDS))
def test_folding_hides_subtrees_and_nothing_else(spans: list[Span], folded: set[str]) -> None:
    laid = waterfall.rows(_trace(spans))
    shown = waterfall.visible(laid, folded)
    assert shown == sorted(shown)
    hidden = set(range(len(laid))) - set(shown)
    covered: set[int] = set()
    for index in shown:
        if laid[index].span.id in folded:
            covered |= set(range(index + 1, index + 1 + laid[index].below))
    assert hidden == covered


@given(st.integers(1, 10**10), st.integers(-(10**6), 10**6), st.integers(0, 200))
def test_the_scale_fits_its_column(length: int, start: int, width: int) -> None:
    text = waterfall.ruler(waterfall.Window(start, start + length), start, width)
    assert len(text) == width


@given(st.integers(40, 400))
def test_the_columns_fill_the_line_and_no_more(width: int) -> None:
    columns = waterfall.columns(width)
    assert columns.name + columns.bar + columns.time + columns.own <= width
    assert columns.bar >= 8


@given(st.integers(0, 10**12))
def test_times_and_sizes_stay_short(number: int) -> None:
    assert len(duration_text(number)) <= 10
    assert len(bytes_text(number)) <= 8


def test_times_are_in_the_unit_a_person_reads() -> None:
    assert [duration_text(us) for us in (0, 153, 1834, 18_340, 2_500_000)] == [
        "0",
        "153 µs",
        "1.83 ms",
        "18.3 ms",
        "2.50 s",
    ]
    assert [bytes_text(size) for size in (0, 812, 5210, 18_120, 10**7)] == [
        "0 B",
        "812 B",
        "5.2 kB",
        "18 kB",
        "10 MB",
    ]


def test_own_time_is_what_the_children_leave() -> None:
    own = {row.span.name: row.own_us for row in waterfall.rows(full())}
    assert own["products.list_products"] == 1420 - 153 - 180 - 412 - 300
    assert own["SELECT shop_product"] == 412


def test_a_parent_is_thin_where_its_children_work() -> None:
    laid = waterfall.rows(full())
    server = waterfall.bar(laid[0], waterfall.window(full()), 60)
    assert {piece.ink for piece in server} == {"thin", "solid"}
    leaf = waterfall.bar(laid[-1], waterfall.window(full()), 60)
    assert "thin" not in {piece.ink for piece in leaf}


def test_repeated_statements_are_marked_from_the_second_on() -> None:
    marks = [row.mark for row in waterfall.rows(repeating(4))]
    assert marks == ["", "", "", "▲", "▲", "▲"]
    assert repeating(4).counters.duplicates == 3


def test_errors_hits_and_misses_have_a_symbol_each() -> None:
    assert [row.mark for row in waterfall.rows(failing())] == ["✗", "✗"]
    miss = next(row for row in waterfall.rows(full()) if row.span.kind == "cache")
    assert (miss.cache, miss.symbol) == ("miss", "○")


def test_the_critical_path_ends_with_the_last_to_finish() -> None:
    critical = [row.span.name for row in waterfall.rows(full()) if row.is_critical]
    assert "send" in critical
    assert "GET /api/products" in critical


def test_counters_come_in_words() -> None:
    words = [text for text, _ in counter_texts(Counters(1, 1, 2, 1, 3, 0, 5210))]
    assert words == ["1 query", "1 row", "● 2 hits", "○ 1 miss", "▲ N+1: 3 repeated", "5.2 kB out"]
    assert count(full().spans).rows == 21
