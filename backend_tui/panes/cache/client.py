"""How the Cache pane learns what the shop's cache does: the feed of operations, and its state."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol

from backend_tui.core.clock import Clock, SystemClock
from backend_tui.core.errors import BackendError
from backend_tui.core.http import ChunkArrived, HeadArrived, HttpClient, HttpRequest, Timeouts
from backend_tui.core.server_sent import EventParser
from backend_tui.core.text import clean_line
from backend_tui.panes.cache.model import CacheStatus, Connected
from backend_tui.panes.cache.wire import Operations, read_operations
from backend_tui.stack.endpoints import DemoEndpoint, Stack

_SILENCE: Final = 40.0
"""Seconds without a heartbeat after which the feed counts as broken."""

_CLOCKS_AGREE: Final = 2_000.0
"""Clocks that differ by less ms are taken for one: the Date header has whole seconds."""


class CacheClient(Protocol):
    """What the pane and the commands ask for; every method raises `BackendError`."""

    def follow(self, *, is_from_start: bool = False) -> AsyncGenerator[Connected | Operations]:
        """The shop's operations until the connection ends; opened again, it goes on after the last.

        The first time it begins with now, or with the oldest that the shop still keeps.
        """
        ...

    async def status(self) -> CacheStatus:
        """The shop's cache as it is."""
        ...

    async def aclose(self) -> None:
        """Close the connections; the client may be used again."""
        ...


class StackCacheClient:
    """The cache of the running stack's shop."""

    def __init__(self, stack: Stack, clock: Clock | None = None) -> None:
        self._stack = stack
        self._clock = clock or SystemClock()
        self._http = HttpClient()
        self._source = ""
        self._last = 0

    async def aclose(self) -> None:
        await self._http.aclose()

    async def status(self) -> CacheStatus:
        return await self._status(await self._stack.demo())

    async def follow(
        self, *, is_from_start: bool = False
    ) -> AsyncGenerator[Connected | Operations]:
        shop = await self._stack.demo()
        status = await self._status(shop)
        if status.source != self._source:
            is_other_life = bool(self._source)
            self._source = status.source
            self._last = 0 if is_from_start or is_other_life else status.sequence
        request = HttpRequest(
            "GET",
            f"{shop.url}/_cache/events?since={self._source}:{self._last}",
            (*shop.headers, ("Accept", "text/event-stream")),
        )
        parser = EventParser()
        async with aclosing(self._http.exchange(request, Timeouts(read=_SILENCE))) as events:
            async for event in events:
                if isinstance(event, HeadArrived):
                    if event.status != 200:
                        raise _no_feed(shop, event.status)
                    yield Connected(status, self._ahead_ms(event))
                elif isinstance(event, ChunkArrived):
                    for message in parser.feed(event.data):
                        if message.event == "operations":
                            async with aclosing(read_operations(message.data)) as batches:
                                async for batch in batches:
                                    self._source, self._last = batch.source, batch.last
                                    yield batch

    async def _status(self, shop: DemoEndpoint) -> CacheStatus:
        document = await self._http.get_json(f"{shop.url}/_cache", shop.headers)
        return _status(document)

    def _ahead_ms(self, head: HeadArrived) -> float:
        """How far the server's clock is ahead of ours; 0 for clocks that agree."""
        said = next((value for name, value in head.headers if name.lower() == "date"), "")
        try:
            ahead = (parsedate_to_datetime(said) - self._clock.now()).total_seconds() * 1_000
        except (ValueError, TypeError):
            return 0.0
        return ahead if abs(ahead) > _CLOCKS_AGREE else 0.0


def _status(document: Any) -> CacheStatus:
    """The state document as typed values; what it leaves out has its quiet default."""
    try:
        store, ring = document.get("store") or {}, document.get("ring") or {}
        fsync = store.get("fsync")
        return CacheStatus(
            source=clean_line(str(document["source"])),
            sequence=int(document["sequence"]),
            kind=clean_line(str(store.get("kind", ""))),
            prefix=clean_line(str(store.get("prefix", ""))),
            fsync=None if fsync is None else clean_line(str(fsync)),
            tells_expiry=bool(store.get("tells_expiry", False)),
            kept=int(ring.get("kept", 0)),
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise BackendError(
            "The shop did not say how its cache is.",
            "Its answer to GET /_cache has no source or no sequence.",
            "Check that the server is the bundled shop of the same version.",
        ) from wrong


def _no_feed(shop: DemoEndpoint, status: int) -> BackendError:
    return BackendError(
        "This server tells no cache operations.",
        f"It answered {status} for {shop.url}/_cache/events.",
        "The bundled shop does, for the token of the workbench it belongs to.",
    )
