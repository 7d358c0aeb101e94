"""Answers that do not come from the network: stored ones, and the 504 of only-if-cached."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace
from typing import Final

from backend_tui.core.exchange import (
    ChunkArrived,
    ExchangeEvent,
    Finished,
    HeadArrived,
    HttpRequest,
    Stopwatch,
    Timeouts,
    Timings,
)
from backend_tui.core.http_cache.directives import combined, delta
from backend_tui.core.http_cache.entry import Entry
from backend_tui.core.http_cache.outcome import CacheOutcome
from backend_tui.core.http_cache.storing import refusal

_DRAINED: Final = 65_536


@dataclass(frozen=True, slots=True)
class CacheTold:
    """What the cache did; comes once, before `Finished`."""

    outcome: CacheOutcome


CachedEvent = ExchangeEvent | CacheTold


@dataclass(slots=True)
class Hop:
    """One request on its way: what was decided, what went over the wire, how long looking took."""

    request: HttpRequest
    timeouts: Timeouts
    stopwatch: Stopwatch
    began: float
    lookup_us: int = 0
    wire_requests: int = 0

    def told(self, outcome: CacheOutcome) -> CacheTold:
        return CacheTold(
            replace(outcome, lookup_us=self.lookup_us, wire_requests=self.wire_requests)
        )


def timed_as(event: CachedEvent, finished: ExchangeEvent) -> CachedEvent:
    """The end of a served answer carries the times of the exchange that confirmed it."""
    return finished if isinstance(event, Finished) else event


async def from_store(
    hop: Hop, entry: Entry, age: float, status: int | None
) -> AsyncGenerator[ExchangeEvent]:
    """The stored answer as events; `status` 304: to the request's own condition, without body."""
    headers = tuple(pair for pair in entry.head.headers if pair[0].lower() != "age")
    head = replace(entry.head, headers=(*headers, ("Age", str(max(int(age), 0)))))
    if status is not None:
        head = replace(head, status=status, reason="Not Modified")
    yield head
    if entry.body and status is None and hop.request.method != "HEAD":
        yield ChunkArrived(entry.body, 0)
    us = max(round((time.perf_counter() - hop.began) * 1_000_000), hop.lookup_us)
    yield Finished(Timings((), us))


async def refused(hop: Hop, why: str) -> AsyncGenerator[CachedEvent]:
    """504: only-if-cached, and the cache cannot answer (RFC 9111 5.2.1.7)."""
    yield HeadArrived(
        504, "Gateway Timeout", "HTTP/1.1", (("Content-Length", "0"),), hop.request.url
    )
    yield hop.told(CacheOutcome("refused", why))
    yield Finished(Timings((), hop.lookup_us))


async def drained(
    events: AsyncGenerator[CachedEvent], request: HttpRequest, head: HeadArrived
) -> int:
    """Read a redirect to its end when it may be stored and is short; how many requests it took."""
    length = delta(combined(head.headers, "content-length") or "")
    if refusal(request, head) or length is None or length > _DRAINED:
        return 1
    sent = 1
    async for event in events:
        if isinstance(event, CacheTold):
            sent = event.outcome.wire_requests
    return sent
