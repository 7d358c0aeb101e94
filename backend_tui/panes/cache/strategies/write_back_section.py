"""The Write-back tab: what waits to be written, and the flusher to stop, flush and kill."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import ClassVar, Final, assert_never

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static
from textual.worker import Worker

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean
from backend_tui.panes.cache.section import CacheSection
from backend_tui.panes.cache.strategies import deferred
from backend_tui.panes.cache.strategies.client import StrategyClient
from backend_tui.panes.cache.strategies.deferred import Crash
from backend_tui.panes.cache.strategies.write_back import DirtyKey, WriteBack
from backend_tui.panes.cache.strategies.write_back_words import DIRTY, nothing_waits, state_lines
from backend_tui.ui.record_table import RecordTable

EVERY_S: Final = 0.5
KEPT: Final = 2
_INTERVALS: Final = (1.0, 5.0, 15.0)
_EMPTY: Final = "How write-back stands is on its way."
_HINT: Final = "u defer  w 50 writes  t stop  f flush  K kill  c crash test  m naive  i every"
_SURE: Final = "Press K again: the flusher ends as by kill -9, in the middle of whatever it does."


@dataclass(frozen=True, slots=True)
class WriteBackArrived:
    """How write-back stands now."""

    found: WriteBack


@dataclass(frozen=True, slots=True)
class Doing:
    """Something runs; empty words: it is over."""

    words: str


@dataclass(frozen=True, slots=True)
class KillAsked:
    """The person has to confirm."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked for cannot be; `why` says so."""

    why: str


@dataclass(frozen=True, slots=True)
class CrashTested:
    """The flusher was killed among writes, and this became of them."""

    crash: Crash


Event = WriteBackArrived | Doing | KillAsked | Refused | CrashTested


@dataclass(frozen=True, slots=True)
class WriteBackState:
    """What the tab shows; of `crashes` the newest is last."""

    found: WriteBack | None = None
    doing: str = ""
    refused: str = ""
    is_kill_asked: bool = False
    crashes: tuple[Crash, ...] = ()

    @property
    def next_number(self) -> int:
        return self.crashes[-1].number + 1 if self.crashes else 1

    def after(self, event: Event) -> WriteBackState:
        """The state once the event has taken place."""
        match event:
            case WriteBackArrived(found):
                return replace(self, found=found)
            case Doing(words):
                refused = "" if words else self.refused
                return replace(self, doing=words, refused=refused, is_kill_asked=False)
            case KillAsked():
                return replace(self, is_kill_asked=True, refused="")
            case Refused(why):
                return replace(self, refused=why, is_kill_asked=False)
            case CrashTested(crash):
                return replace(self, crashes=(*self.crashes, crash)[-KEPT:])
            case _:
                assert_never(event)


class WriteBackSection(CacheSection):
    """State above, dirty keys beneath, the last two crash tests below."""

    HELP: ClassVar[str] = (
        "Write-back acknowledges a write from a log and brings it to the database later, many "
        "merged into one. `u` defers looks at products (each adds one), `w` sends 50, `t` stops "
        "or starts the flusher, `f` flushes now, `K` twice kills it, `i` changes its interval, "
        "`m` goes over to the **naive** way (a dictionary and a timer) and back. `c` is the crash "
        "test: 50 writes, kill, start, flush, read. Naive loses acknowledged writes, durable none."
    )
    DEFAULT_CSS = """
    WriteBackSection {
        #deferred-state { height: auto; max-height: 7; padding: 0 1; }
        #deferred-words { height: auto; max-height: 2; padding: 0 1; }
        #deferred-keys { height: 1fr; min-height: 3; }
        #deferred-crashes { height: auto; padding: 0 1; display: none; border-top: solid $panel; }
        &.-has-crashes #deferred-crashes { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "defer", "Defer", tooltip="Count looks at products in a log, or no longer"),
        Binding("w", "write", "50 writes", tooltip="Look at one product 50 times: each adds one"),
        Binding("t", "steer", "Stop/start", tooltip="Stop the flusher, or start it"),
        Binding("f", "flush", "Flush", tooltip="Write everything that waits now"),
        Binding("K", "kill", "Kill", tooltip="End the flusher as by kill -9; asks first"),
        Binding("c", "crash", "Crash test", tooltip="50 writes, kill, start, flush, read"),
        Binding("m", "mode", "Naive/durable", show=False, tooltip="A dictionary, or a log"),
        Binding("i", "interval", "Interval", show=False, tooltip="1, 5 or 15 s"),
        Binding("N", "renew", "New log", show=False, tooltip="After the log has vanished"),
    ]

    def __init__(self, client: StrategyClient) -> None:
        super().__init__(id="cache-write-back")
        self.state = WriteBackState()
        self._client = client
        self._timer: Timer | None = None
        self._polling: Worker[None] | None = None
        self._ticks = 0

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="deferred-state")
        yield Static(markup=False, id="deferred-words")
        yield RecordTable[DirtyKey](DIRTY, capacity=100, empty=_EMPTY, id="deferred-keys")
        yield Static(markup=False, id="deferred-crashes")

    def on_mount(self) -> None:
        self._timer = self.set_interval(EVERY_S, self._tick, pause=not self.is_shown)
        self._draw(WriteBackState(doing=" "))

    async def on_unmount(self) -> None:
        await self._client.aclose()

    def appear(self) -> None:
        super().appear()
        self.call_after_refresh(self._poll)
        if self._timer is not None:
            self._timer.resume()

    def disappear(self) -> None:
        super().disappear()
        if self._timer is not None:
            self._timer.pause()

    def focus_first(self) -> None:
        """Work begins at the dirty keys."""
        self.query_one("#deferred-keys").focus()

    def happen(self, event: Event) -> None:
        """The event changes the state, and the state what is seen."""
        before, self.state = self.state, self.state.after(event)
        if self.state != before:
            self._draw(before)
        self.post_message(self.Happened(event))

    def _draw(self, before: WriteBackState) -> None:
        state = self.state
        if state.found is not None and before.found != state.found:
            self.query_one("#deferred-state", Static).update(state_lines(state.found))
            table: RecordTable[DirtyKey] = self.query_one("#deferred-keys", RecordTable)
            table.set_empty(nothing_waits(state.found))
            if before.found is None or before.found.dirty != state.found.dirty:
                table.clear()
                table.extend(state.found.dirty)
                table.flush(force=True)
        if state.is_kill_asked:
            words = Content.styled(f"▲ {_SURE}", "bold $text-warning")
        elif state.refused:
            words = Content.styled(f"✗ {clean(state.refused)}", "bold $text-error")
        elif state.doing:
            words = Content.styled(f"◌ {state.doing} …", "bold $text-warning")
        else:
            words = Content.styled(_HINT, "$text-muted")
        self.query_one("#deferred-words", Static).update(words)
        if before.crashes != state.crashes:
            self.set_class(bool(state.crashes), "-has-crashes")
            lines = [Content.styled(each.words, _tone(each)) for each in state.crashes]
            self.query_one("#deferred-crashes", Static).update(Content("\n").join(lines))

    def _tick(self) -> None:
        """Where nothing waits, every other time is enough."""
        self._ticks += 1
        if self._ticks % 2 or self.state.doing or (self.state.found and self.state.found.pending):
            self._poll()

    def _poll(self) -> None:
        if self._polling is None or self._polling.is_finished:
            self._polling = self.run_worker(self._ask(), group="poll", exit_on_error=False)

    async def _ask(self) -> None:
        found = await self.attempt(self._client.write_back())
        if found is not None:
            self.happen(WriteBackArrived(found))

    # What is asked for

    def action_defer(self) -> None:
        found = self.state.found
        if found is not None:
            is_on = deferred.ROUTE not in found.routes
            words = "looks at products are deferred" if is_on else "what waits is flushed"
            self._do(words, deferred.defer(self._client, is_on))

    def action_write(self) -> None:
        self._do(f"{deferred.WRITES} writes of one product", deferred.write(self._client))

    def action_steer(self) -> None:
        if self.state.found is not None:
            action = "stop" if self.state.found.state == "running" else "start"
            self._do(f"the flusher will {action}", self._client.flusher(action))

    def action_flush(self) -> None:
        self._do("everything is written", self._client.flusher("flush"))

    def action_kill(self) -> None:
        """The second press within the question does it."""
        if self.state.is_kill_asked:
            self._do("the flusher is killed", self._client.flusher("kill"))
        elif self.state.found is not None and self.state.found.state == "running":
            self.happen(KillAsked())
        else:
            self.happen(Refused("The flusher does not run: t starts it."))

    def action_crash(self) -> None:
        self._do("crash test: write, kill, start, flush, read", self._crash())

    def action_mode(self) -> None:
        if self.state.found is not None:
            mode = "durable" if self.state.found.mode == "naive" else "naive"
            self._do(f"going over to {mode}", self._client.mode(mode))

    def action_interval(self) -> None:
        if self.state.found is not None:
            longer = [each for each in _INTERVALS if each > self.state.found.every_s]
            every_s = longer[0] if longer else _INTERVALS[0]
            self._do(f"every {every_s:g} s", self._client.flush_every(every_s))

    def action_renew(self) -> None:
        if self.state.found is not None and self.state.found.mode == "naive":
            self.happen(Refused("The naive way keeps no log."))
        elif self.state.found is not None and self.state.found.is_log_lost:
            self._do("a new log begins", self._client.flusher("renew"))
        else:
            self.happen(Refused("The log is there; nothing is to be renewed."))

    async def _crash(self) -> None:
        number = self.state.next_number
        self.happen(CrashTested(await deferred.crash(self._client, number)))

    def _do(self, words: str, work: Awaitable[object]) -> None:
        """One at a time."""
        if self.state.doing:
            self.happen(Refused("Something else is still being done."))
            getattr(work, "close", lambda: None)()
            return
        self.happen(Doing(words))
        self.run_worker(self._done(work), group="deferred", exit_on_error=False)

    async def _done(self, work: Awaitable[object]) -> None:
        refused = ""
        try:
            await work
        except BackendError as problem:
            refused = " ".join(part for part in (problem.why or problem.what, problem.hint) if part)
        self.happen(Doing(""))
        if refused:
            self.happen(Refused(refused))
        self._poll()


def _tone(crash: Crash) -> str:
    return "$text-success" if crash.found == crash.expected else "bold $text-error"
