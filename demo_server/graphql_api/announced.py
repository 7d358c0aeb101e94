"""What the shop announces, from whatever thread, as a stream on this event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar

from demo_server.shop.announcements import Announcement, listen

T = TypeVar("T")

CAPACITY: Final = 1000


class Announced(Generic[T]):
    """Announcements of one kind from this moment on; who is slow loses the oldest.

    It listens at once, not when it is first read, so that nothing falls between the answer to a
    subscription and its first event. Close it.
    """

    def __init__(self, kind: type[T], is_wanted: Callable[[T], bool] = lambda _: True) -> None:
        self._kind = kind
        self._is_wanted = is_wanted
        self._waiting: deque[T] = deque(maxlen=CAPACITY)
        self._has_some = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._stop: Callable[[], None] | None = listen(self._hear)

    def _hear(self, announcement: Announcement) -> None:
        if isinstance(announcement, self._kind) and self._is_wanted(announcement):
            self._waiting.append(announcement)
            self._loop.call_soon_threadsafe(self._has_some.set)

    def __aiter__(self) -> Announced[T]:
        return self

    async def __anext__(self) -> T:
        while not self._waiting:
            if self._stop is None:
                raise StopAsyncIteration
            self._has_some.clear()
            if not self._waiting:
                await self._has_some.wait()
        return self._waiting.popleft()

    async def aclose(self, *_: Any) -> None:
        """Stop listening."""
        if self._stop is not None:
            self._stop()
            self._stop = None
            self._has_some.set()
