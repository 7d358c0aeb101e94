"""The stack while it is still being opened: panes ask at once and are answered when it stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from typing import Final

from backend_tui.core.errors import BackendError
from backend_tui.stack.endpoints import (
    CacheEndpoint,
    DemoEndpoint,
    ServiceChanged,
    ServiceName,
    ServiceState,
    Stack,
)

NAMES: Final[tuple[ServiceName, ...]] = ("demo", "cache", "database", "docker")
_LONGEST_CLOSE: Final = 5.0


class OpeningStack:
    """A `Stack` by way of the one that `opening()` yields; `run` opens it, `close` ends it."""

    def __init__(self, opening: Callable[[], AbstractAsyncContextManager[Stack]]) -> None:
        self._opening = opening
        self._stack: asyncio.Future[Stack] = asyncio.get_running_loop().create_future()
        self._is_over = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._on_problem: Callable[[BackendError], None] | None = None

    def start(self, on_problem: Callable[[BackendError], None] | None = None) -> None:
        """Begin to open the stack, in a task of its own; `on_problem` hears why it cannot be."""
        self._on_problem = on_problem
        self._running = asyncio.create_task(self._run(), name="stack")

    async def close(self) -> None:
        """Stop what was started, within five seconds."""
        if self._running is None:
            return
        self._is_over.set()
        if not self._stack.done():
            self._running.cancel()
        await asyncio.wait([self._running], timeout=_LONGEST_CLOSE)

    @property
    def problem(self) -> BackendError | None:
        """Why there is no stack and will be none, when that is so."""
        error = self._stack.exception() if self._stack.done() else None
        return error if isinstance(error, BackendError) else None

    def services(self) -> tuple[ServiceState, ...]:
        if not self._stack.done():
            return tuple(ServiceState(name, "starting") for name in NAMES)
        if (problem := self.problem) is not None:
            return tuple(ServiceState(name, "failed", error=problem) for name in NAMES)
        return self._stack.result().services()

    async def events(self) -> AsyncGenerator[ServiceChanged]:
        try:
            stack = await asyncio.shield(self._stack)
        except BackendError:
            for state in self.services():
                yield ServiceChanged(state)
            return
        async with aclosing(stack.events()) as events:
            for state in stack.services():
                yield ServiceChanged(state)
            async for event in events:
                yield event

    async def demo(self) -> DemoEndpoint:
        return await (await asyncio.shield(self._stack)).demo()

    async def cache(self) -> CacheEndpoint:
        return await (await asyncio.shield(self._stack)).cache()

    def log(self, name: ServiceName) -> tuple[str, ...]:
        is_there = self._stack.done() and self.problem is None
        return self._stack.result().log(name) if is_there else ()

    async def restart(self, name: ServiceName) -> None:
        await (await asyncio.shield(self._stack)).restart(name)

    async def _run(self) -> None:
        try:
            async with self._opening() as stack:
                self._stack.set_result(stack)
                await self._is_over.wait()
        except BackendError as problem:
            if not self._stack.done():
                self._stack.set_exception(problem)
                self._stack.exception()  # told in the status line, whoever asks or not
                if self._on_problem is not None:
                    self._on_problem(problem)
