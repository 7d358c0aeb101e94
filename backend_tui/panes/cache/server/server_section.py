"""The tab “Server”: its own counters over windows, and what it remembers of slow and large."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean_line
from backend_tui.panes.cache.section import CacheSection
from backend_tui.panes.cache.server import server_words
from backend_tui.panes.cache.server.big_keys import big_keys
from backend_tui.panes.cache.server.logs import logs
from backend_tui.panes.cache.server.reaching import Reached
from backend_tui.panes.cache.server.server_model import (
    Event,
    KeysMeasured,
    LogsRead,
    Report,
    ReportChosen,
    Sampled,
    SamplingFailed,
    ServerState,
    Zeroed,
)

_EVERY: Final = 1.0
_RETRY: Final = (0.5, 1.0, 2.0, 5.0)
_WIDE: Final = 116


class ServerSection(CacheSection):
    """INFO once a second while it is seen; nothing while it is not."""

    DEFAULT_CSS = """
    ServerSection {
        #server-identity { height: 1; padding: 0 1; background: $surface; }
        #server-top { height: auto; layout: vertical; padding: 0 1; }
        #server-gauges { height: auto; }
        #server-facts { height: auto; }
        #server-tabs { height: 1; padding: 0 1; background: $surface; }
        #server-report { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
        #server-lines { width: 1fr; height: auto; }
        &.-wide #server-top { layout: horizontal; padding: 1 1; }
        &.-wide #server-gauges { width: 64; margin-right: 2; }
        &.-wide #server-facts { width: 1fr; }
        &.-old #server-top { opacity: 60%; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "report('commands')", "Commands", tooltip="What was called since zeroed"),
        Binding("l", "report('logs')", "Slow log", tooltip="Slow and large commands, latency"),
        Binding("b", "report('big')", "Big keys", tooltip="By MEMORY USAGE in the background"),
        Binding("0", "zero", "Zero", tooltip="Count from now on; the server's counters stay"),
        Binding("R", "again", "Read again", show=False),
    ]

    def __init__(self, *, reached: Reached) -> None:
        super().__init__()
        self.state = ServerState()
        self._reached = reached
        self._drawn: dict[str, Content] = {}

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="server-identity")
        with VerticalScroll(id="server-top", can_focus=False):
            yield Static(markup=False, id="server-gauges")
            yield Static(markup=False, id="server-facts")
        yield Static(markup=False, id="server-tabs")
        with VerticalScroll(id="server-report"):
            yield Static(markup=False, id="server-lines")

    def on_mount(self) -> None:
        self._draw()

    async def on_unmount(self) -> None:
        await self._reached.aclose()

    def on_resize(self) -> None:
        self.set_class(self.size.width >= _WIDE, "-wide")
        self._drawn.clear()
        self._draw()

    def feeds(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        return (self._follow,)

    def disappear(self) -> None:
        super().disappear()
        self.workers.cancel_group(self, "report")

    async def _follow(self) -> None:
        """Sample for ever; a lost server is asked again after growing pauses."""
        turn = 0
        while True:
            try:
                server = await self._reached.server()
                sample = await server.sample()
                assert server.identity is not None, "a server that answered is known"
                was_lost = self.state.problem is not None
                self._happen(Sampled(server.identity, sample))
            except BackendError as problem:
                self._happen(SamplingFailed(problem))
                self.post_message(self.Failed(problem))
                await asyncio.sleep(_RETRY[min(turn, len(_RETRY) - 1)])
                turn += 1
                continue
            if was_lost or turn:
                self.post_message(self.Failed(None))
            turn = 0
            await asyncio.sleep(_EVERY)

    def _happen(self, event: Event) -> None:
        self.state = self.state.after(event)
        self._draw()
        self.post_message(self.Happened(event))

    def _draw(self) -> None:
        if not self.query("#server-lines"):
            return
        state = self.state
        self.set_class(state.problem is not None, "-old")
        self._put("#server-identity", self._identity())
        wide = self.has_class("-wide")
        self._put("#server-gauges", server_words.gauges(state.history, wide=wide))
        self._put("#server-facts", server_words.facts(state))
        self._put("#server-tabs", server_words.tabs(state))
        self._put("#server-lines", server_words.report(state, self.size.width - 3))

    def _put(self, place: str, content: Content) -> None:
        """Draw what is new there; where it takes as many lines as before, nothing moves."""
        before = self._drawn.get(place)
        if before is None or before != content:
            self._drawn[place] = content
            lines = content.plain.count("\n")
            moves = before is None or before.plain.count("\n") != lines
            self.query_one(place, Static).update(content, layout=moves)

    def _identity(self) -> Content:
        state = self.state
        if state.identity is None:
            words = state.problem.what if state.problem else "◌ opening"
            return Content(clean_line(words))
        name = Content.styled(state.identity.words, "bold")
        if state.problem is not None:
            return Content.assemble(name, ("  ✗ not answering, this is from before", "$text-error"))
        return name

    def action_report(self, report: Report) -> None:
        """Show a report; what it needs is asked for now."""
        self._happen(ReportChosen(report))
        self.query_one("#server-report", VerticalScroll).scroll_home(animate=False)
        if report == "logs":
            self.run_worker(self._read_logs(), group="report", exclusive=True)
        elif report == "big" and (self.state.big is None or not self.state.big.is_done):
            self.run_worker(self._measure(), group="report", exclusive=True)

    def action_again(self) -> None:
        """Ask again for the report on screen."""
        if self.state.report == "big":
            self.run_worker(self._measure(), group="report", exclusive=True)
        else:
            self.action_report(self.state.report)

    def action_zero(self) -> None:
        self._happen(Zeroed())

    async def _read_logs(self) -> None:
        async def read() -> None:
            self._happen(LogsRead(await logs(await self._reached.server())))

        await self.attempt(read())

    async def _measure(self) -> None:
        async def measure() -> None:
            loop = asyncio.get_running_loop()
            told = 0.0
            async with aclosing(big_keys(await self._reached.server())) as found:
                async for each in found:
                    if each.is_done or loop.time() - told > 0.25:
                        told = loop.time()
                        self._happen(KeysMeasured(each))

        await self.attempt(measure())
