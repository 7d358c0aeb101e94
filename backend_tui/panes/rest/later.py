"""The stack's client, imported when something is asked: to write a request, nothing of it is."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Final

from backend_tui.core.exchange import Timeouts
from backend_tui.panes.rest.exchanges import REDIRECTS

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from backend_tui.core.authentication import BearerAuth, SessionAuth
    from backend_tui.core.clock import Clock
    from backend_tui.core.exchange import Stopwatch
    from backend_tui.core.http_cache.listing import StoredAnswer
    from backend_tui.core.trace import Span, Trace
    from backend_tui.panes.rest.client import RestClient, StackRestClient
    from backend_tui.panes.rest.exchanges import (
        Exchange,
        JourneyArrived,
        JourneyMissing,
        SendEvent,
    )
    from backend_tui.panes.rest.request import Draft
    from backend_tui.panes.rest.routes import Route
    from backend_tui.stack.endpoints import Stack

_DEFAULT_TIMEOUTS: Final = Timeouts()


class LaterRestClient:
    """A `RestClient` by way of `StackRestClient`; its import happens in a thread."""

    def __init__(self, stack: Stack, *, is_tracing: bool, clock: Clock | None = None) -> None:
        self._clock = clock
        self._stack = stack
        self._is_tracing = is_tracing
        self._made: RestClient | None = None

    async def base(self) -> str:
        return await (await self._client()).base()

    async def routes(self, document_url: str = "") -> tuple[str, tuple[Route, ...]]:
        return await (await self._client()).routes(document_url)

    async def credentials(self) -> dict[str, BearerAuth | SessionAuth]:
        return await (await self._client()).credentials()

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
        client = await self._client()
        sending = client.send(
            number, draft, stopwatch, redirects=redirects, timeouts=timeouts, caching=caching
        )
        async with aclosing(sending) as events:
            async for event in events:
                yield event

    async def journey(self, exchange: Exchange) -> JourneyArrived | JourneyMissing:
        return await (await self._client()).journey(exchange)

    async def plan(self, trace: Trace, span: Span) -> tuple[str, ...]:
        return await (await self._client()).plan(trace, span)

    def stored(self) -> tuple[StoredAnswer, ...]:
        return self._made.stored() if self._made is not None else ()

    def forget(self, url: str = "") -> int:
        return self._made.forget(url) if self._made is not None else 0

    async def aclose(self) -> None:
        if self._made is not None:
            await self._made.aclose()

    async def _client(self) -> RestClient:
        if self._made is not None:
            return self._made
        return self._make(await asyncio.to_thread(_client_class))

    def _make(self, kind: type[StackRestClient]) -> RestClient:
        """Make it once, however many have waited for its import."""
        if self._made is None:
            self._made = kind(self._stack, is_tracing=self._is_tracing, clock=self._clock)
        return self._made


def _client_class() -> type[StackRestClient]:
    from backend_tui.panes.rest.client import StackRestClient

    return StackRestClient
