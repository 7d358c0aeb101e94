"""Finds what keeps the event loop from answering, and names the line; for tests and `--debug`."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

EVERY: Final = 0.1
PATIENCE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Stall:
    """The loop did not answer for `seconds`; `where` names the lines, innermost last."""

    seconds: float
    where: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.seconds * 1000:.0f} ms in {' < '.join(reversed(self.where[-3:]))}"


@dataclass
class StallMonitor:
    """Watches the running loop of the thread that enters it; `stalls` are those over `limit` s."""

    limit: float = 0.1
    stalls: list[Stall] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        self._watched = threading.get_ident()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="stall-monitor", daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(EVERY):
            answered = threading.Event()
            asked = time.monotonic()
            try:
                self._loop.call_soon_threadsafe(answered.set)
            except RuntimeError:  # the loop is closed
                return
            if answered.wait(PATIENCE):
                continue
            frame = sys._current_frames().get(self._watched)  # noqa: SLF001 - the documented way
            lines = traceback.extract_stack(frame) if frame else []
            while not answered.wait(PATIENCE):
                if self._is_over.is_set():
                    return
            seconds = time.monotonic() - asked
            if seconds > self.limit:
                where = tuple(f"{each.filename}:{each.lineno} {each.name}" for each in lines)
                self.stalls.append(Stall(seconds, where))
