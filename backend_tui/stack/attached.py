"""A stack that another process runs, as a second window or a command sees it."""

from __future__ import annotations

import asyncio
import json
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Self

from backend_tui.core.errors import BackendError, MissingError
from backend_tui.stack import wire
from backend_tui.stack.board import Board
from backend_tui.stack.endpoints import (
    CacheEndpoint,
    DemoEndpoint,
    ServiceChanged,
    ServiceName,
    ServiceState,
)
from backend_tui.stack.keeper import tell_crash
from backend_tui.stack.runtime import Runtime

_LONGEST_MESSAGE = 8 << 20
_PATIENCE = 3.0


@dataclass
class AttachedStack:
    """A `Stack` that mirrors its owner's board; `ended` is set when the owner has gone."""

    board: Board
    _writer: StreamWriter
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    _asked: dict[int, asyncio.Future[BackendError | None]] = field(default_factory=dict)
    _numbers: count[int] = field(default_factory=count)
    _listening: asyncio.Task[None] | None = None

    @classmethod
    async def to(cls, runtime: Runtime, board: Board | None = None) -> Self:
        """Join the stack that the runtime file names. Raises `MissingError` when it has gone."""
        board = board or Board()
        try:
            async with asyncio.timeout(_PATIENCE):
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", runtime.port, limit=_LONGEST_MESSAGE
                )
                writer.write(wire.line({"word": runtime.word}))
                first = json.loads(await reader.readline())
                wire.take(board, first)
        except (OSError, ValueError, KeyError, TypeError) as wrong:
            raise MissingError(
                "The running stack cannot be joined.",
                f"Its owner, process {runtime.owner.pid}, does not answer.",
                "Close it and try again.",
            ) from wrong
        attached = cls(board, writer)
        attached._listening = asyncio.create_task(attached._listen(reader))
        attached._listening.add_done_callback(tell_crash)
        return attached

    async def stop(self) -> None:
        """Leave; the stack goes on."""
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.gather(self._listening, return_exceptions=True)
        self._writer.close()

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
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(wire.line({"restart": name, "number": number}))
            if (problem := await answer) is not None:
                raise problem
        finally:
            del self._asked[number]

    async def _listen(self, reader: StreamReader) -> None:
        try:
            while message := await reader.readline():
                self._take(json.loads(message))
        except (ConnectionError, ValueError):
            # Half a message is all that a killed owner leaves.
            pass
        finally:
            self._end()

    def _take(self, said: dict[str, Any]) -> None:
        asked = self._asked.get(said["answer"]) if "answer" in said else None
        if asked is not None and not asked.done():
            asked.set_result(wire.error(said["problem"]))
        wire.take(self.board, said)

    def _end(self) -> None:
        gone = MissingError(
            "The window that ran the stack was closed.", "", "Open the workbench again."
        )
        for asked in self._asked.values():
            if not asked.done():
                asked.set_result(gone)
        self.ended.set()
