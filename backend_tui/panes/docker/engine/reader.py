"""One streaming response read by a thread of its own, its items handed to the loop in batches.

The reader waits when `ROOM` items are not taken yet, so a slow screen slows the engine and nothing
is lost or kept without bound. Closing shuts the socket: a read that blocks ends within a ms.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Final, TypeVar

T = TypeVar("T")

Decode = Callable[[bytes], Sequence[T]]
"""What a chunk completes; it is called in the reader's thread, in order, and keeps its own rest."""

ROOM: Final = 50_000
CHUNK: Final = 65_536


class Reader:
    """Opens the response, reads it to its end, decodes it; every state is behind one lock."""

    def __init__(
        self,
        open_response: Callable[[], Any],
        decode: Decode[Any],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._open = open_response
        self._decode = decode
        self._loop = loop
        self._changed = threading.Condition()
        self._items: list[Any] = []
        self._is_open = self._is_over = self._is_closed = self._is_woken = False
        self._failure: BaseException | None = None
        self._response: Any = None
        self.arrived = asyncio.Event()
        self.thread = threading.Thread(target=self._read, name="docker-stream", daemon=True)

    def take(self) -> tuple[list[Any], bool, bool, BaseException | None]:
        """Items so far, whether the response has begun, whether it is over, and why."""
        with self._changed:
            items, self._items = self._items, []
            self._is_woken = False
            self._changed.notify_all()
            return items, self._is_open, self._is_over, self._failure

    def close(self) -> None:
        """Stop at once, from any thread."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            response = self._response
        if response is not None:
            _shut(response)

    def _read(self) -> None:
        try:
            response = self._open()
            with self._changed:
                self._response = response
                self._is_open = True
                is_closed = self._is_closed
            self._wake()
            if not is_closed:
                self._read_all(response)
        except BaseException as problem:  # noqa: BLE001 - raised again where the items are taken
            self._failure = problem
        finally:
            with self._changed:
                self._is_over = True
                response, self._response = self._response, None
            if response is not None:
                with contextlib.suppress(OSError):
                    response.close()
            self._wake()

    def _read_all(self, response: Any) -> None:
        _without_timeout(response)
        while not self._is_closed:
            chunk: bytes = response.raw.read1(CHUNK)  # what has arrived, at least one byte
            if not chunk:
                return
            items = self._decode(chunk)
            if items:
                self._put(items)

    def _put(self, items: Sequence[Any]) -> None:
        with self._changed:
            self._items.extend(items)
            self._wake()
            while len(self._items) >= ROOM and not self._is_closed:
                self._changed.wait()

    def _wake(self) -> None:
        with self._changed:
            if self._is_woken:
                return
            self._is_woken = True
        with contextlib.suppress(RuntimeError):  # the loop was closed: nobody reads any more
            self._loop.call_soon_threadsafe(self.arrived.set)


async def read(open_response: Callable[[], Any], decode: Decode[T]) -> AsyncGenerator[list[T]]:
    """An empty list once the engine has begun to answer, then what arrives, until it ends.

    Raises what opening or reading raised; an end without an error says nothing about its cause.
    """
    reader = Reader(open_response, decode, asyncio.get_running_loop())
    reader.thread.start()
    is_told = False
    try:
        while True:
            await reader.arrived.wait()
            reader.arrived.clear()
            items, is_open, is_over, failure = reader.take()
            if is_open and not is_told:
                is_told = True
                yield []
            if items:
                yield items
            if is_over:
                if failure is not None:
                    raise failure
                return
    finally:
        reader.close()


def _socket(response: Any) -> Any:
    """The connection's socket, however the SDK's adapter wraps it; None when it is gone."""
    connection = getattr(response.raw, "_connection", None)
    sock = getattr(connection, "sock", None)
    if sock is not None:
        return sock
    pointer = getattr(getattr(response.raw, "_fp", None), "fp", None)
    inner = getattr(pointer, "raw", pointer)
    for name in ("_sock", "sock", "channel"):
        if (found := getattr(inner, name, None)) is not None:
            return found
    return None


def _without_timeout(response: Any) -> None:
    """A quiet stream is a healthy one: only opening had a time limit."""
    if (sock := _socket(response)) is not None:
        sock.settimeout(None)


def _shut(response: Any) -> None:
    sock = _socket(response)
    if sock is None:
        return
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR) if isinstance(sock, socket.socket) else sock.close()
