"""The newest operations of the cache, numbered without holes, for readers at their own pace.

Writing is a slot of a list and a check whether anybody waits; it never waits itself. Readers ask
for what comes after the number they know. What was overwritten before they asked is gone for them,
and they see it by the numbers: a reader that stalls costs nothing.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from typing import Any

T = TypeVar("T", bound="tuple[Any, ...]")


class Ring(Generic[T]):
    """At most `capacity` rows; the first member of each is its number, from 1, without holes.

    Numbers may come out of order from several threads; a row is given to readers only when all
    before it are there. `rows`, `last` and `sleepers` are for `put`, which the feed spells out to
    spare a call.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.rows: list[T | None] = [None] * capacity
        self.last = 0
        self.sleepers: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._lock = Lock()
        self.is_closed = False

    def put(self, row: T) -> None:
        """Keep a row, from any thread."""
        number = row[0]
        self.rows[number % self.capacity] = row
        self.last = number
        if self.sleepers:
            self.wake()

    @property
    def newest(self) -> int:
        """The number of the newest row up to which none is missing; 0 when there is none."""
        newest = self.last  # the last written, which another thread may have overtaken
        while (row := self.rows[(newest + 1) % self.capacity]) and row[0] == newest + 1:
            newest += 1
        return newest

    @property
    def kept(self) -> int:
        """How many rows are here."""
        return min(self.newest, self.capacity)

    def after(self, number: int, limit: int) -> list[T]:
        """At most `limit` rows that follow `number`; the first is a later one after a gap."""
        rows: list[T] = []
        at = max(number, self.last - self.capacity) + 1
        while len(rows) < limit:
            row = self.rows[at % self.capacity]
            if row is None or row[0] < at:
                break
            if row[0] == at:
                rows.append(row)
                at += 1
            elif rows:
                break
            else:  # overwritten since we looked
                at = row[0] - self.capacity + 1
        return rows

    async def wait(self, number: int, seconds: float) -> bool:
        """Until there is a row after `number`, or the ring is closed; False after `seconds`."""
        is_there = asyncio.Event()
        sleeper = (asyncio.get_running_loop(), is_there)
        with self._lock:
            self.sleepers.append(sleeper)
        try:
            if self.is_closed or self.after(number, 1):
                return True
            async with asyncio.timeout(seconds):
                await is_there.wait()
        except TimeoutError:
            return False
        else:
            return True
        finally:
            with self._lock, suppress(ValueError):
                self.sleepers.remove(sleeper)

    def close(self) -> None:
        """Send all readers home."""
        self.is_closed = True
        self.wake()

    def wake(self) -> None:
        """Let all who wait look again, from any thread."""
        with self._lock:
            sleepers, self.sleepers = self.sleepers, []
        for loop, is_there in sleepers:
            with suppress(RuntimeError):  # its loop has ended
                loop.call_soon_threadsafe(is_there.set)
