"""Starts the services, keeps them running, shows how they are, and ends them all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import aclosing
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from backend_tui.core.clock import Clock, SystemClock
from backend_tui.core.config import Config
from backend_tui.core.errors import UsageError
from backend_tui.stack import elsewhere
from backend_tui.stack.board import Board
from backend_tui.stack.demo import Demo
from backend_tui.stack.docker_socket import reach
from backend_tui.stack.endpoints import (
    CacheEndpoint,
    DemoEndpoint,
    ServiceChanged,
    ServiceName,
    ServiceState,
)
from backend_tui.stack.keeper import Keeper, tell_crash
from backend_tui.stack.redis_greeting import parsed
from backend_tui.stack.valkey import Valkey, binary

_USELESS: Final = frozenset({"failed", "absent", "stopped"})


@dataclass
class StackSupervisor:
    """The stack that this process owns: an async context manager, and a `Stack`.

    `cache_folder` is the embedded cache's folder within the data directory. `on_children` is
    called when a child of ours has come or gone.
    """

    config: Config
    clock: Clock = field(default_factory=SystemClock)
    board: Board = field(default_factory=Board)
    cache_folder: str = "cache"
    on_children: Callable[[], None] = lambda: None
    _demo: Keeper | None = None
    _cache: Keeper | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def start(self) -> None:
        """Start everything at once, in the background; the board tells what becomes of it.

        Raises `UsageError` for a cache URL that is none.
        """
        self._start_cache()
        self._start_demo()
        self._spawn(elsewhere.watch_database(self.board))
        self._spawn(elsewhere.watch(self.board, self.clock, lambda: reach(self.config.docker_host)))

    async def stop(self) -> None:
        """End every child of ours: the server first, so that its last requests have their cache."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        try:
            if self._demo is not None:
                await self._demo.stop()
        finally:
            if self._cache is not None:
                await self._cache.stop()
        for state in self.board.states():
            self.board.show(ServiceState(state.name, "stopped"))

    @property
    def children(self) -> tuple[int, ...]:
        """The process ids of our children that run."""
        keepers = (self._demo, self._cache)
        return tuple(each.child.pid for each in keepers if each is not None and each.child)

    def services(self) -> tuple[ServiceState, ...]:
        return self.board.states()

    def events(self) -> AsyncGenerator[ServiceChanged]:
        return self.board.events()

    async def demo(self) -> DemoEndpoint:
        return await self.board.demo()

    async def cache(self) -> CacheEndpoint:
        return await self.board.cache()

    def log(self, name: ServiceName) -> tuple[str, ...]:
        return self.board.log(name)

    async def restart(self, name: ServiceName) -> None:
        keeper = {"demo": self._demo, "cache": self._cache}.get(name)
        if keeper is None:
            raise UsageError(
                f"The service “{name}” cannot be restarted from here.",
                "It was not started by backend-tui.",
                "The demo server and the embedded cache can be restarted.",
            )
        await keeper.restart()

    def _start_cache(self) -> None:
        if (url := self.config.redis) is not None:
            parsed(url)
            self.board.place_cache(CacheEndpoint(url, is_embedded=False))
            self._spawn(
                elsewhere.watch(self.board, self.clock, lambda: elsewhere.cache(self.board, url))
            )
            return
        folder = self.config.data_dir / self.cache_folder
        program = Valkey(folder, self.board, self.config.fresh)
        if binary() is not None:
            self.board.place_cache(CacheEndpoint(program.url, is_embedded=True))
        self._cache = Keeper(program, self.board, self.clock, self.on_children)
        self._cache.start()

    def _start_demo(self) -> None:
        if (url := self.config.demo_url) is not None:
            self._spawn(
                elsewhere.watch(
                    self.board,
                    self.clock,
                    lambda: elsewhere.demo(self.board, url, self.config.data_dir),
                )
            )
            return
        program = Demo(self.config, self.board, self._usable_cache)
        self._demo = Keeper(program, self.board, self.clock, self.on_children)
        self._demo.start()
        if self._cache is not None:
            self._spawn(self._follow_cache(self._demo, program))

    def _usable_cache(self) -> str | None:
        """The cache that the demo server shall use; None: its own, in process."""
        endpoint = self.board.cache_endpoint
        is_useless = (
            endpoint is not None
            and endpoint.is_embedded
            and (self.board.state("cache").condition in _USELESS)
        )
        if endpoint is None or is_useless or "+" in endpoint.url.partition("://")[0]:
            return None  # a cluster or sentinels are browsed, the shop itself wants one server
        return endpoint.url

    async def _follow_cache(self, keeper: Keeper, program: Demo) -> None:
        """When the embedded cache is given up, moves or comes back, the server must know."""
        async with aclosing(self.board.events()) as events:
            async for change in events:
                is_settled = change.state.condition in ("ready", "failed")
                if (
                    change.state.name == "cache"
                    and is_settled
                    and (keeper.child is not None and program.launched_with != self._usable_cache())
                ):
                    await keeper.restart()

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        task.add_done_callback(tell_crash)
        self._tasks.append(task)
