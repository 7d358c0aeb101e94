"""The threads that the SDK's blocking calls wait in: few, daemons, and gone when closed."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, Final, TypeVar

T = TypeVar("T")

WORKERS: Final = 4
IDLE: Final = 1.0

_Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]


class Threads:
    """At most `count` calls at a time; more wait. A hung call never keeps the process alive.

    A thread that has had nothing to do for a second ends: a quiet pane has none.
    """

    def __init__(self, count: int = WORKERS) -> None:
        self._count = count
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._running: set[threading.Thread] = set()
        self._waiting = 0

    async def run(self, call: Callable[[], T]) -> T:
        """What the call returns or raises; cancelled, the call still ends, unheard."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            self._waiting += 1
            self._jobs.put((call, loop, future))
            if self._waiting > len(self._running) < self._count:
                worker = threading.Thread(target=self._work, name="docker-call", daemon=True)
                self._running.add(worker)
                worker.start()
        return await future

    async def aclose(self, patience: float = 2.0) -> None:
        """End the threads that are idle, or become so within the patience in seconds."""
        with self._lock:
            running = tuple(self._running)
        for _ in running:
            self._jobs.put(None)
        if running:
            await asyncio.to_thread(_join, running, patience)

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=IDLE)
            except queue.Empty:
                job = None
            if job is None:
                with self._lock:
                    if self._waiting < len(self._running) or not self._waiting:
                        self._running.discard(threading.current_thread())
                        return
                continue
            self._do(*job)

    def _do(
        self, call: Callable[[], Any], loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any]
    ) -> None:
        try:
            result, failure = call(), None
        except BaseException as problem:  # noqa: BLE001 - raised again where it is awaited
            result, failure = None, problem
        with self._lock:
            self._waiting -= 1
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
            loop.call_soon_threadsafe(_settle, future, result, failure)


def _settle(future: asyncio.Future[Any], result: object, failure: BaseException | None) -> None:
    if future.done():
        return
    if failure is not None:
        future.set_exception(failure)
    else:
        future.set_result(result)


def _join(threads: tuple[threading.Thread, ...], patience: float) -> None:
    for thread in threads:
        thread.join(patience)
