"""Live listeners with bounded queues: who is slow loses the oldest and learns how many."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")


class Listener(Generic[T]):
    """One reader of a broadcast, on the event loop it was made on; items come from any thread."""

    def __init__(self, capacity: int) -> None:
        self._items: deque[T] = deque()
        self._capacity = capacity
        self._dropped = 0
        self._loop = asyncio.get_running_loop()
        self._has_items = asyncio.Event()
        self.is_closed = False

    def put(self, item: T) -> None:
        """Queue an item; the oldest leaves a full queue."""
        if len(self._items) >= self._capacity:
            self._items.popleft()
            self._dropped += 1
        self._items.append(item)
        if not self._has_items.is_set():
            self._loop.call_soon_threadsafe(self._has_items.set)

    def close(self) -> None:
        """No more items: the reader ends at once."""
        self.is_closed = True
        self._loop.call_soon_threadsafe(self._has_items.set)

    async def take(self, seconds: float) -> tuple[list[T], int]:
        """What has come, and how many were lost before it; two nothings after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._has_items.wait()
        except TimeoutError:
            return [], 0
        if not self.is_closed:
            self._has_items.clear()
        items: list[T] = []
        while self._items:
            items.append(self._items.popleft())
        dropped, self._dropped = self._dropped, 0
        return items, dropped


class Broadcast(Generic[T]):
    """One sender, many listeners; `on_change` hears when the first comes and the last goes."""

    def __init__(self, capacity: int, on_change: Callable[[bool], None] | None = None) -> None:
        self._capacity = capacity
        self._on_change = on_change
        self._listeners: list[Listener[T]] = []

    @property
    def is_heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def send(self, item: T) -> None:
        """Queue an item for everyone who listens."""
        for listener in tuple(self._listeners):
            listener.put(item)

    @contextmanager
    def listening(self) -> Iterator[Listener[T]]:
        """A listener for the length of a block."""
        listener: Listener[T] = Listener(self._capacity)
        self._listeners.append(listener)
        if self._on_change and len(self._listeners) == 1:
            self._on_change(True)
        try:
            yield listener
        finally:
            self._listeners.remove(listener)
            if self._on_change and not self._listeners:
                self._on_change(False)

    def close(self) -> None:
        """End all listeners."""
        for listener in tuple(self._listeners):
            listener.close()
