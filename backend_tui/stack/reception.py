"""Where other windows and commands join a running stack: a loopback port and a secret word."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.stack import wire
from backend_tui.stack.board import ORDER, Board, LineWritten
from backend_tui.stack.endpoints import ServiceName


@dataclass
class Reception:
    """Tells everyone who knows the word what the board says, and takes their wish to restart."""

    board: Board
    restart: Callable[[ServiceName], Awaitable[None]]
    word: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    _server: asyncio.Server | None = None
    _guests: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self) -> int:
        """Listen; returns the port. Raises `OSError`."""
        self._server = await asyncio.start_server(self._receive, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Send everyone away."""
        if self._server is not None:
            self._server.close()
        for guest in self._guests:
            guest.cancel()
        await asyncio.gather(*self._guests, return_exceptions=True)

    async def _receive(self, reader: StreamReader, writer: StreamWriter) -> None:
        guest = asyncio.current_task()
        assert guest is not None
        self._guests.add(guest)
        try:
            # A guest that goes in the middle of a word has simply gone.
            with contextlib.suppress(ConnectionError, ValueError, TimeoutError):
                async with asyncio.timeout(5):
                    first = json.loads(await reader.readline())
                if isinstance(first, dict) and self._knows(first.get("word")):
                    await self._entertain(reader, writer)
        except asyncio.CancelledError:
            # Ours to send away: asyncio would report the cancelled task of a connection.
            pass
        finally:
            self._guests.discard(guest)
            writer.close()

    def _knows(self, word: object) -> bool:
        return isinstance(word, str) and secrets.compare_digest(word.encode(), self.word.encode())

    async def _entertain(self, reader: StreamReader, writer: StreamWriter) -> None:
        telling = asyncio.create_task(self._tell(writer))
        try:
            while request := await reader.readline():
                asked = json.loads(request)
                writer.write(wire.line(await self._answer(asked)))
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    async def _tell(self, writer: StreamWriter) -> None:
        async with aclosing(self.board.notices()) as notices:
            writer.write(wire.line(wire.whole(self.board)))
            async for notice in notices:
                if isinstance(notice, LineWritten):
                    writer.write(wire.line({"line": [notice.name, notice.text]}))
                else:
                    said = {"state": wire.state(notice.state), **wire.endpoints(self.board)}
                    writer.write(wire.line(said))
                await writer.drain()

    async def _answer(self, asked: dict[str, object]) -> dict[str, object]:
        name = next((each for each in ORDER if each == asked.get("restart")), None)
        error: BackendError | None = UsageError("There is no such service.")
        if name is not None:
            try:
                await self.restart(name)
                error = None
            except BackendError as refused:
                error = refused
        return {"answer": asked.get("number"), "problem": wire.problem(error)}
