"""What the pane knows after each event; the filter's language; two journeys paired."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.errors import BackendError
from backend_tui.core.trace import Span
from backend_tui.panes.traces.comparison import compare, counter_changes
from backend_tui.panes.traces.filter import (
    FIELDS,
    GRAMMAR,
    FilterError,
    parse_filter,
    without_beginning,
)
from backend_tui.panes.traces.journey import Journey
from backend_tui.panes.traces.model import (
    KEPT,
    Cleared,
    Compared,
    FeedLost,
    FeedOpened,
    Filtered,
    FilterRefused,
    JourneyClosed,
    JourneyMarked,
    JourneyOpened,
    JourneysArrived,
    JourneysDropped,
    Paused,
    ReceiverClosed,
    ReceiverOpened,
    Resumed,
    TracesState,
)
from tests.backend_tui.journeys import failing, full, repeating

FULL, REPEATING, FAILING = Journey(full()), Journey(repeating()), Journey(failing())


@pytest.mark.parametrize(
    ("text", "passing"),
    [
        ("", [FULL, REPEATING, FAILING]),
        ("status>=400", [FAILING]),
        ("status:5xx", [FAILING]),
        ("status:200..299", [FULL, REPEATING]),
        ("status!=200", [FAILING]),
        ("duration>1ms", [FULL, REPEATING]),
        ("duration<1500us", [FAILING]),
        ("duration>0.001s duration<1.9", [FULL]),
        ("sql>10", [REPEATING]),
        ("sql=2", [FULL]),
        ("dup", [REPEATING]),
        ("dup>20", []),
        ("-dup", [FULL, FAILING]),
        ("error", [FAILING]),
        ("miss", [FULL]),
        ("hit", []),
        ("path:/api/PROD", [FULL, FAILING]),
        ("path:/api -path:orders method:get", [FULL]),
        ("method:PATCH", [FAILING]),
        ("span:COUNT", [FULL]),
        ('query:"UPDATE shop_product"', [FAILING]),
        ("bytes>1kb", [FULL]),
        ("shop", [FULL, REPEATING, FAILING]),
        ("otlp", []),
        ("orders", [REPEATING]),
        ("id:cdcd", [REPEATING]),
        ("service=demo rows>20", [FULL]),
    ],
)
def test_a_filter_says_what_passes(text: str, passing: list[Journey]) -> None:
    chosen = parse_filter(text)
    assert [each for each in (FULL, REPEATING, FAILING) if chosen.passes(each)] == passing


@pytest.mark.parametrize(
    ("text", "what", "hint", "place"),
    [
        ("dup statsu>4", "There is no field “statsu”.", "Did you mean “status”?", (4, 12)),
        ("sql>many", "“many” is no number for sql.", "A number, as in sql>10.", (0, 8)),
        ("duration>5min", "“5min” is no number for duration.", "us, µs, ms, s", (0, 13)),
        ("path>3", "path is a text and cannot be compared by >.", "path:3", (0, 6)),
        ("sql>", "“sql>” needs a value.", "As in status>=400", (0, 4)),
    ],
)
def test_a_wrong_term_is_named_with_its_place(
    text: str, what: str, hint: str, place: tuple[int, int]
) -> None:
    with pytest.raises(FilterError) as refused:
        parse_filter(text)
    assert refused.value.what == what
    assert hint in refused.value.hint
    assert (refused.value.start, refused.value.end) == place


@given(st.text() | st.text(alphabet='sqldup><=:!-"0123. µms'))
def test_any_text_is_a_filter_or_a_problem_within_it(text: str) -> None:
    try:
        parse_filter(text).passes(FULL)
    except FilterError as refused:
        place = (refused.start, refused.end)
    else:
        place = (0, len(text))
    assert 0 <= place[0] <= place[1] <= len(text)


@given(st.sampled_from(FIELDS), st.sampled_from([">", ">=", "<", "<=", "=", ":", "!="]))
def test_a_term_and_its_negation_part_the_journeys(name: str, sign: str) -> None:
    term = f"{name}{sign}2"
    try:
        positive, negative = parse_filter(term), parse_filter(f"-{term}")
    except FilterError:
        assert sign in (">", ">=", "<", "<=")
        return
    for journey in (FULL, REPEATING, FAILING):
        assert positive.passes(journey) != negative.passes(journey)


def test_the_example_of_the_grammar_can_be_read() -> None:
    assert len(parse_filter(GRAMMAR).terms) == 12


def test_a_field_that_is_being_written_does_not_filter_yet() -> None:
    assert [without_beginning(text) for text in ("dup dur", "dup", "sta", "orders", "-pa")] == [
        "dup ",
        "dup",
        "",
        "orders",
        "",
    ]


def test_arriving_journeys_do_not_move_the_open_one() -> None:
    state = TracesState().after(JourneysArrived((FULL,))).after(JourneyOpened(FULL))
    state = state.after(JourneysArrived((REPEATING, FAILING)))
    assert state.opened == FULL
    assert len(state.journeys) == 3
    assert state.after(JourneyClosed()).opened is None


def test_paused_journeys_wait_and_come_in_order() -> None:
    state = TracesState().after(JourneysArrived((FULL,))).after(Paused())
    state = state.after(JourneysArrived((REPEATING,))).after(JourneysArrived((FAILING,)))
    assert (state.journeys, state.held) == ((FULL,), (REPEATING, FAILING))
    state = state.after(Resumed())
    assert (state.journeys, state.held, state.is_paused) == ((FULL, REPEATING, FAILING), (), False)


@given(st.lists(st.integers(0, 40), max_size=40), st.booleans())
def test_only_the_newest_are_kept_and_each_once(numbers: list[int], is_otlp: bool) -> None:
    source = "otlp" if is_otlp else "shop"
    state = TracesState()
    for number in numbers:
        journey = Journey(full(f"{number:032x}"), source)  # type: ignore[arg-type]
        state = state.after(JourneysArrived((journey,)))
    ids = [int(each.trace.trace_id, 16) for each in state.journeys]
    assert ids == list(dict.fromkeys(numbers))


def test_the_ring_is_bounded() -> None:
    many = tuple(Journey(full(f"{number:032x}")) for number in range(KEPT + 10))
    state = TracesState().after(JourneysArrived(many))
    assert state.journeys == many[10:]


def test_a_growing_otlp_journey_grows_where_it_is_read() -> None:
    part = Journey(replace(full(), spans=full().spans[:2]), "otlp")
    whole = Journey(full(), "otlp")
    state = TracesState().after(JourneysArrived((part, REPEATING))).after(JourneyOpened(part))
    state = state.after(JourneysArrived((whole,)))
    assert state.opened == whole
    assert state.journeys == (whole, REPEATING)


def test_feeds_filters_and_marks_change_what_they_name() -> None:
    problem = BackendError("The stream ended.")
    state = TracesState().after(FeedLost(problem, 1.0))
    assert (state.feed, state.problem) == ("lost", problem)
    state = state.after(FeedOpened())
    assert (state.feed, state.problem) == ("live", None)
    refused = FilterError("Wrong.", "", 0, 1)
    state = state.after(Filtered(parse_filter("dup"))).after(FilterRefused(refused))
    assert (state.filter.text, state.filter_problem) == ("dup", refused)
    assert state.after(Filtered(parse_filter(""))).filter_problem is None
    state = state.after(ReceiverOpened("http://127.0.0.1:4318"))
    assert state.receiver == "http://127.0.0.1:4318"
    assert state.after(ReceiverClosed()).receiver is None
    state = state.after(JourneysDropped(3)).after(JourneysDropped(4))
    assert state.dropped == 7
    assert state.after(Cleared()).dropped == 0
    assert state.after(Compared(FULL)).compared is None
    state = state.after(JourneyMarked(FULL)).after(Compared(REPEATING))
    assert state.compared == (FULL, REPEATING)
    assert state.after(JourneyClosed()).compared is None
    assert TracesState().after(JourneysArrived((FULL,))).find("abab") == FULL


SPANS = st.lists(
    st.builds(
        Span,
        id=st.uuids().map(lambda each: each.hex[:16]),
        parent=st.none(),
        name=st.sampled_from("abc"),
        kind=st.just("view"),
        start_us=st.integers(0, 50),
        duration_us=st.integers(0, 500),
    ),
    max_size=8,
    unique_by=lambda span: span.id,
)


@given(SPANS, SPANS)
def test_every_span_of_both_is_paired_exactly_once(left: list[Span], right: list[Span]) -> None:
    nested = [replace(each, parent=left[i // 2].id if i else None) for i, each in enumerate(left)]
    a, b = replace(full(), spans=tuple(nested)), replace(full(), spans=tuple(right))
    pairs = compare(a, b)
    assert sorted(pair.left.span.id for pair in pairs if pair.left) == sorted(s.id for s in left)
    assert sorted(pair.right.span.id for pair in pairs if pair.right) == sorted(s.id for s in right)
    for pair in pairs:
        if pair.left and pair.right:
            assert pair.left.span.name == pair.right.span.name


def test_the_second_request_is_compared_with_the_first() -> None:
    hit = tuple(span for span in full().spans if span.kind != "db")
    pairs = compare(full(), replace(full(), spans=hit))
    changes = {pair.name: pair.change for pair in pairs}
    assert changes["SELECT shop_product"] == "only left"
    assert changes["get products:page=2"] == "same"
    assert ("queries", 2, 12) in counter_changes(full().counters, repeating().counters)
    assert ("▲ repeated", 0, 11) in counter_changes(full().counters, repeating().counters)
