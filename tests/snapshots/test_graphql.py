"""The GraphQL pane: empty, full, refused, subscribed, its schema explorer and completion."""

from __future__ import annotations

import json
from typing import Any

import pytest
from textual.pilot import Pilot

from backend_tui.core.body.source import BodySource
from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import HeadArrived, HttpRequest
from backend_tui.panes.graphql.answer import judged
from backend_tui.panes.graphql.pane import GraphqlPane
from backend_tui.panes.graphql.request import Operation
from backend_tui.panes.graphql.run import (
    BodyGrew,
    EventsArrived,
    RequestSent,
    ResponseBegan,
    ResponseJudged,
    RunFailed,
    RunStarted,
    Subscribed,
)
from backend_tui.panes.graphql.subscription import LogEvent
from backend_tui.ui.send_button import SendButton
from tests.snapshots.conftest import SIZES, THEMES, until, workbench_of
from tests.snapshots.test_rest import AT, CONTEXT, HOST, TIMINGS

RESULT = {
    "data": {
        "products": {
            "totalCount": 1979,
            "nodes": [
                {
                    "name": "Oak dining table Alma",
                    "price": "254.50",
                    "category": {"name": "Tables"},
                },
                {"name": "Cast-iron frying pan Clara", "price": "73.90"},
            ],
        }
    }
}
REFUSED = {
    "errors": [
        {
            "message": "Cannot query field 'nmae' on type 'Product'. Did you mean 'name'?",
            "locations": [{"line": 3, "column": 13}],
            "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"},
        },
        {
            "message": "You may not read what products earned.",
            "path": ["products", "nodes", 0, "revenue"],
            "extensions": {"code": "FORBIDDEN"},
        },
    ]
}


async def opened(pilot: Pilot[Any]) -> GraphqlPane:
    """The pane on screen, its schema read, nothing asked for any more."""
    await until(pilot, lambda: workbench_of(pilot).pane is not None)
    await workbench_of(pilot).action_go("graphql")
    pane = workbench_of(pilot).pane
    assert isinstance(pane, GraphqlPane)
    await until(pilot, lambda: pane.state.schema.status == "ready")
    await until(pilot, lambda: pane._desk._checked is not None)
    return pane


async def answered(pane: GraphqlPane, status: int, result: object, tab: str) -> None:
    """A whole run, event by event."""
    body = json.dumps(result).encode()
    source = BodySource()
    source.append(body)
    source.finish()
    media = "application/graphql-response+json"
    head = HeadArrived(status, "", "HTTP/1.1", (("Content-Type", media),), f"{HOST}/graphql")
    operation = pane.state.operations[0] if pane.state.operations else None
    pane.apply(RunStarted(1, pane.state.draft, operation, AT))
    request = HttpRequest("POST", f"{HOST}/graphql")
    pane.apply(RequestSent(1, request, (), "post", CONTEXT))
    pane.apply(ResponseBegan(1, head, source))
    pane.apply(BodyGrew(1, len(body), len(body)))
    pane.apply(ResponseJudged(1, judged(status, media, result), TIMINGS))
    await pane.action_open(tab)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_empty(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        await opened(pilot)

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
def test_full(pictured: Any, size: tuple[int, int], theme: str) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        await answered(await opened(pilot), 200, RESULT, "result")

    pictured(scene, size, theme)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_refused(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        await answered(await opened(pilot), 400, REFUSED, "errors")

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_failure(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        gone = BackendError(
            "Nothing listens at 127.0.0.1:9.",
            "The connection was refused.",
            "Start the server, or check the port.",
        )
        pane.apply(RunStarted(1, pane.state.draft, None, AT))
        pane.apply(RunFailed(1, gone))

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_busy_with_a_subscription(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        operation = Operation("subscription", "Prices", 0, 40, 1)
        pane.apply(RunStarted(1, pane.state.draft, operation, AT))
        pane.apply(RequestSent(1, HttpRequest("POST", f"{HOST}/graphql"), (), "sse", CONTEXT))
        pane.apply(Subscribed(1, 4_200))
        texts = [
            json.dumps({"data": {"priceChanged": {"id": "7", "price": f"{70 + number}.90"}}})
            for number in range(6)
        ]
        events = [LogEvent(n, n * 250_000, text) for n, text in enumerate(texts, start=1)]
        pane.apply(EventsArrived(1, tuple(events)))
        if pane._ticking is not None:
            pane._ticking.pause()
        pane.query_one(SendButton).progress = "6 events"
        await pane.action_open("events")

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
@pytest.mark.parametrize("key", ["alt+d", "ctrl+@"])
def test_schema_and_completion(pictured: Any, size: tuple[int, int], key: str) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        await pilot.press(key)

    pictured(scene, size)
