"""What the pane and the commands ask for, and the adapter that asks the shop or anyone else."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any, Final, Protocol
from urllib.parse import urljoin

from backend_tui.core.body.source import BodySource
from backend_tui.core.clock import Clock, SystemClock
from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import (
    ChunkArrived,
    Finished,
    HeadArrived,
    HttpRequest,
    Redirected,
    Sent,
    Stopwatch,
    Timeouts,
    origin,
)
from backend_tui.core.http import HttpClient
from backend_tui.core.http_cache.caching import CachingClient
from backend_tui.core.http_cache.listing import StoredAnswer
from backend_tui.core.http_cache.serving import CacheTold
from backend_tui.core.trace import Span, Trace, TraceContext
from backend_tui.panes.rest.exchanges import (
    REDIRECTS,
    BodyGrew,
    CacheAnswered,
    Exchange,
    JourneyArrived,
    JourneyMissing,
    RedirectFollowed,
    RequestSent,
    ResponseBegan,
    ResponseFinished,
    SendEvent,
    SendFailed,
)
from backend_tui.panes.rest.journey import client_trace, joined
from backend_tui.panes.rest.request import (
    BearerAuth,
    Draft,
    SessionAuth,
    is_relative,
    prepare,
)
from backend_tui.panes.rest.routes import Route, read_routes
from backend_tui.stack.endpoints import Stack
from backend_tui.stack.shop import Shop

_DEFAULT_TIMEOUTS: Final = Timeouts()


class RestClient(Protocol):
    """What the REST pane needs; every failure is a `BackendError`."""

    async def base(self) -> str:
        """The base URL that a path without host goes to; waits while the shop starts."""
        ...

    async def routes(self, document_url: str = "") -> tuple[str, tuple[Route, ...]]:
        """Base URL and routes of an OpenAPI document, the shop's own when none is named."""
        ...

    async def credentials(self) -> dict[str, BearerAuth | SessionAuth]:
        """Ways into the shop, made when it was set up, by role."""
        ...

    def send(
        self,
        number: int,
        draft: Draft,
        stopwatch: Stopwatch,
        *,
        redirects: int = REDIRECTS,
        timeouts: Timeouts = _DEFAULT_TIMEOUTS,
        caching: bool = False,
    ) -> AsyncGenerator[SendEvent]:
        """`RequestSent` to `ResponseFinished` or `SendFailed`; the socket closes with the stream.

        With `caching` the request goes through a private HTTP cache, told by `CacheAnswered`.
        Raises `BackendError` when nothing could be sent at all.
        """
        ...

    def stored(self) -> tuple[StoredAnswer, ...]:
        """What the HTTP cache holds now, the most recently used first."""
        ...

    def forget(self, url: str = "") -> int:
        """Drop what is stored for a URL, or everything; returns how many answers that were."""
        ...

    async def journey(self, exchange: Exchange) -> JourneyArrived | JourneyMissing:
        """The journey of a request that has ended, in whatever way; never raises `BackendError`."""
        ...

    async def plan(self, trace: Trace, span: Span) -> tuple[str, ...]:
        """How the shop's database runs the statement of a span, a step a line."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


class StackRestClient:
    """Talks to the stack's shop for paths, to anyone for whole URLs."""

    def __init__(
        self, stack: Stack, *, is_tracing: bool = True, clock: Clock | None = None
    ) -> None:
        self._http = HttpClient()
        self._cache = CachingClient(self._http, clock or SystemClock())
        self._shop = Shop(stack, self._http, is_tracing=is_tracing)

    async def base(self) -> str:
        return (await self._shop.endpoint()).url

    async def routes(self, document_url: str = "") -> tuple[str, tuple[Route, ...]]:
        if document_url:
            document = await self._http.get_json(document_url)
            return _base_of(document_url, document), read_routes(document)
        base = await self.base()
        document = await self._http.get_json(f"{base}/api/openapi.json")
        return base, read_routes(document)

    async def credentials(self) -> dict[str, BearerAuth | SessionAuth]:
        return await self._shop.credentials()

    async def send(
        self,
        number: int,
        draft: Draft,
        stopwatch: Stopwatch,
        *,
        redirects: int = REDIRECTS,
        timeouts: Timeouts = _DEFAULT_TIMEOUTS,
        caching: bool = False,
    ) -> AsyncGenerator[SendEvent]:
        base = await self.base() if is_relative(draft.url) else ""
        request = prepare(draft, base)
        if isinstance(draft.auth, SessionAuth):
            session = await self._shop.sessions.headers(draft.auth, request.url)
            request = replace(request, headers=request.headers + session)
        context = await self._shop.context(request.url, request.headers)
        outgoing = _with_context(request, context)
        way = self._cache if caching else self._http
        exchange = way.exchange(outgoing, timeouts, redirects=redirects, stopwatch=stopwatch)
        try:
            async with (
                aclosing(exchange) as events,
                aclosing(_told(events, number, request, context)) as told,
            ):
                async for event in told:
                    yield event
        except BackendError as problem:
            yield SendFailed(number, problem, stopwatch.read())

    async def journey(self, exchange: Exchange) -> JourneyArrived | JourneyMissing:
        number, alone = exchange.number, client_trace(exchange)
        context, request, head = exchange.context, exchange.request, exchange.head
        if context is None or request is None or head is None or exchange.is_from_cache:
            return JourneyMissing(number, None, alone)
        if not self._shop.is_at(head.url or request.url):
            return JourneyMissing(number, None, alone)
        try:
            trace = await self._shop.journey(exchange.header("x-trace-id") or context.trace_id)
        except BackendError as problem:
            return JourneyMissing(number, problem, alone)
        return JourneyArrived(number, joined(trace, exchange))

    def stored(self) -> tuple[StoredAnswer, ...]:
        return self._cache.stored

    def forget(self, url: str = "") -> int:
        return self._cache.store.forget(url) if url else self._cache.store.clear()

    async def plan(self, trace: Trace, span: Span) -> tuple[str, ...]:
        return await self._shop.plan(trace, span)

    async def aclose(self) -> None:
        await self._cache.aclose()
        await self._http.aclose()


async def _told(
    events: AsyncGenerator[Any],
    number: int,
    request: HttpRequest,
    context: TraceContext | None,
) -> AsyncGenerator[SendEvent]:
    """The transport's events in the words of the model; growth is told twenty times a second."""
    body = BodySource()
    wire_bytes = 0
    watch = Stopwatch()
    last_told_us = 0
    was_sent = False
    async for event in events:
        match event:
            case Sent(headers=headers):
                was_sent = True
                yield RequestSent(number, request, headers, context)
            case Redirected():
                yield RedirectFollowed(number, event)
            case HeadArrived():
                if not was_sent:
                    yield RequestSent(number, request, (), None)
                yield ResponseBegan(number, event, body)
            case ChunkArrived(data, wire_bytes):
                body.append(data)
                now_us = watch.read().total_us
                if now_us - last_told_us >= 50_000 or body.size == len(data):
                    last_told_us = now_us
                    yield BodyGrew(number, body.size, wire_bytes)
            case CacheTold(outcome):
                yield CacheAnswered(number, outcome)
            case Finished(timings):
                yield BodyGrew(number, body.size, wire_bytes)
                body.finish()
                yield ResponseFinished(number, timings)


def _with_context(request: HttpRequest, context: TraceContext | None) -> HttpRequest:
    if context is None or any(name.lower() == "traceparent" for name, _ in request.headers):
        return request
    return replace(request, headers=(*request.headers, ("traceparent", context.traceparent)))


def _base_of(document_url: str, document: object) -> str:
    """Scheme and host that the document's routes belong to; its server's path is in the routes."""
    servers = document.get("servers") if isinstance(document, dict) else None
    first = servers[0] if isinstance(servers, list) and servers else None
    url = first.get("url") if isinstance(first, dict) else None
    whole = urljoin(document_url, url) if isinstance(url, str) and "{" not in url else document_url
    scheme, host, _ = origin(whole)
    if scheme not in ("http", "https") or not host:
        whole = document_url
    return "/".join(whole.split("/", 3)[:3])
