"""The state after each event: runs, subscriptions, operations, schema."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from backend_tui.core.body.source import BodySource
from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import HttpRequest, Timings
from backend_tui.panes.graphql.answer import judged, not_graphql
from backend_tui.panes.graphql.diagnosis import Diagnosis
from backend_tui.panes.graphql.diff import schema_changes
from backend_tui.panes.graphql.documents import operations
from backend_tui.panes.graphql.model import (
    DocumentRead,
    DraftChanged,
    GraphqlState,
    OperationChosen,
    RunChosen,
    SchemaArrived,
    SchemaAsked,
    SchemaFailed,
)
from backend_tui.panes.graphql.request import Draft
from backend_tui.panes.graphql.run import (
    ConnectionLost,
    EventsArrived,
    LogFiltered,
    LogPaused,
    PatchesArrived,
    RequestSent,
    ResponseJudged,
    RunCancelled,
    RunEvent,
    RunFailed,
    RunStarted,
    Subscribed,
    SubscriptionEnded,
)
from backend_tui.panes.graphql.subscription import KEPT, EventLog, LogEvent, changes
from tests.backend_tui.panes.graphql.shop_schema import SDL, SHOP, schema_of

AT = datetime(2026, 1, 2, tzinfo=UTC)
DOCUMENT = "query A { me { id } }\nsubscription B { stockLow { id } }"
LOST = BackendError("It broke.")


def after(*events: RunEvent, number: int = 1) -> GraphqlState:
    subscription = operations(DOCUMENT)[1]
    state = GraphqlState().after(RunStarted(number, Draft(document=DOCUMENT), subscription, AT))
    for event in events:
        state = state.after(event)
    return state


def log_events(first: int, count: int, every_us: int = 1_000) -> tuple[LogEvent, ...]:
    return tuple(LogEvent(i, i * every_us, f'{{"n": {i}}}') for i in range(first, first + count))


def test_the_operation_under_the_cursor_runs_and_is_found_again_after_an_edit() -> None:
    state = GraphqlState(Draft(document=DOCUMENT))
    found = operations(DOCUMENT)
    state = state.after(DocumentRead(DOCUMENT, found, Diagnosis()))
    assert state.to_run is None
    state = state.after(OperationChosen(found[1]))
    longer = "# more\n" + DOCUMENT
    state = state.after(DraftChanged(Draft(document=longer)))
    state = state.after(DocumentRead(longer, operations(longer), Diagnosis()))
    assert state.to_run == operations(longer)[1]
    late = state.after(DocumentRead(DOCUMENT, found, Diagnosis()))
    assert late == state


def test_a_subscription_goes_from_connecting_to_live_to_lost_to_live() -> None:
    sent = RequestSent(1, HttpRequest("GET", "ws://x/"), (), "websocket")
    connecting = after(sent).runs[0]
    assert connecting.log is not None
    assert connecting.log.connection == "connecting"
    live = after(sent, Subscribed(1, 900), EventsArrived(1, log_events(1, 3))).runs[0]
    assert live.phase == "streaming"
    assert live.log is not None
    assert (live.log.connection, live.log.total, live.log.latency_us) == ("live", 3, 900)
    lost = after(sent, Subscribed(1), ConnectionLost(1, LOST, 0.5, 1006)).runs[0]
    assert lost.log is not None
    assert (lost.log.connection, lost.log.retry_in, lost.log.reconnects) == ("reconnecting", 0.5, 1)
    again = after(sent, ConnectionLost(1, LOST, 0.5), sent, Subscribed(1)).runs[0]
    assert again.log is not None
    assert (again.log.connection, again.log.retry_in, again.log.words) == ("live", None, "")


@pytest.mark.parametrize(
    ("event", "phase", "connection"),
    [
        (SubscriptionEnded(1, "Done.", Timings(), 1000), "done", "ended"),
        (RunFailed(1, LOST, Timings(), 4401), "failed", "failed"),
        (RunCancelled(1), "cancelled", "ended"),
    ],
)
def test_every_end_is_final(event: RunEvent, phase: str, connection: str) -> None:
    state = after(Subscribed(1), event)
    run = state.runs[0]
    assert run.log is not None
    assert (run.phase, run.log.connection) == (phase, connection)
    assert state.running is None
    assert state.after(EventsArrived(1, log_events(1, 1))) == state
    assert state.after(ConnectionLost(1, LOST, 1)) == state


def test_the_log_is_a_ring_with_a_rate() -> None:
    log = EventLog()
    for first in range(1, 5_001, 100):
        log = log.with_events(log_events(first, 100))
    assert len(log.events) == KEPT
    assert log.total == 5_000
    assert log.events[-1].sequence == 5_000
    assert log.rate() == pytest.approx(1_000, rel=0.01)
    assert log.before(log.events[10]) == log.events[9]
    assert log.before(log.events[0]) is None


def test_a_paused_log_stands_still_and_a_filter_counts_what_it_shows() -> None:
    state = after(Subscribed(1), EventsArrived(1, log_events(1, 3)), LogPaused(1, True))
    state = state.after(EventsArrived(1, log_events(4, 5)))
    log = state.runs[0].log
    assert log is not None
    assert [each.sequence for each in log.listed] == [1, 2, 3]
    assert log.waiting == 5
    log = state.after(LogPaused(1, False)).after(LogFiltered(1, '"N": 7')).runs[0].log
    assert log is not None
    assert [each.sequence for each in log.listed] == [7]


def test_what_changed_between_two_events_is_named() -> None:
    before = '{"data": {"p": {"price": 1.10, "tags": ["a"], "gone": 1}}}'
    now = '{"data": {"p": {"price": 1.1, "tags": ["a", "b"], "new": null}}}'
    found = {each.path: (each.before, each.after) for each in changes(before, now)}
    assert found == {
        "data.p.price": ('"1.10"', '"1.1"'),
        "data.p.tags[1]": (None, '"b"'),
        "data.p.gone": ("1", None),
        "data.p.new": (None, "null"),
    }
    assert changes(before, before) == ()
    assert changes("nonsense", now)[0].before == "nonsense"
    many = json.dumps(list(range(1_000)))
    assert len(changes("[]", many)) == 200


def test_a_run_in_parts_shows_the_merged_result() -> None:
    merged = BodySource.of_bytes(b"{}")
    answer = judged(200, "application/json", {"data": {}})
    run = after(PatchesArrived(1, (), merged), ResponseJudged(1, answer, Timings())).runs[0]
    assert run.shown_body is merged
    assert run.phase == "done"


@pytest.mark.parametrize(
    ("value", "verdict", "title"),
    [
        ({"data": {"a": 1}}, "ok", "✓ ok"),
        ({"data": None}, "ok", "✓ ok"),
        ({"data": {"a": None}, "errors": [{"message": "x"}]}, "partial", "▲ partial, 1 error"),
        ({"data": None, "errors": [{}, {}]}, "partial", "▲ partial, 2 errors"),
        ({"errors": [{"message": "x"}]}, "request error", "✗ request error, 1 error"),
        ({"data": {}, "errors": []}, "ok", "✓ ok"),
        ({"errors": "x"}, "request error", "✗ request error, 0 errors"),
        ({"message": "x"}, "not GraphQL", "✗ not GraphQL"),
        ([], "not GraphQL", "✗ not GraphQL"),
    ],
)
def test_answers_are_judged_by_their_body(value: object, verdict: str, title: str) -> None:
    answer = judged(200, "application/json", value)
    assert (answer.verdict, answer.title) == (verdict, title)


def test_history_is_walked_and_forgets_the_oldest() -> None:
    state = GraphqlState()
    for number in range(1, 121):
        state = state.after(RunStarted(number, Draft(), None, AT)).after(RunCancelled(number))
    assert len(state.runs) == 100
    assert state.next_number == 121
    assert state.neighbour(-1) == state.run(119)
    assert state.neighbour(1) is None
    state = state.after(RunChosen(50))
    assert state.current == state.run(50)
    assert state.after(RunChosen(3)) == state


def test_a_failed_schema_leaves_the_one_there_was() -> None:
    state = GraphqlState().after(SchemaAsked("/graphql")).after(SchemaArrived(SHOP))
    assert (state.schema.status, state.schema.schema) == ("ready", SHOP)
    state = state.after(SchemaAsked("/graphql"))
    assert state.schema.schema is SHOP
    state = state.after(SchemaFailed(LOST))
    assert (state.schema.status, state.schema.schema, state.schema.problem) == (
        "failed",
        SHOP,
        LOST,
    )


def test_changes_of_a_schema_are_weighed() -> None:
    newer = schema_of(
        SDL.replace("name: String!\n", "").replace("NAME PRICE", "NAME RATING PRICE")
        + "\ntype Extra { a: Int }"
    )
    found = schema_changes(SHOP, newer)
    assert [each.weight for each in found] == sorted(
        (each.weight for each in found), key=("breaking", "dangerous", "safe").index
    )
    assert "Product.name was removed" in found[0].description
    assert {"breaking", "dangerous", "safe"} == {each.weight for each in found}
    assert schema_changes(SHOP, SHOP) == ()


def test_what_a_proxy_says_is_named_clean() -> None:
    answer = not_graphql(502, "text/html\x1b; charset=x", "A page.")
    assert answer.words == "It answered 502 with text/html␛. A page."
