"""How journeys are learnt: the shop's live feed, single ones by id, plans, and OTLP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, Protocol

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.feed import Dropped
from backend_tui.core.http import ChunkArrived, HeadArrived, HttpClient, HttpRequest, Timeouts
from backend_tui.core.server_sent import EventParser, ServerSentEvent
from backend_tui.core.text import clean_line
from backend_tui.core.trace import Span, Trace, parse_trace
from backend_tui.panes.traces import receiver
from backend_tui.panes.traces.journey import Journey
from backend_tui.panes.traces.receiver import Receiving
from backend_tui.stack.endpoints import DemoEndpoint, Stack

_LARGE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Connected:
    """The feed is open; journeys follow as they end."""

    url: str


class TraceClient(Protocol):
    """What the pane and the commands ask for; every method raises `BackendError`."""

    def follow(
        self, *, is_from_start: bool = False
    ) -> AsyncGenerator[Connected | Journey | Dropped]:
        """The shop's journeys until the connection ends; opened again, it misses none."""
        ...

    def receive(self, port: int = receiver.PORT) -> AsyncGenerator[Receiving | Journey]:
        """Journeys of instrumented apps, over OTLP, until closed."""
        ...

    async def trace(self, trace_id: str) -> Trace:
        """One journey of the shop by its id."""
        ...

    async def plan(self, trace: Trace, span: Span) -> tuple[str, ...]:
        """How the shop's database runs the statement of that span, a line a step."""
        ...

    async def aclose(self) -> None:
        """Close the connections; the client may be used again."""
        ...


class StackTraceClient:
    """The journeys of the running stack's shop."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._http = HttpClient()
        self._server: tuple[str, int | None] | None = None
        self._last = 0

    async def aclose(self) -> None:
        await self._http.aclose()

    async def follow(
        self, *, is_from_start: bool = False
    ) -> AsyncGenerator[Connected | Journey | Dropped]:
        shop = await self._stack.demo()
        is_known = self._server == (shop.url, shop.pid)
        if not is_known:
            self._server, self._last = (shop.url, shop.pid), 0
        since = f"?since={self._last}" if is_known or is_from_start else ""
        async with aclosing(self._events(shop, since)) as events:
            async for event in events:
                if event is None:
                    yield Connected(shop.url)
                elif event.event == "trace":
                    trace = await _parsed(event.data)
                    self._last = trace.sequence
                    yield Journey(trace)
                elif event.event == "dropped":
                    yield Dropped(_dropped(event.data))

    async def receive(self, port: int = receiver.PORT) -> AsyncGenerator[Receiving | Journey]:
        async with aclosing(receiver.receive(port)) as items:
            async for item in items:
                yield item if isinstance(item, Receiving) else Journey(item, "otlp")

    async def trace(self, trace_id: str) -> Trace:
        if len(trace_id) != 32 or not all(char in "0123456789abcdef" for char in trace_id):
            raise UsageError(
                f"“{clean_line(trace_id)[:40]}” is no trace id.",
                "It has 32 hex digits, in small letters.",
                "`traces follow` and the X-Trace-Id header of every answer name it.",
            )
        shop = await self._stack.demo()
        document = await self._http.get_json(f"{shop.url}/_trace/{trace_id}", shop.headers)
        return parse_trace(document)

    async def plan(self, trace: Trace, span: Span) -> tuple[str, ...]:
        shop = await self._stack.demo()
        url = f"{shop.url}/_trace/{trace.trace_id}/spans/{span.id}/plan"
        answer = await self._http.request_json(HttpRequest("POST", url, shop.headers))
        if not isinstance(answer, dict) or not isinstance(answer.get("lines"), list):
            raise BackendError("The plan could not be read.", "The shop sent something else.")
        return tuple(clean_line(str(line)) for line in answer["lines"])

    async def _events(
        self, shop: DemoEndpoint, since: str
    ) -> AsyncGenerator[ServerSentEvent | None]:
        """None once the stream is open, then its events; 40 s without a heartbeat break it."""
        headers = (*shop.headers, ("Accept", "text/event-stream"))
        request = HttpRequest("GET", f"{shop.url}/_trace{since}", headers)
        parser = EventParser()
        async with aclosing(self._http.exchange(request, Timeouts(read=40))) as events:
            async for event in events:
                if isinstance(event, HeadArrived):
                    if event.status != 200:
                        raise BackendError(
                            "This server shows no journeys.",
                            f"It answered {event.status} for {shop.url}/_trace.",
                            "The bundled shop does, for the token of the workbench it belongs to.",
                        )
                    yield None
                elif isinstance(event, ChunkArrived):
                    for message in parser.feed(event.data):
                        yield message


async def _parsed(data: str) -> Trace:
    if len(data) < _LARGE:
        return parse_trace(_decoded(data))
    return await asyncio.to_thread(lambda: parse_trace(_decoded(data)))


def _decoded(data: str) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as wrong:
        raise BackendError("The journey could not be read.", f"It is no JSON: {wrong}.") from wrong


def _dropped(data: str) -> int:
    document = _decoded(data)
    count = document.get("count") if isinstance(document, dict) else None
    return count if isinstance(count, int) else 0
