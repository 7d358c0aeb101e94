"""Answers that come in parts: multipart/mixed and server-sent events, ended when the server stops.

multipart: https://github.com/graphql/graphql-over-http, "Incremental Delivery over HTTP".
Server-sent events: the "distinct connections mode" of graphql-sse.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from typing import Any, Final

Encode = Callable[[Any], bytes]
Source = AsyncGenerator[dict[str, Any], None]

HEARTBEAT: Final = 12.0
MULTIPART: Final = 'multipart/mixed; boundary="-"; deferSpec=20220824'
SERVER_SENT: Final = "text/event-stream; charset=utf-8"

_waiting: Final[set[asyncio.Task[Any]]] = set()
_is_stopping = False


def close_streams() -> None:
    """End every stream at once, so that the server can stop."""
    global _is_stopping
    _is_stopping = True
    for task in tuple(_waiting):
        task.cancel()


async def paced(source: Source, every: float = HEARTBEAT) -> AsyncIterator[dict[str, Any] | None]:
    """The items of the source, None after every pause; it is never cancelled for a heartbeat."""
    try:
        while not _is_stopping:
            reading = asyncio.ensure_future(anext(source))
            _waiting.add(reading)
            try:
                while not (await asyncio.wait((reading,), timeout=every))[0]:
                    yield None
            finally:
                _waiting.discard(reading)
                reading.cancel()
            try:
                yield reading.result()
            except (StopAsyncIteration, asyncio.CancelledError):
                return
    finally:
        with suppress(RuntimeError):  # it is still unwinding: cancelling closes it, too
            await source.aclose()


async def server_sent(source: Source, encode: Encode) -> AsyncIterator[bytes]:
    """Each item as an event `next`, and `complete` at the end."""
    yield b":\n\n"
    async for item in paced(source):
        yield b":\n\n" if item is None else b"event: next\ndata: %s\n\n" % encode(item)
    yield b"event: complete\ndata:\n\n"


async def multipart(source: Source, encode: Encode) -> AsyncIterator[bytes]:
    """Each item as a part; the boundary after it comes with it, so that nobody waits for it."""
    yield b"---"
    async for item in paced(source):
        if item is None:
            continue
        is_last = item.get("hasNext") is not True
        head = b"\r\nContent-Type: application/json; charset=utf-8\r\n\r\n"
        yield head + encode(item) + (b"\r\n-----\r\n" if is_last else b"\r\n---")
        if is_last:
            return
    yield b"\r\n-----\r\n"
