"""Where journeys are recorded: the current span of each task, and the journeys of late."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from demo_server.tracing.listening import Broadcast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo_server.tracing.spans import Journey, Kind, Span

KEPT_JOURNEYS = 500
KEPT_SPANS = 50_000

here: ContextVar[Span | None] = ContextVar("here", default=None)


def enter(kind: Kind, name: str) -> Span | None:
    """Begin a span under the current one and make it current; None outside of a journey."""
    parent = here.get()
    if parent is None or parent.journey.is_finished:
        return None
    span = parent.journey.open(parent, kind, name)
    here.set(span)
    return span


def leave(span: Span | None) -> None:
    """End a span and go back to the one around it."""
    if span is not None:
        span.journey.close(span)
        here.set(span.parent)


@contextmanager
def step(kind: Kind, name: str) -> Iterator[Span | None]:
    """A span around a block; an exception is noted and goes on."""
    span = enter(kind, name)
    try:
        yield span
    except BaseException as error:
        if span is not None:
            span.fail(error)
        raise
    finally:
        leave(span)


class Recorder:
    """The journeys that are under way and the last ones that ended, in memory only."""

    def __init__(self) -> None:
        self.finished: deque[Journey] = deque()
        self.broadcast: Broadcast[Journey] = Broadcast(200)
        self._running: dict[str, list[tuple[Journey, asyncio.Event]]] = {}
        self._spans = 0
        self._sequence = 0

    def begin(self, journey: Journey) -> None:
        """A journey starts."""
        self._running.setdefault(journey.trace_id, []).append((journey, asyncio.Event()))

    def end(self, journey: Journey) -> None:
        """A journey is over: number it, keep it, tell the listeners; the oldest make room."""
        journey.finish()
        self._sequence += 1
        journey.sequence = self._sequence
        self.finished.append(journey)
        self._spans += len(journey.spans)
        while len(self.finished) > KEPT_JOURNEYS or (
            self._spans > KEPT_SPANS and len(self.finished) > 1
        ):
            self._spans -= len(self.finished.popleft().spans)
        companions = self._running[journey.trace_id]
        for at, (other, is_over) in enumerate(companions):
            if other is journey:
                is_over.set()
                del companions[at]
                break
        if not companions:
            del self._running[journey.trace_id]
        self.broadcast.send(journey)

    def find(self, trace_id: str) -> Journey | None:
        """The last finished journey of this trace that is still kept."""
        return next((each for each in reversed(self.finished) if each.trace_id == trace_id), None)

    async def wait_for(self, trace_id: str, seconds: float) -> Journey | None:
        """The journey of this trace, given `seconds` to end when it is still under way."""
        if companions := self._running.get(trace_id):
            try:
                async with asyncio.timeout(seconds):
                    await companions[-1][1].wait()
            except TimeoutError:
                return None
        return self.find(trace_id)


recorder = Recorder()
