"""The REST pane: empty, busy, full, its journey, a problem, a failure."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from textual.pilot import Pilot

from backend_tui.core.body.source import BodySource
from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import HeadArrived, HttpRequest, Phase, Stopwatch, Timings
from backend_tui.core.trace import TraceContext
from backend_tui.panes.rest.exchanges import (
    BodyGrew,
    JourneyArrived,
    RequestSent,
    ResponseBegan,
    ResponseFinished,
    SendFailed,
    SendStarted,
)
from backend_tui.panes.rest.journey import joined
from backend_tui.panes.rest.pane import RestPane
from backend_tui.panes.rest.request import Draft
from tests.backend_tui import journeys
from tests.backend_tui.stack_at import StackAt
from tests.snapshots.conftest import SIZES, THEMES, until, workbench_of

HOST = "http://127.0.0.1:8765"
AT = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
CONTEXT = TraceContext("ab" * 16, "cd" * 8)
TIMINGS = Timings(
    (
        Phase("connect", 120, 310),
        Phase("send", 440, 90),
        Phase("wait", 540, 2_180),
        Phase("download", 2_730, 260),
    ),
    3_010,
)


class StoppedWatch(Stopwatch):
    """A stopwatch that shows the same time whenever it is looked at."""

    def read(self, *, is_over: bool = False) -> Timings:
        return Timings((), 1_200_000)


async def opened(pilot: Pilot[Any]) -> RestPane:
    """The pane on screen, its routes listed."""
    await until(pilot, lambda: isinstance(workbench_of(pilot).pane, RestPane))
    pane = workbench_of(pilot).pane
    assert isinstance(pane, RestPane)
    await until(pilot, lambda: bool(pane.state.routes))
    return pane


def products(shop: StackAt, size: int = 3) -> bytes:
    """The first products of the shop, the same in every run."""
    url = f"{shop.endpoint.url}/api/products?page_size={size}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def head(status: int, reason: str, media: str, size: int) -> HeadArrived:
    """A head with what the shop sends, its clocks stopped."""
    headers = (
        ("date", "Sun, 22 Nov 2026 10:00:00 GMT"),
        ("Content-Type", media),
        ("Content-Length", str(size)),
        ("ETag", '"141c177e976bf0af23e4"'),
        ("X-Trace-Id", CONTEXT.trace_id),
    )
    return HeadArrived(status, reason, "HTTP/1.1", headers, f"{HOST}/api/products")


def answer(pane: RestPane, number: int, draft: Draft, head: HeadArrived, body: bytes) -> None:
    """A whole exchange, event by event, with a journey."""
    source = BodySource()
    source.append(body)
    source.finish()
    request = HttpRequest(draft.method, HOST + draft.url)
    pane.apply(SendStarted(number, draft, AT))
    pane.apply(RequestSent(number, request, (("Accept", "*/*"),), CONTEXT))
    pane.apply(ResponseBegan(number, head, source))
    pane.apply(BodyGrew(number, len(body), len(body)))
    pane.apply(ResponseFinished(number, TIMINGS))
    exchange = pane.state.exchange(number)
    assert exchange is not None
    pane.apply(JourneyArrived(number, joined(journeys.full(), exchange)))


async def full(pilot: Pilot[Any], shop: StackAt) -> RestPane:
    """An answer on screen."""
    pane = await opened(pilot)
    body = products(shop)
    answer(
        pane, 1, Draft("GET", "/api/products"), head(200, "OK", "application/json", len(body)), body
    )
    await pilot.pause()
    return pane


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
def test_empty(pictured: Any, size: tuple[int, int], theme: str) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        await opened(pilot)

    pictured(scene, size, theme)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
def test_busy(pictured: Any, shop: StackAt, size: tuple[int, int], theme: str) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        pane._stopwatch = pane._response.stopwatch = StoppedWatch()
        source = BodySource()
        source.append(products(shop)[:700])
        draft = Draft("GET", "/lab/large")
        pane.apply(SendStarted(1, draft, AT))
        pane.apply(RequestSent(1, HttpRequest("GET", HOST + draft.url), (), CONTEXT))
        pane.apply(ResponseBegan(1, head(200, "OK", "application/json", 10_000_000), source))
        pane.apply(BodyGrew(1, 4_200_000, 4_200_000))

    pictured(scene, size, theme)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
def test_full(pictured: Any, shop: StackAt, size: tuple[int, int], theme: str) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        await full(pilot, shop)

    pictured(scene, size, theme)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
def test_journey(pictured: Any, shop: StackAt, size: tuple[int, int], theme: str) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await full(pilot, shop)
        await pane.action_open("journey")

    pictured(scene, size, theme)


@pytest.mark.parametrize("tab", ["headers", "history", "diff"])
def test_other_tabs(pictured: Any, shop: StackAt, tab: str) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await full(pilot, shop)
        body = products(shop).replace(b'"254.50"', b'"199.00"')
        draft = Draft("GET", "/api/products")
        answer(pane, 2, draft, head(200, "OK", "application/json", len(body)), body)
        await pane.action_open(tab)

    pictured(scene, (120, 40))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
def test_problem_details(pictured: Any, size: tuple[int, int], theme: str) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        body = json.dumps(
            {
                "type": "/api/problems/invalid",
                "title": "The body is not what the operation wants",
                "status": 422,
                "detail": "Two members are wrong.",
                "errors": [
                    {"pointer": "/price", "detail": "must not be negative"},
                    {"pointer": "/name", "detail": "is missing"},
                ],
            }
        ).encode()
        media = "application/problem+json"
        answered = head(422, "Unprocessable Content", media, len(body))
        answer(pane, 1, Draft("POST", "/api/products"), answered, body)

    pictured(scene, size, theme)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
def test_failure(pictured: Any, size: tuple[int, int], theme: str) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        draft = replace(Draft("GET", "http://127.0.0.1:9/"))
        refused = BackendError(
            "Nobody answers at 127.0.0.1:9.",
            "The connection was refused: no program listens on that port.",
            "Start the server, or mend host and port in the URL (ctrl+l).",
        )
        pane.apply(SendStarted(1, draft, AT))
        pane.apply(RequestSent(1, HttpRequest("GET", draft.url), ()))
        pane.apply(SendFailed(1, refused))

    pictured(scene, size, theme)
