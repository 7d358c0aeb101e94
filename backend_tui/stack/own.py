"""A stack of our own: the supervisor, registered so that others join it while it lives."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from dataclasses import dataclass, field

from backend_tui.core.clock import Clock
from backend_tui.core.config import Config
from backend_tui.stack.board import Board
from backend_tui.stack.endpoints import ServiceName
from backend_tui.stack.reception import Reception
from backend_tui.stack.runtime import Lock, Place, Process, Runtime, end_leftovers
from backend_tui.stack.supervisor import StackSupervisor


@dataclass
class OwnStack:
    """The services of this process; without a lock nobody can join, and the cache is for once."""

    config: Config
    clock: Clock
    board: Board
    place: Place
    lock: Lock | None
    supervisor: StackSupervisor = field(init=False)
    reception: Reception = field(init=False)
    _port: int = 0

    def __post_init__(self) -> None:
        folder = "cache" if self.place.is_plain else f"cache-{self.place.key}"
        folder = folder if self.lock is not None else f"cache-{os.getpid()}"
        self.supervisor = StackSupervisor(
            self.config, self.clock, self.board, folder, self._register
        )
        self.reception = Reception(self.board, self.supervisor.restart)

    async def start(self) -> None:
        """Start the services and let others in. Raises `UsageError` for a wrong cache URL."""
        if self.lock is not None:
            await asyncio.to_thread(self._clear)
        self.supervisor.start()
        if self.lock is not None:
            with contextlib.suppress(OSError):
                self._port = await self.reception.open()
            self._register()

    async def stop(self) -> None:
        """End all of it, then give the place to the next."""
        port, self._port = self._port, 0
        if port:
            self.place.remove()
        try:
            await self.supervisor.stop()
            await self.reception.close()
            if self.lock is None:
                used = self.config.data_dir / self.supervisor.cache_folder
                await asyncio.to_thread(shutil.rmtree, used, ignore_errors=True)
        finally:
            if self.lock is not None:
                self.lock.release()

    async def restart(self, name: ServiceName) -> None:
        await self.supervisor.restart(name)

    def _clear(self) -> None:
        """We hold the lock, so whoever wrote the file is dead: end what may be left of it."""
        stale = self.place.read()
        if stale is not None:
            end_leftovers(stale.children)
        self.place.remove()

    def _register(self) -> None:
        """Say who runs; when that cannot be written, only nobody can join."""
        owner = Process.of(os.getpid())
        if not self._port or owner is None:
            return
        children = tuple(filter(None, map(Process.of, self.supervisor.children)))
        runtime = Runtime(
            owner, self._port, self.reception.word, str(self.config.data_dir), children
        )
        with contextlib.suppress(OSError):
            self.place.write(runtime)
