"""Collects garbage while nobody waits: a look through what lives would hold up a key by 100 ms."""

from __future__ import annotations

import asyncio
import gc
from typing import Final, Literal

YOUNG: Final = 5_000
NEVER: Final = 1_000_000
PAUSE: Final = 0.15
QUIET: Final = 3.0
OLD: Final = 100


class QuietCollector:
    """The youngest objects are looked through at once (3 ms), the others in a quiet moment.

    Objects made before `start` are kept for good. It watches from the running loop's thread.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._is_due = False
        self._full: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look after the garbage from now on."""
        gc.freeze()
        gc.set_threshold(YOUNG, NEVER, NEVER)
        gc.callbacks.append(self._noted)
        gc.enable()

    def _noted(self, phase: Literal["start", "stop"], info: dict[str, int]) -> None:
        """Called by Python in whichever thread made the object that was one too many."""
        if phase == "stop" and info["generation"] == 0 and not self._is_due:
            if self._loop.is_closed():
                gc.callbacks.remove(self._noted)
                return
            self._is_due = True
            self._loop.call_soon_threadsafe(self._loop.call_later, PAUSE, self._collect_young)

    def _collect_young(self) -> None:
        gc.collect(1)
        self._is_due = False
        if self._full is not None:
            self._full.cancel()
        old = gc.get_count()[2]
        self._full = self._loop.call_later(QUIET, gc.collect) if old >= OLD else None
