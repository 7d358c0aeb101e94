"""The cache feed for the workbench: batches of rows, read from the ring as fast as they are taken.

A reader that stops reading is waited for here and holds one batch; what the ring forgets
meanwhile, it sees as a gap in the numbers.
"""

from __future__ import annotations

import asyncio
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Final

from demo_server.caching.feed import SOURCE, ring
from demo_server.caching.foreign import default_cache
from demo_server.tracing import sse
from demo_server.tracing.wire import encode, shown_key
from demo_server.workbench import header, query

if TYPE_CHECKING:
    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope

BATCH: Final = 5000
EVERY: Final = 0.05
"""Seconds between two batches, unless a reader has to catch up."""


async def stream(scope: HTTPScope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    """Send every operation, from the one after `since`, else from now, until the reader leaves."""
    known = known_by(scope)

    async def write() -> None:
        nonlocal known
        while not ring.is_closed:
            if not await ring.wait(known, until_something_expires()):
                await sse.send_bytes(send, sse.STILL_HERE)
                continue
            if len(rows := ring.after(known, BATCH)) < BATCH:
                await asyncio.sleep(EVERY)
                rows = ring.after(known, BATCH)
            if rows:
                known = rows[-1][0]
                await sse.send_bytes(send, event(rows))

    await sse.answer(receive, send, write)


def until_something_expires() -> float:
    """Seconds to wait for an operation at most; keys that nobody asks for go meanwhile."""
    pause = default_cache().settle()
    return sse.HEARTBEAT if pause is None else min(pause, sse.HEARTBEAT)


def known_by(scope: HTTPScope) -> int:
    """The number of the last operation that a reader knows by `?since=` or `Last-Event-ID`.

    Who knows another life of this process, or says 0, gets all that is kept.
    """
    since = query(scope).get("since") or header(scope, b"last-event-id").decode("latin-1")
    if not since:
        return ring.newest
    source, _, number = since.rpartition(":")
    return min(int(number), ring.newest) if source == SOURCE and number.isdecimal() else 0


def event(rows: list[tuple[Any, ...]]) -> bytes:
    """One event of the stream with these rows."""
    first, last = rows[0][0], rows[-1][0]
    since_1970 = time_ns() - perf_counter_ns()
    document = {
        "source": SOURCE,
        "first": first,
        "last": last,
        "rows": [_on_the_wire(row, since_1970) for row in rows],
    }
    ident = f"{SOURCE}:{last}".encode()
    return b"id: %b\nevent: operations\ndata: %b\n\n" % (ident, encode(document))


def close() -> None:
    """End every stream at once."""
    ring.close()


def _on_the_wire(row: tuple[Any, ...], since_1970: int) -> tuple[Any, ...]:
    """Times in ms since 1970 and in microseconds; keys without what must not be seen."""
    number, ended, op, key, result, strategy, started, size, ttl, load, cause, trace, route = row
    return (
        number,
        (ended + since_1970) / 1e6,
        op,
        shown_key(key),
        result,
        strategy,
        (ended - started) / 1e3,
        size,
        ttl,
        None if load is None else load / 1e3,
        cause,
        trace,
        route,
    )
