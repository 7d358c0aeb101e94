"""Write-back as it is often written: a dictionary, a timer, and no thought of what may end.

It is here to be compared: what was acknowledged dies with the process, or with its flusher.
"""

from __future__ import annotations

import asyncio
import logging
from time import perf_counter_ns, time
from typing import TYPE_CHECKING, Literal

from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection

from demo_server.caching.write_back.entry import BEGINNING, NOTHING, Change, Pending, merged
from demo_server.caching.write_back.ledger import Flushed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from demo_server.caching.write_back.ledger import Ledger

logger = logging.getLogger("demo_server.write_back")

State = Literal["running", "stopped", "killed"]


class Buffer:
    """Deferred writes in the memory of this process alone, and the task that writes them."""

    def __init__(self, ledger: Callable[[], Ledger], hear: Callable[[Flushed], None]) -> None:
        self.state: State = "stopped"
        self.flushes = self.applied = self.merged = self.lost = 0
        self._ledger = ledger
        self._hear = hear
        self._pending: dict[str, Pending] = {}
        self._writes: dict[str, int] = {}
        self._drops = 0
        self._task: asyncio.Task[None] | None = None
        self._has_some = asyncio.Event()

    def __len__(self) -> int:
        return sum(each.entries for each in self._pending.values())

    def append(self, key: str, change: Change) -> None:
        """Note a write; that is the acknowledgement."""
        before = self._pending.get(key, NOTHING)
        number = before.entries + 1
        self._writes[key] = self._writes.get(key, 0) + 1
        since = before.since or f"{int(time() * 1000)}-0"
        self._pending[key] = Pending(merged((before.change, change)), str(number), number, since)
        self._has_some.set()

    def newest(self, key: str) -> tuple[str, bool]:
        """What names the key's newest write, and whether it waits."""
        return f"naive {id(self)} {self._drops} {self._writes.get(key, 0)}", key in self._pending

    def pending(self, keys: Sequence[str]) -> list[Pending]:
        """What is noted of each key."""
        return [self._pending.get(key, NOTHING) for key in keys]

    def dirty(self) -> list[tuple[str, Pending]]:
        """Every key with something noted."""
        return list(self._pending.items())

    def start(self, every_s: float) -> None:
        """Write every so many seconds."""
        self.stop()
        self.state = "running"
        self._task = asyncio.create_task(self._run(every_s))

    def stop(self) -> None:
        """Write no more; what is noted stays."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.state = "stopped"

    def kill(self) -> None:
        """The flusher dies, and with it what it held."""
        self.stop()
        self.state = "killed"
        self.lost += len(self)
        self._drops += 1
        self._pending.clear()

    async def flush(self) -> None:
        """Write everything now."""
        taken = dict(self._pending)
        if not taken:
            return
        started = perf_counter_ns()
        changes = {key: each.change for key, each in taken.items()}
        statements = await sync_to_async(self._write)(changes)
        number = sum(each.entries for each in taken.values())
        self.flushes += 1
        self.applied += number
        self.merged += max(0, number - statements)
        for key, written in taken.items():
            now = self._pending.get(key)
            if now is written:
                del self._pending[key]
            elif now is not None:
                self._pending[key] = _rest(now, written)
        us = (perf_counter_ns() - started) / 1000
        entries = {key: each.entries for key, each in taken.items()}
        self._hear(Flushed(BEGINNING, number, 0, statements, 0, us, entries))

    def _write(self, changes: dict[str, Change]) -> int:
        try:
            return self._ledger().write(changes)
        finally:
            connection.close()

    async def _run(self, every_s: float) -> None:
        while True:
            await self._has_some.wait()
            await asyncio.sleep(every_s)
            self._has_some.clear()
            try:
                await self.flush()
            except DatabaseError as error:
                logger.warning("The buffer waits: %s", error)
                self._has_some.set()


def _rest(now: Pending, written: Pending) -> Pending:
    """What came while the rest was being written."""
    adds = {
        name: number - written.change.adds.get(name, 0) for name, number in now.change.adds.items()
    }
    change = Change(now.change.sets, adds, now.change.at)
    return Pending(change, now.last, now.entries - written.entries, now.since)
