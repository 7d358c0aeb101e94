"""A subscription over its connections: opened again with growing pauses, never after its end."""

from __future__ import annotations

import random
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from backend_tui.core.body.source import BodySource
from backend_tui.core.clock import Clock
from backend_tui.core.errors import BackendError
from backend_tui.core.exchange import HttpRequest, Sent, Stopwatch
from backend_tui.core.feed import Dropped, batched, pauses
from backend_tui.core.trace import TraceContext
from backend_tui.panes.graphql.incremental import Merging
from backend_tui.panes.graphql.judging import judge
from backend_tui.panes.graphql.request import Transport
from backend_tui.panes.graphql.run import (
    ConnectionLost,
    EventsArrived,
    Noted,
    PatchesArrived,
    PingAnswered,
    RequestSent,
    ResponseBegan,
    ResponseJudged,
    RunEvent,
    RunFailed,
    Subscribed,
    SubscriptionEnded,
)
from backend_tui.panes.graphql.streaming import (
    Answered,
    Broken,
    Completed,
    Opened,
    Pong,
    StreamItem,
)
from backend_tui.panes.graphql.subscription import LogEvent

T = TypeVar("T")
Connect = Callable[[], AsyncGenerator[Sent | StreamItem]]


@dataclass
class Subscribing:
    """One run of a subscription; `connect` opens one connection of it."""

    number: int
    connect: Connect
    request: HttpRequest
    transport: Transport
    stopwatch: Stopwatch
    clock: Clock
    context: TraceContext | None = None

    async def events(self) -> AsyncGenerator[RunEvent]:
        """The run's events, those of the subscription gathered ten times a second."""
        async with aclosing(batched(self._single())) as batches:
            async for batch in batches:
                for event in _gathered(self.number, batch):
                    yield event

    async def _single(self) -> AsyncGenerator[RunEvent | LogEvent]:
        waits, was_live = pauses(), False
        while True:
            lost: BackendError
            try:
                async with aclosing(self.connect()) as items:
                    async for item in items:
                        if isinstance(item, Opened):
                            was_live, waits = True, pauses()
                        for event in self._told(item):
                            yield event
                        if isinstance(item, Completed | Answered):
                            return
                lost = Broken("The stream ended.", "The other side closed it.")
            except BackendError as broken:
                lost = broken
            code = lost.code if isinstance(lost, Broken) else None
            if code == 1000:
                words = f"The server closed in order, without completing. {lost.why}"
                yield SubscriptionEnded(self.number, words, self.stopwatch.read(), code)
                return
            if not was_live or (isinstance(lost, Broken) and lost.is_final):
                yield RunFailed(self.number, lost, self.stopwatch.read(), code)
                return
            pause = next(waits) * random.uniform(0.75, 1.25)  # noqa: S311 - jitter is no secret
            yield ConnectionLost(self.number, lost, pause, code)
            await self.clock.sleep(pause)

    def _told(self, item: Sent | StreamItem) -> list[RunEvent | LogEvent]:
        number = self.number
        match item:
            case Sent(headers=headers):
                return [RequestSent(number, self.request, headers, self.transport, self.context)]
            case Opened(latency_us, head):
                began = [ResponseBegan(number, head, BodySource())] if head else []
                return [*began, Subscribed(number, latency_us)]
            case Pong(latency_us):
                return [PingAnswered(number, latency_us)]
            case LogEvent():
                return [item]
            case Completed(words, code):
                return [SubscriptionEnded(number, words, self.stopwatch.read(), code)]
            case Answered(answer, text):
                merged = BodySource.of_bytes(text.encode("utf-8", "replace"))
                judged = ResponseJudged(number, answer, self.stopwatch.read())
                return [PatchesArrived(number, (), merged), judged]


def _gathered(number: int, batch: list[RunEvent | LogEvent | Dropped]) -> list[RunEvent]:
    """Events of a subscription that follow each other as one `EventsArrived`."""
    told: list[RunEvent] = []
    waiting: list[LogEvent] = []
    for item in batch:
        if isinstance(item, LogEvent):
            waiting.append(item)
            continue
        if waiting:
            told.append(EventsArrived(number, tuple(waiting)))
            waiting = []
        if isinstance(item, Dropped):
            told.append(Noted(number, f"{item.count} events came too fast and were left out."))
        else:
            told.append(item)
    if waiting:
        told.append(EventsArrived(number, tuple(waiting)))
    return told


async def single_answer(running: Subscribing) -> AsyncGenerator[RunEvent]:
    """A query or mutation over a socket: its results merged, judged once it is complete."""
    merging, number, stopwatch = Merging(), running.number, running.stopwatch
    async with aclosing(running.connect()) as items:
        async for item in items:
            match item:
                case Sent(headers=headers):
                    yield RequestSent(
                        number, running.request, headers, running.transport, running.context
                    )
                case LogEvent(_, at_us, text):
                    patch = merging.take(text.encode("utf-8", "replace"), at_us)
                    merged = BodySource.of_bytes(merging.text())
                    yield PatchesArrived(number, (patch,), merged)
                case Completed():
                    merged = BodySource.of_bytes(merging.text())
                    answer = await judge(200, "application/json", merged)
                    yield ResponseJudged(number, answer, stopwatch.read())
                    return
                case Answered(answer, text):
                    merged = BodySource.of_bytes(text.encode("utf-8", "replace"))
                    yield PatchesArrived(number, (), merged)
                    yield ResponseJudged(number, answer, stopwatch.read())
                    return
    raise Broken("The socket closed before the answer was complete.")
