"""Where journeys are recorded: the current span of each task, and the journeys of late."""

from __future__ import annotations

import asyncio
from collections import deque
from contextvars import ContextVar
from time import perf_counter_ns
from typing import TYPE_CHECKING

from demo_server.tracing.listening import Broadcast
from demo_server.tracing.spans import Span

if TYPE_CHECKING:
    from demo_server.tracing.spans import Journey, Kind

KEPT_JOURNEYS = 500
KEPT_SPANS = 50_000

here: ContextVar[Span | None] = ContextVar("here", default=None)


class step:  # noqa: N801 - used as a statement: `with step("view", name):`
    """A span around a block, None outside of a journey; an exception is noted and goes on.

    It stands on the way of every request, so it calls as little as it can.
    """

    __slots__ = ("_kind", "_name", "_span")

    def __init__(self, kind: Kind, name: str) -> None:
        self._kind: Kind = kind
        self._name = name

    def __enter__(self) -> Span | None:
        parent = here.get()
        if parent is None or parent.journey.is_finished:
            self._span = None
            return None
        self._span = span = Span(parent.journey, parent, self._kind, self._name)
        here.set(span)
        return span

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        span = self._span
        if span is None:
            return
        if error is not None:
            span.fail(error)
        if not span.ended:
            span.ended = perf_counter_ns()
        here.set(span.parent)


class Recorder:
    """The journeys that are under way and the last ones that ended, in memory only."""

    def __init__(self) -> None:
        self.finished: deque[Journey] = deque()
        self.broadcast: Broadcast[Journey] = Broadcast(200)
        self._running: dict[str, int] = {}
        self._waiting: dict[str, asyncio.Event] = {}
        self._spans = 0
        self._sequence = 0

    def begin(self, journey: Journey) -> None:
        """A journey starts."""
        trace_id = journey.trace_id
        self._running[trace_id] = self._running.get(trace_id, 0) + 1

    def end(self, journey: Journey) -> None:
        """A journey is over: number it, keep it, tell the listeners; the oldest make room.

        Only the first call counts.
        """
        if journey.is_finished:
            return
        journey.finish()
        self._sequence += 1
        journey.sequence = self._sequence
        self.finished.append(journey)
        self._spans += len(journey.spans)
        while len(self.finished) > KEPT_JOURNEYS or (
            self._spans > KEPT_SPANS and len(self.finished) > 1
        ):
            self._forget(self.finished.popleft())
        trace_id = journey.trace_id
        still = self._running[trace_id] - 1
        if still:
            self._running[trace_id] = still
        else:
            del self._running[trace_id]
        if is_over := self._waiting.pop(trace_id, None):
            is_over.set()
        self.broadcast.send(journey)

    def _forget(self, journey: Journey) -> None:
        self._spans -= len(journey.spans)
        if not self.broadcast.is_heard:
            journey.release()

    def find(self, trace_id: str) -> Journey | None:
        """The last finished journey of this trace that is still kept."""
        return next((each for each in reversed(self.finished) if each.trace_id == trace_id), None)

    async def wait_for(self, trace_id: str, seconds: float) -> Journey | None:
        """The journey of this trace, given `seconds` to end when it is still under way."""
        if trace_id in self._running:
            is_over = self._waiting.setdefault(trace_id, asyncio.Event())
            try:
                async with asyncio.timeout(seconds):
                    await is_over.wait()
            except TimeoutError:
                return None
        return self.find(trace_id)


recorder = Recorder()
