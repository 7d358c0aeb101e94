"""A broadcast as server-sent events: ids, heartbeats, and a word about what a slow reader lost."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from demo_server.tracing.wire import encode

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from asgiref.typing import ASGIReceiveCallable, ASGISendCallable

    from demo_server.tracing.listening import Broadcast, Listener

T = TypeVar("T")

HEARTBEAT = 12.0
STILL_HERE = b": still here\n\n"


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

        async def write() -> None:
            for item in missed:
                await send_bytes(send, _event(name, *document(item)))
            await _write(send, name, listener, document)

        await answer(receive, send, write)


async def answer(
    receive: ASGIReceiveCallable,
    send: ASGISendCallable,
    write: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    """An answer of events, which `write` sends, until that ends or the reader leaves."""
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
    await send_bytes(send, b": listening\n\n")
    writing = asyncio.create_task(write())
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
            await send_bytes(send, b'event: dropped\ndata: {"count":%d}\n\n' % dropped)
        for item in items:
            await send_bytes(send, _event(name, *document(item)))
        if not items and not listener.is_closed:
            await send_bytes(send, STILL_HERE)


async def _until_left(receive: ASGIReceiveCallable) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _event(name: str, number: int, document: dict[str, Any]) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (number, name.encode(), encode(document))


async def send_bytes(send: ASGISendCallable, body: bytes) -> None:
    """Send a part of the answer; waits while the reader does not take what was sent before."""
    await send({"type": "http.response.body", "body": body, "more_body": True})
