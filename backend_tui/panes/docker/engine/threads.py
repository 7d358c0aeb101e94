"""The threads that the SDK's blocking calls wait in: few, daemons, and gone when closed."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")

WORKERS: Final = 4

_Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class Threads:
    """At most four calls at a time; more wait. A hung call never keeps the process alive."""

    def __init__(self, count: int = WORKERS) -> None:
        self._count = count
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._running: list[threading.Thread] = []
        self._busy = 0

    async def run(self, call: Callable[[], T]) -> T:
        """What the call returns or raises; cancelled, the call still ends, unheard."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._running = [each for each in self._running if each.is_alive()]
        self._busy += 1
        if self._busy > len(self._running) < self._count:
            worker = threading.Thread(target=self._work, name="docker-call", daemon=True)
            self._running.append(worker)
            worker.start()
        self._jobs.put((call, loop, future))
        try:
            return await future
        finally:
            self._busy -= 1

    async def aclose(self, patience: float = 2.0) -> None:
        """End the threads that are idle or become so within the patience, in seconds."""
        running, self._running = self._running, []
        for _ in running:
            self._jobs.put(None)
        if running:
            await asyncio.to_thread(_join, running, patience)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            call, loop, future = job
            try:
                result, failure = call(), None
            except BaseException as problem:  # noqa: BLE001 - raised again where it is awaited
                result, failure = None, problem
            try:
                loop.call_soon_threadsafe(_settle, future, result, failure)
            except RuntimeError:  # the loop was closed meanwhile: nobody waits
                continue


def _settle(future: asyncio.Future[Any], result: object, failure: BaseException | None) -> None:
    if future.done():
        return
    if failure is not None:
        future.set_exception(failure)
    else:
        future.set_result(result)


def _join(threads: list[threading.Thread], patience: float) -> None:
    for thread in threads:
        thread.join(patience)
