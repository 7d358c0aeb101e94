"""The state after each event, and what two answers have in common."""

from __future__ import annotations

from datetime import UTC, datetime

from backend_tui.core.body.source import BodySource
from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import HeadArrived, Headers, HttpRequest, Phase, Timings
from backend_tui.core.trace import Counters, Span, Trace, TraceContext
from backend_tui.panes.rest.difference import compared
from backend_tui.panes.rest.document import exchange_document, outcome_text
from backend_tui.panes.rest.exchanges import (
    BodyGrew,
    Exchange,
    JourneyArrived,
    RequestSent,
    ResponseBegan,
    ResponseFinished,
    SendCancelled,
    SendFailed,
    SendStarted,
)
from backend_tui.panes.rest.journey import client_trace, joined
from backend_tui.panes.rest.model import (
    KEPT,
    DraftChanged,
    Event,
    ExchangeChosen,
    RestState,
    RoutesLoaded,
    RoutesMissing,
)
from backend_tui.panes.rest.request import Draft

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
TIMINGS = Timings(
    (Phase("send", 0, 100), Phase("wait", 100, 900), Phase("download", 1000, 50)), 1100
)
CONTEXT = TraceContext("a" * 32, "b" * 16)


def after(state: RestState, *events: Event) -> RestState:
    for event in events:
        state = state.after(event)
    return state


def answered(
    number: int = 1,
    body: bytes = b'{"a":1}',
    status: int = 200,
    headers: Headers = (("Content-Type", "application/json"),),
    url: str = "http://h/x?token=canary",
) -> tuple[Event, ...]:
    request = HttpRequest("GET", url, (("Authorization", "Bearer canary"),))
    return (
        SendStarted(number, Draft("GET", "/x"), AT),
        RequestSent(number, request, request.headers, CONTEXT),
        ResponseBegan(number, HeadArrived(status, "OK", "HTTP/1.1", headers, url), filled(body)),
        BodyGrew(number, len(body), len(body)),
        ResponseFinished(number, TIMINGS),
    )


def filled(body: bytes) -> BodySource:
    source = BodySource()
    source.append(body)
    return source


def test_an_exchange_goes_from_sending_to_done() -> None:
    state = RestState()
    phases = []
    for event in answered():
        state = state.after(event)
        phases.append(state.exchanges[0].phase)
    assert phases == ["sending", "sending", "receiving", "receiving", "done"]
    current = state.current
    assert current is not None
    assert (current.status, current.size, current.timings) == (200, 7, TIMINGS)
    assert state.running is None
    assert state.next_number == 2


def test_cancel_keeps_what_arrived_and_ignores_what_comes_late() -> None:
    begun = answered()[:4]
    state = after(RestState(), *begun, SendCancelled(1, TIMINGS), BodyGrew(1, 999, 999))
    state = after(state, SendFailed(1, BackendError("late")), ResponseFinished(1, TIMINGS))
    exchange = state.exchanges[0]
    assert (exchange.phase, exchange.size, exchange.problem) == ("cancelled", 7, None)
    assert exchange.body is not None
    assert exchange.body.read(0, 7) == b'{"a":1}'


def test_journey_comes_after_the_end() -> None:
    trace = Trace("a" * 32, "GET", "/x", 200, "", 5, (), route="/x")
    state = after(RestState(), *answered(), JourneyArrived(1, trace))
    assert state.exchanges[0].trace is trace


def test_failure_keeps_the_draft_and_the_partial_answer() -> None:
    problem = BackendError("No answer.", "Why.", "Hint.")
    state = after(RestState(), DraftChanged(Draft(url="/typed")), *answered()[:4])
    state = after(state, SendFailed(1, problem, TIMINGS))
    assert state.draft.url == "/typed"
    assert state.exchanges[0].problem is problem
    assert state.exchanges[0].size == 7


def test_history_is_bounded_and_walked_in_order() -> None:
    state = RestState()
    for number in range(1, KEPT + 6):
        state = after(state, *answered(number))
    assert len(state.exchanges) == KEPT
    assert state.exchanges[0].number == 6
    earlier = state.neighbour(-1)
    assert earlier is not None
    assert earlier.number == KEPT + 4
    assert state.neighbour(1) is None
    state = after(state, ExchangeChosen(10), ExchangeChosen(1))
    assert state.shown == 10
    assert after(state, BodyGrew(1, 5, 5)) == state


def test_the_one_before_has_the_same_target() -> None:
    state = after(RestState(), *answered(1), *answered(2, url="http://h/y"), *answered(3))
    third = state.exchange(3)
    assert third is not None
    before = state.before(third)
    assert before is not None
    assert before.number == 1
    assert state.before(state.exchanges[0]) is None


def test_routes_come_and_go() -> None:
    problem = BackendError("No shop.")
    state = after(RestState(), RoutesMissing(problem))
    assert state.routes_problem is problem
    state = after(state, RoutesLoaded("http://h", ()))
    assert (state.base, state.routes_problem) == ("http://h", None)


def pair(old: bytes, new: bytes, **changed: object) -> list[str]:
    first = after(RestState(), *answered(1, old)).exchanges[0]
    second = after(RestState(), *answered(2, new, **changed)).exchanges[0]  # type: ignore[arg-type]
    return [f"{line.mark}{line.text}" for line in compared(first, second)]


def test_difference_of_equal_answers_is_short() -> None:
    assert pair(b'{"a":1}', b'{"a":1}') == [
        " 200 OK",
        "@Headers: the same 1",
        "@Body: the same 7 bytes",
    ]
    assert pair(b'{"a":1}', b'{ "a":1 }')[-1] == "@Body: the same but for its white space"


def test_difference_shows_what_went_and_came() -> None:
    headers = (("Content-Type", "application/json"), ("ETag", '"2"'), ("Date", "x"))
    lines = pair(b'{"a":1,"b":[1.10]}', b'{"a":2,"b":[1.10]}', status=201, headers=headers)
    assert lines[:2] == ["-200 OK", "+201 OK"]
    assert '+ETag: "2"' in lines
    assert '-  "a": 1,' in lines
    assert '+  "a": 2,' in lines
    assert "     1.10" in lines
    assert not any("Date" in line for line in lines)


def test_large_and_binary_bodies_are_not_compared_by_line() -> None:
    assert "binary" in pair(b"\x89PNG\r\n\x1a\n\x00", b"\x89PNG\r\n\x1a\n\x01")[-1]
    assert "too large" in pair(b"a" * (1 << 20), b"b" * (2 << 20))[-1]


def test_document_has_its_keys_and_masks_secrets() -> None:
    trace = Trace(
        "a" * 32, "GET", "/x", 200, "", 5, (), Counters(sql=2, cache_misses=1), route="/x"
    )
    headers = (("Set-Cookie", "s=canary"), ("set-cookie", "t=canary"), ("X", "1"))
    exchange = after(RestState(), *answered(headers=headers), JourneyArrived(1, trace)).exchanges[0]
    document = exchange_document(exchange)
    assert set(document) == {
        *("request", "status", "reason", "http_version", "headers", "body", "body_encoding"),
        *("bytes", "wire_bytes", "redirects", "cache", "timings", "problem", "trace", "error"),
    }
    assert "canary" not in str(document)
    assert [each["name"] for each in document["headers"]] == ["Set-Cookie", "set-cookie", "X"]
    assert document["body"] == {"a": 1}
    assert document["timings"]["wait_us"] == 900
    assert document["trace"]["counters"]["sql"] == 2
    assert str(exchange_document(exchange, reveal=True)).count("canary") >= 3
    assert "2 queries" in outcome_text(exchange)


def test_document_of_a_failure_says_why_and_binary_is_base64() -> None:
    failed = after(RestState(), *answered()[:2], SendFailed(1, BackendError("W", "y", "h")))
    assert exchange_document(failed.exchanges[0])["error"]["what"] == "W"
    headers = (("Content-Type", "image/png"),)
    png = after(RestState(), *answered(body=b"\x89PNG\r\n\x1a\n\x00", headers=headers)).exchanges[0]
    document = exchange_document(png)
    assert (document["body"], document["body_encoding"]) == ("iVBORw0KGgoA", "base64")


def test_the_client_is_around_the_server_in_the_journey() -> None:
    exchange: Exchange = after(RestState(), *answered()).exchanges[0]
    server = Span("1" * 16, None, "GET /x", "server", 0, 700)
    trace = Trace("a" * 32, "GET", "/x", 200, "", 700, (server,), route="/x")
    whole = joined(trace, exchange)
    names = [span.name for span in whole.spans]
    assert names == ["GET /x", "send", "wait", "GET /x", "download"]
    wait = whole.spans[2]
    moved = whole.spans[3]
    assert moved.parent == wait.id
    assert moved.start_us == 100
    assert whole.spans[0].id == CONTEXT.span_id
    alone = client_trace(exchange)
    assert [span.kind for span in alone.spans] == ["client"] * 4
    assert len({span.id for span in alone.spans}) == 4
