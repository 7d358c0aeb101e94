"""Opens a stack: joins the one that runs on these settings, or becomes its owner.

Who has joined takes over when the owner goes, on the same board: panes see a restart, no end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from backend_tui.core.clock import Clock, SystemClock
from backend_tui.core.config import Config
from backend_tui.core.errors import BackendError, MissingError
from backend_tui.stack.attached import AttachedStack
from backend_tui.stack.board import Board
from backend_tui.stack.endpoints import (
    CacheEndpoint,
    DemoEndpoint,
    ServiceChanged,
    ServiceName,
    ServiceState,
)
from backend_tui.stack.keeper import tell_crash
from backend_tui.stack.own import OwnStack
from backend_tui.stack.runtime import Lock, Place, place_of

_TRIES: Final = 200
_PAUSE: Final = 0.05


@asynccontextmanager
async def opened(config: Config, clock: Clock | None = None) -> AsyncIterator[OpenStack]:
    """The running stack of these settings, or a new one that ends with the block.

    Raises `BackendError` when one runs and must not be joined (`--fresh`) or cannot be.
    """
    stack = OpenStack(config, clock or SystemClock())
    await stack.open()
    try:
        yield stack
    finally:
        await stack.close()


@dataclass
class OpenStack:
    """A `Stack`, ours or joined. `is_ours` tells which; it becomes ours when the owner goes."""

    config: Config
    clock: Clock
    board: Board = field(default_factory=Board)
    _current: OwnStack | AttachedStack | None = None
    _following: asyncio.Task[None] | None = None

    @property
    def is_ours(self) -> bool:
        return isinstance(self._current, OwnStack)

    async def open(self) -> None:
        """Join or own. Raises `BackendError` when neither can be."""
        self._current = await self._enter()
        if isinstance(self._current, AttachedStack):
            self._following = asyncio.create_task(self._take_over_from(self._current))
            self._following.add_done_callback(tell_crash)

    async def close(self) -> None:
        """End what is ours, leave what is not."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        if self._current is not None:
            await self._current.stop()

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
        assert self._current is not None, "open() comes first"
        await self._current.restart(name)

    async def _enter(self) -> OwnStack | AttachedStack:
        place = await asyncio.to_thread(place_of, self.config)
        for _ in range(_TRIES):
            try:
                lock = await asyncio.to_thread(place.lock)
            except OSError:
                # No place to register: it runs all the same, only nobody can join.
                return await self._own(place, None)
            if lock is not None:
                return await self._own(place, lock)
            if self.config.fresh:
                raise _in_use(place)
            if not self.config.attach:
                return await self._own(place, None)
            if (joined := await self._join(place)) is not None:
                return joined
            await asyncio.sleep(_PAUSE)
        raise _in_use(place)

    async def _join(self, place: Place) -> AttachedStack | None:
        """The running stack; None while its owner only just starts or ends."""
        runtime = await asyncio.to_thread(place.read)
        if runtime is None:
            return None
        try:
            return await AttachedStack.to(runtime, self.board)
        except MissingError:
            return None

    async def _own(self, place: Place, lock: Lock | None) -> OwnStack:
        own = OwnStack(self.config, self.clock, self.board, place, lock)
        try:
            await own.start()
        except BaseException:
            await own.stop()
            raise
        return own

    async def _take_over_from(self, joined: AttachedStack) -> None:
        """Whenever the owner goes, own the stack or join the one who was quicker."""
        while True:
            await joined.ended.wait()
            await joined.stop()
            for state in self.board.states():
                if state.name != "docker":
                    self.board.show(ServiceState(state.name, "restarting", "its window was closed"))
            try:
                entered = self._current = await self._enter()
            except BackendError as problem:
                for state in self.board.states():
                    self.board.show(ServiceState(state.name, "failed", error=problem))
                return
            if isinstance(entered, OwnStack):
                return
            joined = entered


def _in_use(place: Place) -> BackendError:
    owner = place.read()
    return BackendError(
        "Another backend-tui runs on this data directory.",
        f"It is process {owner.owner.pid}." if owner else "It does not say which.",
        "Close it first, or choose another place with --data-dir.",
    )
