"""A broadcast as server-sent events: ids, heartbeats, and a word about what a slow reader lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from demo_server.tracing.wire import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable

    from demo_server.tracing.listening import Broadcast, Listener

T = TypeVar("T")

HEARTBEAT = 12.0


async def stream(
    receive: ASGIReceiveCallable,
    send: ASGISendCallable,
    name: str,
    broadcast: Broadcast[T],
    document: Callable[[T], tuple[int, dict[str, Any]]],
    missed: Iterable[T],
) -> None:
    """Send every item until the reader leaves or the broadcast is closed."""
    with broadcast.listening() as listener:
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),
                ],
                "trailers": False,
            }
        )
        await _send(send, b": listening\n\n")
        for item in missed:
            await _send(send, _event(name, *document(item)))
        writing = asyncio.create_task(_write(send, name, listener, document))
        leaving = asyncio.create_task(_until_left(receive))
        await asyncio.wait((writing, leaving), return_when=asyncio.FIRST_COMPLETED)
        for task in (writing, leaving):
            task.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await task
    with suppress(OSError):
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _write(
    send: ASGISendCallable,
    name: str,
    listener: Listener[T],
    document: Callable[[T], tuple[int, dict[str, Any]]],
) -> None:
    while not listener.is_closed:
        items, dropped = await listener.take(HEARTBEAT)
        if dropped:
            await _send(send, b'event: dropped\ndata: {"count":%d}\n\n' % dropped)
        for item in items:
            await _send(send, _event(name, *document(item)))
        if not items and not listener.is_closed:
            await _send(send, b": still here\n\n")


async def _until_left(receive: ASGIReceiveCallable) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(name: str, number: int, document: dict[str, Any]) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, name.encode(), encode(document))


async def _send(send: ASGISendCallable, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})
