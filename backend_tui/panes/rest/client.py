"""What the pane and the commands ask for, and the adapter that asks the shop or anyone else."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol
from urllib.parse import urljoin

from backend_tui.core.body.source import BodySource
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
from backend_tui.core.session import Sessions
from backend_tui.core.text import clean
from backend_tui.core.trace import Span, Trace, TraceContext, new_context, parse_trace
from backend_tui.panes.rest.exchanges import (
    REDIRECTS,
    BodyGrew,
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
    is_loopback,
    is_relative,
    prepare,
)
from backend_tui.panes.rest.routes import Route, read_routes
from backend_tui.stack.endpoints import DemoEndpoint, Stack

_DEFAULT_TIMEOUTS: Final = Timeouts()


@dataclass(frozen=True, slots=True)
class Credentials:
    """Ways into the shop, made when it was set up: bearer tokens by role, and the admin's login."""

    tokens: tuple[tuple[str, BearerAuth], ...] = field(default=(), repr=False)
    admin: SessionAuth | None = field(default=None, repr=False)


class RestClient(Protocol):
    """What the REST pane needs; every failure is a `BackendError`."""

    async def base(self) -> str:
        """The base URL that a path without host goes to; waits while the shop starts."""
        ...

    async def routes(self, document_url: str = "") -> tuple[str, tuple[Route, ...]]:
        """Base URL and routes of an OpenAPI document, the shop's own when none is named."""
        ...

    async def credentials(self) -> Credentials:
        """Ways into the shop."""
        ...

    def send(
        self,
        number: int,
        draft: Draft,
        stopwatch: Stopwatch,
        *,
        redirects: int = REDIRECTS,
        timeouts: Timeouts = _DEFAULT_TIMEOUTS,
    ) -> AsyncGenerator[SendEvent]:
        """`RequestSent` to `ResponseFinished` or `SendFailed`; the socket closes with the stream.

        Raises `BackendError` when nothing could be sent at all.
        """
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

    def __init__(self, stack: Stack, *, is_tracing: bool = True) -> None:
        self._stack = stack
        self._is_tracing = is_tracing
        self._http = HttpClient()
        self._sessions = Sessions(self._http)
        self._shop: DemoEndpoint | None = None

    async def base(self) -> str:
        return (await self._demo()).url

    async def routes(self, document_url: str = "") -> tuple[str, tuple[Route, ...]]:
        if document_url:
            document = await self._http.get_json(document_url)
            return _base_of(document_url, document), read_routes(document)
        shop = await self._demo()
        document = await self._http.get_json(f"{shop.url}/api/openapi.json")
        return shop.url, read_routes(document)

    async def credentials(self) -> Credentials:
        shop = await self._demo()
        told: Any = await self._http.get_json(f"{shop.url}/_workbench", shop.headers)
        try:
            tokens = tuple((str(role), BearerAuth(str(t))) for role, t in told["tokens"].items())
            admin = SessionAuth(str(told["admin"]["username"]), str(told["admin"]["password"]))
        except (KeyError, TypeError, AttributeError) as wrong:
            raise BackendError(
                "The shop did not say how to log in.",
                "Its answer has no tokens or no admin.",
                "Check that the server is the bundled shop of the same version.",
            ) from wrong
        return Credentials(tokens, admin)

    async def send(
        self,
        number: int,
        draft: Draft,
        stopwatch: Stopwatch,
        *,
        redirects: int = REDIRECTS,
        timeouts: Timeouts = _DEFAULT_TIMEOUTS,
    ) -> AsyncGenerator[SendEvent]:
        base = (await self._demo()).url if is_relative(draft.url) else ""
        request = prepare(draft, base)
        if isinstance(draft.auth, SessionAuth):
            session = await self._sessions.headers(draft.auth, request.url)
            request = replace(request, headers=request.headers + session)
        context = await self._context(request)
        outgoing = _with_context(request, context)
        exchange = self._http.exchange(outgoing, timeouts, redirects=redirects, stopwatch=stopwatch)
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
        shop, context, request = self._shop, exchange.context, exchange.request
        if shop is None or context is None or request is None or exchange.head is None:
            return JourneyMissing(number, None, alone)
        if origin(exchange.head.url or request.url) != origin(shop.url):
            return JourneyMissing(number, None, alone)
        url = f"{shop.url}/_trace/{exchange.header('x-trace-id') or context.trace_id}"
        try:
            trace = parse_trace(await self._http.get_json(url, shop.headers))
        except BackendError as problem:
            return JourneyMissing(number, problem, alone)
        return JourneyArrived(number, joined(trace, exchange))

    async def plan(self, trace: Trace, span: Span) -> tuple[str, ...]:
        shop = await self._demo()
        url = f"{shop.url}/_trace/{trace.trace_id}/spans/{span.id}/plan"
        told: Any = await self._http.request_json(HttpRequest("POST", url, shop.headers))
        lines = told.get("lines") if isinstance(told, dict) else None
        return tuple(clean(str(line)) for line in lines) if isinstance(lines, list) else ()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _demo(self) -> DemoEndpoint:
        shop = await self._stack.demo()
        if self._shop is not None and shop != self._shop:
            self._sessions.forget()
        self._shop = shop
        return shop

    async def _context(self, request: HttpRequest) -> TraceContext | None:
        """A new trace context for the shop and this machine; None for everyone else."""
        if not self._is_tracing:
            return None
        if self._shop is None and _is_ready(self._stack):
            await self._demo()
        is_shop = self._shop is not None and origin(request.url) == origin(self._shop.url)
        if not (is_shop or is_loopback(request.url)):
            return None
        given = next((v for n, v in request.headers if n.lower() == "traceparent"), "")
        parts = given.split("-")
        if len(parts) == 4 and len(parts[1]) == 32 and len(parts[2]) == 16:
            return TraceContext(parts[1], parts[2])
        return new_context()


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
    async for event in events:
        match event:
            case Sent(headers=headers):
                yield RequestSent(number, request, headers, context)
            case Redirected():
                yield RedirectFollowed(number, event)
            case HeadArrived():
                yield ResponseBegan(number, event, body)
            case ChunkArrived(data, wire_bytes):
                body.append(data)
                now_us = watch.read().total_us
                if now_us - last_told_us >= 50_000 or body.size == len(data):
                    last_told_us = now_us
                    yield BodyGrew(number, body.size, wire_bytes)
            case Finished(timings):
                yield BodyGrew(number, body.size, wire_bytes)
                body.finish()
                yield ResponseFinished(number, timings)


def _with_context(request: HttpRequest, context: TraceContext | None) -> HttpRequest:
    if context is None or any(name.lower() == "traceparent" for name, _ in request.headers):
        return request
    return replace(request, headers=(*request.headers, ("traceparent", context.traceparent)))


def _is_ready(stack: Stack) -> bool:
    return any(state.name == "demo" and state.condition == "ready" for state in stack.services())


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
