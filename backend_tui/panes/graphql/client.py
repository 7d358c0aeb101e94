"""What the pane and the commands ask of a GraphQL server, and the adapter that asks it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from backend_tui.core.address import is_relative
from backend_tui.core.authentication import BearerAuth, SessionAuth
from backend_tui.core.clock import Clock, SystemClock
from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.exchange import Headers, HttpRequest, Sent, Stopwatch, Timeouts
from backend_tui.core.http import HttpClient
from backend_tui.core.text import clean_line
from backend_tui.core.trace import Span, Trace, TraceContext
from backend_tui.panes.graphql.carrying import carried
from backend_tui.panes.graphql.event_stream import event_stream
from backend_tui.panes.graphql.introspection import introspect
from backend_tui.panes.graphql.journey import client_trace, joined
from backend_tui.panes.graphql.preparation import (
    ACCEPT,
    ACCEPT_EVENTS,
    Prepared,
    endpoint_url,
    prepare,
    written_headers,
)
from backend_tui.panes.graphql.request import Draft, Operation
from backend_tui.panes.graphql.run import JourneyArrived, JourneyMissing, Run, RunEvent, RunFailed
from backend_tui.panes.graphql.schema import Schema, SchemaSource
from backend_tui.panes.graphql.schema_reading import read_schema
from backend_tui.panes.graphql.schema_store import SchemaStore
from backend_tui.panes.graphql.streaming import Answered, Broken, Numbering, Opened, StreamItem
from backend_tui.panes.graphql.subscribing import Subscribing, single_answer
from backend_tui.panes.graphql.transport_socket import socket_stream
from backend_tui.stack.endpoints import Stack
from backend_tui.stack.shop import Shop

if TYPE_CHECKING:
    from backend_tui.panes.graphql.side_by_side import Comparison, Screen

Credentials = dict[str, BearerAuth | SessionAuth]
_DEFAULT_TIMEOUTS: Final = Timeouts()


def _quiet(_words: str) -> None:
    """Nobody wants to know how far it is."""


class GraphqlClient(Protocol):
    """What the GraphQL pane needs; every failure is a `BackendError`."""

    async def endpoint(self, draft: Draft) -> str:
        """The absolute URL the draft goes to; waits while the shop starts."""
        ...

    async def credentials(self) -> Credentials:
        """Ways into the shop by role: customer, staff, admin."""
        ...

    def run(
        self,
        number: int,
        draft: Draft,
        operation: Operation | None,
        stopwatch: Stopwatch,
        *,
        timeouts: Timeouts = _DEFAULT_TIMEOUTS,
    ) -> AsyncGenerator[RunEvent]:
        """`RequestSent` to `ResponseJudged`, `SubscriptionEnded` or `RunFailed`.

        Closing the stream (or cancelling its task) completes a subscription in order and closes
        the socket: call `RunCancelled` then. Raises `BackendError` when nothing could be sent.
        """
        ...

    async def journey(self, run: Run) -> JourneyArrived | JourneyMissing:
        """The journey of a run that has ended; never raises `BackendError`."""
        ...

    async def plan(self, trace: Trace, span: Span) -> tuple[str, ...]:
        """How the shop's database runs the statement of a span, a step a line."""
        ...

    async def schema(
        self,
        draft: Draft,
        *,
        is_fresh: bool = False,
        progressed: Callable[[str], None] = _quiet,
    ) -> Schema:
        """The endpoint's schema by introspection, with the draft's own headers and auth.

        The one kept on disk comes at once unless `is_fresh`; ask again with it in the background.
        """
        ...

    async def schema_file(self, path: Path) -> Schema:
        """A schema from a file: SDL, or an introspection result as JSON."""
        ...

    async def compare(self, screen: Screen, draft: Draft) -> Comparison:
        """The same screen of data fetched from the shop by REST and by GraphQL, measured."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


class StackGraphqlClient:
    """Talks to the stack's shop for paths, to any server for whole URLs.

    Without a stack there is no shop. `cache` is the folder schemas are kept in; None keeps none.
    """

    def __init__(
        self,
        stack: Stack | None,
        *,
        is_tracing: bool = True,
        cache: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._http = HttpClient()
        self._shop = Shop(stack, self._http, is_tracing=is_tracing)
        self._store = SchemaStore(cache) if cache is not None else None
        self._clock = clock or SystemClock()

    async def endpoint(self, draft: Draft) -> str:
        return endpoint_url(draft.endpoint, await self._base(draft))

    async def credentials(self) -> Credentials:
        return await self._shop.credentials()

    async def run(
        self,
        number: int,
        draft: Draft,
        operation: Operation | None,
        stopwatch: Stopwatch,
        *,
        timeouts: Timeouts = _DEFAULT_TIMEOUTS,
    ) -> AsyncGenerator[RunEvent]:
        prepared = prepare(draft, operation, await self._base(draft))
        context = await self._shop.context(prepared.url, prepared.headers)
        headers = await self._headers(draft, prepared.url, prepared.headers, context)
        prepared = replace(prepared, headers=headers)
        if prepared.transport == "websocket" or (operation and operation.kind == "subscription"):
            events = self._streamed(
                number, draft, operation, prepared, context, stopwatch, timeouts
            )
        else:
            events = carried(
                number,
                self._http,
                prepared,
                stopwatch,
                timeouts,
                context,
                is_persisted=draft.is_persisted,
            )
        try:
            async with aclosing(events):
                async for event in events:
                    yield event
        except BackendError as problem:
            code = problem.code if isinstance(problem, Broken) else None
            yield RunFailed(number, problem, stopwatch.read(), code)

    async def journey(self, run: Run) -> JourneyArrived | JourneyMissing:
        number, alone = run.number, client_trace(run)
        if run.context is None or run.request is None or not self._shop.is_at(run.request.url):
            return JourneyMissing(number, None, alone)
        if run.head is None:
            return JourneyMissing(number, None, alone)
        try:
            trace = await self._shop.journey(run.header("x-trace-id") or run.context.trace_id)
        except BackendError as problem:
            return JourneyMissing(number, problem, alone)
        return JourneyArrived(number, joined(trace, run))

    async def plan(self, trace: Trace, span: Span) -> tuple[str, ...]:
        return await self._shop.plan(trace, span)

    async def schema(
        self,
        draft: Draft,
        *,
        is_fresh: bool = False,
        progressed: Callable[[str], None] = _quiet,
    ) -> Schema:
        url = await self.endpoint(draft)
        kept = None if is_fresh else await self._kept_schema(url)
        if kept is not None:
            return kept

        async def build(body: bytes) -> HttpRequest:
            headers = await self._headers(draft, url, written_headers(draft), None)
            if all(name.lower() != "accept" for name, _ in headers):
                headers += (("Accept", ACCEPT),)
            return HttpRequest("POST", url, (*headers, ("Content-Type", "application/json")), body)

        found = await introspect(self._http, build, progressed)
        progressed("Building the schema")
        notes = (found.note,) if found.note else ()
        at = self._clock.now()
        source = SchemaSource("introspection", clean_line(url), at, len(found.data), notes)
        schema = await read_schema(found.data, source)
        if self._store is not None:
            await asyncio.to_thread(self._store.keep, url, found.data)
        return schema

    async def schema_file(self, path: Path) -> Schema:
        try:
            data = await asyncio.to_thread(path.read_bytes)
        except OSError as wrong:
            raise UsageError(
                f"The schema in {clean_line(str(path))} cannot be read.",
                f"{wrong.strerror or wrong}.",
                "Check the name of the file.",
            ) from wrong
        kind: Final = "introspection file" if data.lstrip()[:1] == b"{" else "sdl"
        source = SchemaSource(kind, clean_line(str(path)), datetime.now(UTC), len(data))
        return await read_schema(data, source)

    async def compare(self, screen: Screen, draft: Draft) -> Comparison:
        from backend_tui.panes.graphql.side_by_side import compared

        headers = written_headers(draft) if is_relative(draft.endpoint) else ()
        return await compared(self._http, self._shop, screen, headers)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _base(self, draft: Draft) -> str:
        return (await self._shop.endpoint()).url if is_relative(draft.endpoint) else ""

    async def _headers(
        self, draft: Draft, url: str, headers: Headers, context: TraceContext | None
    ) -> Headers:
        """The written headers with a session's and the trace context."""
        if isinstance(draft.auth, SessionAuth):
            headers += await self._shop.sessions.headers(draft.auth, url)
        if context is not None and all(name.lower() != "traceparent" for name, _ in headers):
            headers += (("traceparent", context.traceparent),)
        return headers

    async def _kept_schema(self, url: str) -> Schema | None:
        kept = await asyncio.to_thread(self._store.load, url) if self._store is not None else None
        if kept is None or self._store is None:
            return None
        data, at = kept
        try:
            return await read_schema(data, SchemaSource("cache", clean_line(url), at, len(data)))
        except BackendError:
            await asyncio.to_thread(self._store.forget, url)
            return None

    async def _streamed(
        self,
        number: int,
        draft: Draft,
        operation: Operation | None,
        prepared: Prepared,
        context: TraceContext | None,
        stopwatch: Stopwatch,
        timeouts: Timeouts,
    ) -> AsyncGenerator[RunEvent]:
        payload = connection_payload(draft, prepared.headers)
        tls = await self._http.tls() if prepared.url.startswith("https:") else None
        numbering = Numbering()
        by_events = prepared.posted(ACCEPT_EVENTS)
        by_socket = HttpRequest("GET", prepared.socket_url, prepared.headers)
        way = _Way(prepared.transport, falls_back=draft.transport == "auto")

        async def over_socket() -> AsyncGenerator[Sent | StreamItem]:
            yield Sent("GET", prepared.socket_url, prepared.headers)
            items = socket_stream(prepared, prepared.headers, payload, numbering, tls)
            async with aclosing(items):
                async for item in items:
                    yield item

        async def over_events() -> AsyncGenerator[Sent | StreamItem]:
            items = event_stream(self._http, by_events, numbering, stopwatch, timeouts)
            async with aclosing(items):
                async for item in items:
                    if isinstance(item, Answered) and way.falls_back and not _is_about_who(item):
                        way.answer = item
                        return
                    if isinstance(item, Opened):
                        way.falls_back = False
                    yield item

        async def connect() -> AsyncGenerator[Sent | StreamItem]:
            if way.transport != "websocket":
                async with aclosing(over_events()) as items:
                    async for item in items:
                        yield item
                if way.answer is None:
                    return
                way.transport, running.transport = "websocket", "websocket"
                running.request = by_socket
            try:
                async with aclosing(over_socket()) as items:
                    async for item in items:
                        yield item
            except BackendError:
                if way.answer is None:
                    raise
                yield way.answer

        running = Subscribing(
            number,
            connect,
            by_socket if way.transport == "websocket" else by_events,
            way.transport,
            stopwatch,
            self._clock,
            context,
        )
        if operation is not None and operation.kind != "subscription":
            events = single_answer(running)
        else:
            events = running.events()
        async with aclosing(events):
            async for event in events:
                yield event


class _Way:
    """How a subscription is carried, and what an endpoint said that has no event stream."""

    def __init__(self, transport: Any, *, falls_back: bool) -> None:
        self.transport = transport
        self.falls_back = falls_back
        self.answer: Answered | None = None


def connection_payload(draft: Draft, headers: Headers) -> dict[str, Any]:
    """The payload of `connection_init`: the one written, else the Authorization there is."""
    text = draft.connection.strip()
    if text:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as wrong:
            raise UsageError(
                "The connection payload is no valid JSON.", f"{clean_line(str(wrong))}."
            ) from wrong
        if not isinstance(value, dict):
            raise UsageError("The connection payload is no JSON object.", "", 'Write {"…": …}.')
        return value
    given = [value for name, value in headers if name.lower() == "authorization"]
    return {"authorization": given[-1]} if given else {}


def _is_about_who(item: Answered) -> bool:
    """True when the server first wants to know who asks: another transport changes nothing."""
    codes = {problem.code.upper() for problem in item.answer.problems}
    return bool(codes & {"UNAUTHENTICATED", "FORBIDDEN", "UNAUTHORIZED"})
