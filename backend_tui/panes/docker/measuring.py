"""Which containers are measured: those that are seen, at most so many, none while hidden."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from typing import Final

from backend_tui.core.errors import BackendError
from backend_tui.panes.docker.engine.stats import Sample

MOST: Final = 24
"""Streams at once: the engine pays for each about a third of a per cent of a core."""
EVERY: Final = 1.0
AGAIN: Final = 5.0
"""Seconds until a stream that ended or was refused is asked for again."""


class Measuring:
    """One stream for each wanted container; the newest samples come together once a second."""

    def __init__(self, samples: Callable[[str], AsyncGenerator[Sample]], most: int = MOST) -> None:
        self._samples = samples
        self._most = most
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._newest: dict[str, Sample] = {}
        self._arrived = asyncio.Event()
        self._refused: dict[str, float] = {}

    @property
    def count(self) -> int:
        """How many streams are open."""
        return sum(not each.done() for each in self._readers.values())

    def want(self, ids: Iterable[str]) -> frozenset[str]:
        """Measure these from now on, the first ones when they are too many.

        Returns those that are not measured any more.
        """
        wanted = list(dict.fromkeys(ids))[: self._most]
        left = frozenset(self._readers) - frozenset(wanted)
        for identity in left:
            self._readers.pop(identity).cancel()
            self._refused.pop(identity, None)
            self._newest.pop(identity, None)
        for identity in wanted:
            reader = self._readers.get(identity)
            if (reader is None or reader.done()) and not self._was_refused(identity):
                self._readers[identity] = asyncio.create_task(self._read(identity))
        return left

    async def batches(self) -> AsyncGenerator[tuple[Sample, ...]]:
        """The newest sample of each that has a new one, at most once a second; for ever."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            newest, self._newest = self._newest, {}
            if newest:
                yield tuple(newest.values())
            await asyncio.sleep(EVERY)

    async def aclose(self) -> None:
        """Stop every stream and wait until its thread has been told."""
        readers = list(self._readers.values())
        self._readers.clear()
        self._newest.clear()
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)

    def _was_refused(self, identity: str) -> bool:
        """True for some seconds after a stream could not be had."""
        at = self._refused.get(identity)
        return at is not None and asyncio.get_running_loop().time() - at < AGAIN

    async def _read(self, identity: str) -> None:
        try:
            async with aclosing(self._samples(identity)) as samples:
                async for sample in samples:
                    self._newest[identity] = sample
                    self._arrived.set()
        except BackendError:
            pass  # it is gone or the engine is: the watch of the engine tells both
        self._refused[identity] = asyncio.get_running_loop().time()
