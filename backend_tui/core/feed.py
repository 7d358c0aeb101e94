"""Streams that live longer than their connection, and floods made into few refreshes.

A source is a function that opens an `AsyncGenerator`; `reconnecting()` opens it again whenever
it is lost and says so within the stream, `batched()` gathers what arrives within a short time.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, TypeVar

from backend_tui.core.clock import Clock, SystemClock
from backend_tui.core.errors import BackendError

T = TypeVar("T")

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 15.0


@dataclass(frozen=True, slots=True)
class Live:
    """The stream is open again."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The stream broke; it is opened again after `retry_in` seconds."""

    error: BackendError
    retry_in: float


@dataclass(frozen=True, slots=True)
class Dropped:
    """So many items were thrown away because the reader was slower than the source."""

    count: int


def pauses(first: float = FIRST_PAUSE, longest: float = LONGEST_PAUSE) -> Iterator[float]:
    """Seconds to wait before each next try: doubling from `first` up to `longest`, for ever."""
    pause = first
    while True:
        yield pause
        pause = min(pause * 2, longest)


async def reconnecting(
    source: Callable[[], AsyncGenerator[T]], clock: Clock | None = None
) -> AsyncGenerator[T | Live | Lost]:
    """The items of the source for ever, with `Live` at each opening and `Lost` at each break.

    `Live` comes with the first item of each opening or, from a quiet source, when it ends in
    order. The source ends a stream by returning, breaks it by raising `BackendError`; both are
    followed by a new opening after a pause that grows until an item arrives.
    """
    clock = clock or SystemClock()
    waits = pauses()
    while True:
        is_live = False
        error = BackendError("The stream ended.", "The other side closed it.")
        try:
            async with aclosing(source()) as items:
                async for item in items:
                    if not is_live:
                        is_live = True
                        waits = pauses()
                        yield Live()
                    yield item
        except BackendError as broken:
            error = broken
        pause = next(waits)
        yield Lost(error, pause)
        await clock.sleep(pause)


async def batched(
    items: AsyncGenerator[T], every: float = 0.1, limit: int = 10_000
) -> AsyncGenerator[list[T | Dropped]]:
    """Lists of what arrived, at most one list in `every` seconds; a quiet source costs nothing.

    Of more than `limit` waiting items the oldest are dropped, and a leading `Dropped` counts them.
    An error of the source is raised after what came before it.
    """
    waiting: deque[T] = deque(maxlen=limit)
    arrived = asyncio.Event()
    dropped = 0

    async def gather() -> None:
        nonlocal dropped
        try:
            async with aclosing(items):
                async for item in items:
                    dropped += len(waiting) == limit
                    waiting.append(item)
                    arrived.set()
        finally:
            arrived.set()

    gathering = asyncio.create_task(gather())
    try:
        while not (gathering.done() and not waiting):
            await arrived.wait()
            arrived.clear()
            if waiting:
                batch: list[T | Dropped] = [Dropped(dropped)] if dropped else []
                batch.extend(waiting)
                waiting.clear()
                dropped = 0
                yield batch
            if not gathering.done():
                await asyncio.sleep(every)
        await gathering
    finally:
        gathering.cancel()
        await asyncio.gather(gathering, return_exceptions=True)
