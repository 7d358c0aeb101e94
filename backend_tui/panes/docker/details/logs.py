"""The log of the chosen container: followed, searched, filtered, paged back, copied and saved."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from itertools import islice
from typing import ClassVar, Final, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from backend_tui.core import clipboard
from backend_tui.core.body.document import BodyDocument
from backend_tui.core.errors import BackendError, UsageError
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details.section import DetailSection
from backend_tui.panes.docker.engine.failures import ActRefusedError
from backend_tui.panes.docker.logs.following import TAIL, Follower
from backend_tui.panes.docker.logs.lines import LogLine
from backend_tui.panes.docker.logs.matching import Matcher, filtering, searching
from backend_tui.panes.docker.logs.older import older
from backend_tui.panes.docker.logs.saving import file_name, save
from backend_tui.panes.docker.logs.status import Status, status_line
from backend_tui.panes.docker.logs.store import LogStore
from backend_tui.panes.docker.logs.view import LogLines
from backend_tui.ui.body_view import BodyView, readable_size

Asked = Literal["search", "filter", "save"]
_SLICE: Final = 2_000
_PLACEHOLDERS: Final[dict[Asked, str]] = {
    "search": "search: a regular expression; n and N go on, esc leaves",
    "filter": "filter: a regular expression; !this excludes, a & b joins; empty shows all",
    "save": "file name",
}


class LogsSection(DetailSection):
    """`docker logs --follow`, as it should be read."""

    DEFAULT_CSS = """
    LogsSection {
        & > #log-problem { display: none; height: auto; max-height: 3; padding: 0 1; }
        & > #log-problem { color: $text-error; }
        & > #log-problem.-shown { display: block; }
        & > #log-status { height: 1; padding: 0 1; color: $text-muted; text-wrap: nowrap; }
        & > Input { display: none; height: 1; border: none; padding: 0 1; background: $surface; }
        & > Input.-shown { display: block; }
        & > BodyView { display: none; }
        &.-open > BodyView { display: block; }
        &.-open > LogLines, &.-open > #log-status { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow", tooltip="Keep to the newest line, or hold"),
        Binding("slash", "ask('search')", "Search", tooltip="A regular expression"),
        Binding("n", "hit(1)", "Next", show=False),
        Binding("N", "hit(-1)", "Previous", show=False),
        Binding("ampersand", "ask('filter')", "Filter", tooltip="Show what matches, or !not"),
        Binding("t", "times", "Times", tooltip="None, the time, the date and time"),
        Binding("w", "wrap", "Wrap", tooltip="Long lines on several rows"),
        Binding("ctrl+up", "older", "Older", tooltip="The page before the oldest line"),
        Binding("y", "copy", "Copy", tooltip="The line under the cursor"),
        Binding("S", "ask('save')", "Save", tooltip="The kept lines as they were written"),
        Binding("escape", "leave", "Leave", show=False),
    ]

    def __init__(self, client: DockerClient, *, tail: int = TAIL) -> None:
        super().__init__(client, id="docker-logs")
        self._tail = tail
        self.store = LogStore()
        self._follower: Follower | None = None
        self._asked: Asked = "search"
        self._document: BodyDocument | None = None
        self._is_live = False
        self._has_older = True
        self._paging = ""
        self._shown_status: Status | None = None

    def compose(self) -> ComposeResult:
        yield LogLines(self.store)
        yield BodyView()
        yield Static(id="log-problem", markup=False)
        yield Input(compact=True, select_on_focus=False)
        yield Static(id="log-status", markup=False)

    @property
    def lines(self) -> LogLines:
        """What has the focus while reading."""
        return self.query_one(LogLines)

    # The chosen container.

    def choose(self) -> None:
        self.store.clear()
        self._follower = None
        self._has_older, self._paging = True, ""
        if self.is_attached:
            self._close_line()
            self.workers.cancel_group(self, "older")
            self.lines.say("Reading…" if self.container else "No container is chosen.")
            self.lines.reset()
            self._describe()

    def changed(self, before: Container) -> None:
        now = self.container
        if self._follower is None or now is None:
            return
        if (now.state, now.since) != (before.state, before.since):
            self._follower.wake.set()

    def gone(self) -> None:
        if self._follower is not None:
            self._follower.wake.set()

    async def look(self, container: Container) -> None:
        follower = self._follower
        if follower is None:
            follower = self._follower = Follower(self.client, container.id, tail=self._tail)
        self._is_live = True
        try:
            async with aclosing(follower.run()) as batches:
                await self._take_all(batches)
        except ActRefusedError as refusal:
            if refusal.status != 501 or self.store.count:
                raise
            self.lines.say(f"{refusal.why}\n\n{refusal.hint}")
        finally:
            self._is_live = False
            if self.is_attached:
                self._describe()

    def disappear(self) -> None:
        super().disappear()
        self.workers.cancel_group(self, "older")

    def on_unmount(self) -> None:
        if self._document is not None:
            self._document.close()

    async def _take_all(self, batches: AsyncGenerator[list[LogLine]]) -> None:
        async for batch in batches:
            for start in range(0, len(batch), _SLICE):
                self.store.extend(batch[start : start + _SLICE])
                self._changed()
                if len(batch) > _SLICE:
                    await asyncio.sleep(0)
            if not batch:
                self.lines.say(self._nothing)
                self._changed()

    @property
    def _nothing(self) -> str:
        container = self.container
        if container is not None and container.state == "created":
            return "It has never run, so that there is no log yet.\n\nS in the table starts it."
        return "It has written nothing yet."

    def _changed(self) -> None:
        self.lines.touch()
        if self._shown_status is not None:
            self._shown_status = None
            self.set_timer(0.1, self._describe)

    # What is asked in the field.

    def action_ask(self, asked: Asked) -> None:
        """Open the field."""
        if asked == "save" and not len(self.store):
            return
        self._asked = asked
        field = self.query_one(Input)
        passes = {"search": self.store.search, "filter": self.store.filter}.get(asked)
        text = passes.passes.text if passes and isinstance(passes.passes, Matcher) else ""
        if asked == "save" and self.container is not None:
            text = file_name(self.container.name)
        field.placeholder = _PLACEHOLDERS[asked]
        field.value = text
        field.cursor_position = len(text)
        field.add_class("-shown")
        field.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if event.input.has_class("-shown") and self._asked != "save":
            self._match(event.value)

    @on(Input.Submitted)
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._asked == "save":
            self._close_field()
            await self._save(event.value)
        elif self._match(event.value):
            self._close_field()

    def _match(self, text: str) -> bool:
        """Search or filter by it as it is typed; a bad pattern is answered under the lines."""
        is_search = self._asked == "search"
        problem = self.query_one("#log-problem", Static)
        try:
            matcher = searching(text) if is_search else filtering(text)
        except UsageError as wrong:
            problem.update(f"✗ {wrong.what} {wrong.why}")
            problem.add_class("-shown")
            return False
        problem.remove_class("-shown")
        looking = self.store.set_search(matcher) if is_search else self.store.set_filter(matcher)
        self.run_worker(self._drive(looking, is_search), group="match", exclusive=True)
        return True

    async def _drive(self, looking: Iterator[None], is_search: bool) -> None:
        """Look at all lines in slices, so that keys are answered in between."""
        for _ in looking:
            await asyncio.sleep(0)
        if is_search and self.store.search is not None:
            self._to_hit(-1, stays=True)
        if self.store.filter is not None and not self.store.count:
            self.lines.say("No line passes the filter.\n\nesc shows all again.")
        self.lines.restyle()
        self._describe()

    def action_leave(self) -> None:
        """Close what is open, the innermost first: line, field, search, filter."""
        if self.has_class("-open"):
            self._close_line()
            self.lines.focus()
        elif self.query_one(Input).has_class("-shown"):
            self._close_field()
        elif self.store.search is not None:
            self._asked = "search"
            self._match("")
        elif self.store.filter is not None:
            self._asked = "filter"
            self._match("")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        if not self.is_mounted:
            return True
        is_open = self.has_class("-open")
        if action == "leave":
            is_asked = self.query_one(Input).has_class("-shown")
            return is_open or is_asked or bool(self.store.search or self.store.filter)
        return not is_open or action == "follow"

    def _close_field(self) -> None:
        self.query_one(Input).remove_class("-shown")
        self.query_one("#log-problem").remove_class("-shown")
        self.lines.focus()

    def action_hit(self, by: int) -> None:
        """The next or the previous hit, around the ends."""
        self._to_hit(by)

    def _to_hit(self, by: int, *, stays: bool = False) -> None:
        search, at = self.store.search, self.lines.number
        if search is None or not search.numbers or at is None:
            return
        shown = self._hits()
        if not shown:
            return
        if by > 0:
            number = next((each for each in shown if each > at), shown[0])
        else:
            number = next(
                (each for each in reversed(shown) if (each <= at if stays else each < at)),
                shown[-1],
            )
        self.lines.go_to(number)

    def _hits(self) -> list[int]:
        """The hits among the shown lines."""
        search, passing = self.store.search, self.store.filter
        if search is None:
            return []
        if passing is None:
            return list(search.numbers)
        shown = set(passing.numbers)
        return [each for each in search.numbers if each in shown]

    # Looking.

    def action_follow(self) -> None:
        """Keep to the newest, or hold."""
        self.lines.follow(not self.lines.is_following)

    def action_times(self) -> None:
        self.lines.times = (self.lines.times + 1) % 3
        self.lines.restyle()

    def action_wrap(self) -> None:
        self.lines.wraps = not self.lines.wraps
        self.lines.restyle()

    @on(LogLines.Moved)
    def _moved(self, event: LogLines.Moved) -> None:
        event.stop()
        self._describe()

    @on(LogLines.EndWanted)
    def _to_the_end(self, event: LogLines.EndWanted) -> None:
        """The newest lines gave way to older ones: read them anew."""
        event.stop()
        self.store.clear()
        self._follower, self._has_older = None, True
        self.lines.reset()
        self.look_again()

    @on(LogLines.Opened)
    async def _open(self, event: LogLines.Opened) -> None:
        event.stop()
        data = event.line.data
        kind = "application/json" if data.lstrip()[:1] in (b"{", b"[") else "text/plain"
        document = await BodyDocument.of(data, kind)
        if self._document is not None:
            self._document.close()
        self._document = document
        view = self.query_one(BodyView)
        name = file_name(self.container.name) if self.container else "line.log"
        view.show(document, url=name)
        self.add_class("-open")
        view.focus()

    def _close_line(self) -> None:
        self.remove_class("-open")
        self.query_one(BodyView).show(None)
        if self._document is not None:
            self._document.close()
            self._document = None

    # Older pages.

    @on(LogLines.TopReached)
    def _at_the_top(self, event: LogLines.TopReached) -> None:
        event.stop()
        self.action_older()

    def action_older(self) -> None:
        """Read the page before the oldest line, once at a time."""
        if self._has_older and not self._paging and self._follower is not None:
            self.run_worker(self._page_back(), group="older", exit_on_error=False)

    async def _page_back(self) -> None:
        follower, container = self._follower, self.container
        if follower is None or follower.facts is None or container is None:
            return
        self._paging = "reading older lines…"
        self._describe()
        try:
            first = list(islice(self.store.lines(), 1_000))
            page = await self.attempt(older(self.client, container.id, follower.facts, first))
            if page is None or self._follower is not follower:
                return
            found, self._has_older = page
            if found:
                top = self.store.first
                self.lines.follow(False)
                self.store.prepend(found)
                if self.store.newer_cut:
                    self._stop()
                self.lines.touch()
                self.lines.go_to(top - 1)
        finally:
            self._paging = ""
            if self.is_attached:
                self._describe()

    # Taking away.

    async def action_copy(self) -> None:
        number = self.lines.number
        if number is None:
            return
        data = self.store.line(number).data
        copied = await self.attempt(
            clipboard.copy(data, by_terminal=self.app.copy_to_clipboard),
        )
        if copied is not None:
            self.notify(str(copied), timeout=2, markup=False)

    async def _save(self, name: str) -> None:
        if not name.strip():
            return
        store = self.store
        shown = [store.line(store.number_at(place)) for place in range(store.count)]
        try:
            path, count, size = await asyncio.to_thread(save, shown, name.strip())
        except BackendError as problem:
            self.notify(str(problem), severity="error", timeout=8, markup=False)
            return
        words = f"saved {count} lines, {readable_size(size)}, to {path}"
        self.notify(words, timeout=4, markup=False)

    def _describe(self) -> None:
        if not self.is_attached:
            return
        lines, store = self.lines, self.store
        search, passing = store.search, store.filter
        hits = self._hits() if search is not None else []
        status = Status(
            lines=len(store),
            is_live=self._is_live and not store.newer_cut,
            is_following=lines.is_following,
            unseen=lines.unseen,
            dropped=store.dropped,
            newer_cut=store.newer_cut,
            search=_text(search.passes) if search else "",
            hit=_place(hits, lines.number),
            hits=len(hits),
            filter=_text(passing.passes) if passing else "",
            passing=store.count,
            words=self._paging or ("" if self._has_older else "from the first line"),
        )
        if status != self._shown_status:
            self._shown_status = status
            line = status_line(status, max(self.size.width - 2, 20))
            self.query_one("#log-status", Static).update(line, layout=False)


def _text(passes: object) -> str:
    return passes.text if isinstance(passes, Matcher) else ""


def _place(hits: list[int], number: int | None) -> int:
    """Which of the hits is under the cursor, from 1; 0 for none."""
    if number is None:
        return 0
    at = bisect_left(hits, number)
    return at + 1 if at < len(hits) and hits[at] == number else 0
