"""The life of one own service: started, watched, restarted with growing pauses, or given up."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from backend_tui.core.clock import Clock
from backend_tui.core.errors import BackendError
from backend_tui.core.feed import pauses
from backend_tui.stack.board import Board
from backend_tui.stack.child import Child, OnLine
from backend_tui.stack.endpoints import Condition, ServiceName, ServiceState

QUICK_DEATH: Final = 5.0
MOST_QUICK_DEATHS: Final = 5
FIRST_PAUSE: Final = 0.2


class Program(Protocol):
    """What a keeper must know of the program that it keeps running.

    `grace`: seconds it gets to end; `patience`: seconds it gets to answer after its start;
    `final_codes`: exit codes that another start would only bring again.
    """

    name: ServiceName
    title: str
    grace: float
    patience: float
    final_codes: frozenset[int]

    async def launch(self, on_line: OnLine) -> Child:
        """Start it. Raises `BackendError` when no further try would help."""
        ...

    async def answers(self) -> str:
        """Return a few words about it as soon as it answers; place its endpoint before."""
        ...

    def hears(self, line: str) -> BackendError | Literal["mended"] | None:
        """What a line of its log means for the person: trouble, its end, or mostly nothing."""
        ...

    def words(self, line: str) -> str:
        """A line of its log without stamp and level, as a reason to be read."""
        ...

    def gone(self) -> None:
        """It will not be started again: free what it held."""
        ...


@dataclass
class Keeper:
    """Keeps one program running and shows on the board how it is."""

    program: Program
    board: Board
    clock: Clock
    on_children: Callable[[], None]
    child: Child | None = None
    _running: asyncio.Task[None] | None = None
    _last_line: str = ""
    _detail: str = ""
    _trouble: BackendError | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def start(self) -> None:
        """Start it in the background; the board tells what becomes of it."""
        self._show("starting")
        self._running = asyncio.create_task(self._run())
        self._running.add_done_callback(tell_crash)

    async def stop(self) -> None:
        """End the program, and wait until it has ended."""
        async with self._lock:
            await self._end()
            self.program.gone()
            self._show("stopped")

    async def restart(self) -> None:
        """End the program and start it anew, forgetting its earlier deaths."""
        async with self._lock:
            self._show("restarting", "restarting")
            await self._end()
            self._show("restarting", "restarting")
            self._running = asyncio.create_task(self._run())
            self._running.add_done_callback(tell_crash)

    async def _end(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
            self._running = None

    async def _run(self) -> None:
        quick_deaths = 0
        waits = pauses(FIRST_PAUSE)
        while True:
            began = self.clock.monotonic()
            try:
                failure = await self._live()
            except BackendError as impossible:
                return self._fail(impossible)
            if self.clock.monotonic() - began >= QUICK_DEATH:
                quick_deaths, waits = 0, pauses(FIRST_PAUSE)
            quick_deaths += 1
            if quick_deaths >= MOST_QUICK_DEATHS:
                return self._fail(failure)
            self._show("restarting", f"restarting, try {quick_deaths + 1}", failure)
            await self.clock.sleep(next(waits))

    def _fail(self, error: BackendError) -> None:
        self.program.gone()
        self._show("failed", error=error)

    async def _live(self) -> BackendError:
        """One life of the program, from start to death; returns why it died.

        Raises `BackendError` when it cannot be started, or died in a way that will come again.
        """
        self._last_line, self._trouble = "", None
        child = self.child = await self.program.launch(self._hear)
        self.on_children()
        try:
            if is_up := await self._answers_in_time(child):
                self._show("ready", self._detail, self._trouble)
                await child.gone()
        finally:
            code = await child.stop(self.program.grace)
            self.child = None
            self.on_children()
        failure = self._death(code, is_up)
        if code in self.program.final_codes:
            raise failure
        return failure

    async def _answers_in_time(self, child: Child) -> bool:
        """True when it answers, False when it died; one that stays silent is ended."""
        answer = asyncio.ensure_future(self.program.answers())
        try:
            await asyncio.wait(
                [answer, child.exited],
                timeout=self.program.patience,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if child.exited.done():
                await child.gone()
                return False
            if not answer.done():
                self._last_line = f"No answer within {self.program.patience:g} seconds."
                return False
            self._detail = answer.result()
            return True
        finally:
            answer.cancel()
            with contextlib.suppress(asyncio.CancelledError, BackendError):
                await answer

    def _hear(self, _channel: str, line: str) -> None:
        if not line.strip():
            return
        kept = self.board.write(self.program.name, line)
        self._last_line = self.program.words(kept)
        news = self.program.hears(kept)
        if news is None or (isinstance(news, BackendError) and self._trouble is not None):
            return
        self._trouble = None if news == "mended" else news
        if self.board.state(self.program.name).condition == "ready":
            self._show("ready", self._detail, self._trouble)

    def _death(self, code: int, was_up: bool) -> BackendError:
        way = f"signal {-code}" if code < 0 else f"exit code {code}"
        what = (
            f"{self.program.title} ended ({way})."
            if was_up
            else (f"{self.program.title} did not start ({way}).")
        )
        return BackendError(what, self._last_line, "Its log says more; restart it when mended.")

    def _show(
        self,
        condition: Condition,
        detail: str = "",
        error: BackendError | None = None,
    ) -> None:
        self.board.show(ServiceState(self.program.name, condition, detail, error))


def tell_crash(task: asyncio.Task[None]) -> None:
    """A task of the stack that broke is a bug: it goes to the loop's exception handler at once."""
    if not task.cancelled() and (error := task.exception()) is not None:
        task.get_loop().call_exception_handler(
            {"message": "A task of the stack broke", "exception": error, "task": task}
        )
