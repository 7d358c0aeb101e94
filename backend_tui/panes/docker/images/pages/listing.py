"""The base of a page that lists one kind of thing: read when seen, and when an event tells."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, ClassVar, Final, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from backend_tui.core import clipboard
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.failures import read_only
from backend_tui.panes.docker.images.client import ImagesClient
from backend_tui.panes.docker.model import DockerState, Pruned
from backend_tui.panes.docker.pages.page import DockerPage
from backend_tui.panes.docker.widgets.confirm_card import ConfirmCard, Question
from backend_tui.ui.record_table import Column, RecordTable

T = TypeVar("T")

SOON: Final = 0.3
"""Seconds that events may gather before the list is read again."""
MOST: Final = 10_000


class ListPage(DockerPage, Generic[T]):
    """One table, the question before an act, a line on what is under the cursor."""

    DEFAULT_CSS = """
    ListPage {
        & > .-list { height: 1fr; }
        & > .-about {
            height: auto; max-height: 6; padding: 0 1; background: $surface; color: $text-muted;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "remove", "Remove"),
        Binding("y", "copy", "Copy the name", show=False),
        Binding("u", "measure", "Measure the disk", show=False),
    ]
    columns: ClassVar[Sequence[Column[Any]]]
    follows: ClassVar[frozenset[str]] = frozenset()
    empty: ClassVar[str] = ""

    def __init__(self, client: DockerClient, *, id: str) -> None:  # noqa: A002 - Textual's own
        super().__init__(client, id=id)
        self.asking = ImagesClient(client.engine)
        self.records: tuple[T, ...] = ()
        self._told = -1
        self._is_stale = True
        self._soon: Timer | None = None
        self._agreed: Callable[[], Awaitable[str]] | None = None
        self._line = ""

    def compose(self) -> ComposeResult:
        yield RecordTable[T](
            self.columns, capacity=MOST, identity=self.identity, empty="…", id=f"{self.id}-table"
        ).add_class("-list")
        yield ConfirmCard()
        yield from self.below()
        yield Static(markup=False, classes="-about")

    # What a page says for itself.

    def below(self) -> list[Widget]:
        """More widgets under the table."""
        return []

    def identity(self, record: T) -> Hashable:
        """What stays the same when the record changes."""
        raise NotImplementedError

    async def read(self) -> Sequence[T]:
        """The records, as the engine tells them now."""
        raise NotImplementedError

    def about(self, record: T) -> Content:
        """What is said of the record under the cursor."""
        raise NotImplementedError

    def removing(self, record: T) -> tuple[str, str, Callable[[], Awaitable[str]]] | str:
        """What removing it does, the docker line after `docker`, and the act; or why not."""
        raise NotImplementedError

    # What they share.

    @property
    def table(self) -> RecordTable[T]:
        return self.query_one(f"#{self.id}-table", RecordTable)

    def show(self, state: DockerState) -> None:
        before, self.state = self.state, state
        new = [told for told in state.told if told.number > self._told]
        if new:
            self._told = new[-1].number
        is_back = state.engine == "live" and before.engine != "live"
        has_acted = state.commands is not before.commands
        if is_back or has_acted or any(told.event.kind in self.follows for told in new):
            self._is_stale = True
        if state.engine != "live" and not self.records:
            self.table.set_empty("There is no engine to ask.")
        self._look()

    def appear(self) -> None:
        super().appear()
        self._look()

    def look_again(self) -> None:
        """Read the list once more."""
        self._is_stale = True
        self._look()

    def _look(self) -> None:
        if self._is_stale and self.is_shown and self.state.engine == "live":
            self._is_stale = False
            if self._soon is not None:
                self._soon.stop()
            wait = SOON if self.records else 0.01
            self._soon = self.set_timer(wait, self._start_reading)

    def _start_reading(self) -> None:
        self.run_worker(self._read(), group="read", exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        found = await self.attempt(self.read())
        if found is None or not self.is_attached:
            return
        table, chosen = self.table, self.table.highlighted
        self.records = tuple(found)
        table.clear()
        table.set_empty(self.empty)
        table.extend(self.records)
        table.flush()
        table.hold()
        table.action_first()
        if chosen is not None:
            wanted = self.identity(chosen)
            table.highlight(lambda each: self.identity(each) == wanted)
        self.draw()

    def draw(self) -> None:
        """What is under the cursor has changed."""
        record = self.table.highlighted
        line = Content() if record is None else self.about(record)
        about = self.query_one(".-about", Static)
        about.update(line)
        about.display = record is not None

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        self.draw()

    async def action_copy(self) -> None:
        record = self.table.highlighted
        if record is None:
            return
        text = str(self.identity(record)).encode()
        copied = await self.attempt(clipboard.copy(text, by_terminal=self.app.copy_to_clipboard))
        if copied is not None:
            self.notify(f"{copied}", timeout=2, markup=False)

    def action_measure(self) -> None:
        self.notify("Nothing of this is measured.", timeout=2)

    def action_remove(self) -> None:
        record = self.table.highlighted
        if record is None:
            return
        wish = self.removing(record)
        if isinstance(wish, str):
            self.notify(wish, timeout=4, markup=False)
            return
        does, line, self._agreed = wish
        self._line = f"{self.client.address.command} {line}"
        if self.client.is_read_only:
            self.post_message(self.Failed(read_only(self._line)))
            return
        self._ask(f"Remove {self.titled(record)}?", does)

    def titled(self, record: T) -> str:
        """How a question calls it."""
        return str(self.identity(record))

    def _ask(self, title: str, does: str) -> None:
        address = self.client.address
        question = Question(title, does, "", address.shown, self._line, not address.is_local)
        self.query_one(ConfirmCard).ask(question)

    def on_confirm_card_answered(self, event: ConfirmCard.Answered) -> None:
        event.stop()
        agreed, self._agreed = self._agreed, None
        if event.is_yes and agreed is not None:
            self.run_worker(self._do(agreed, self._line), group="act", exit_on_error=False)

    async def _do(self, act: Callable[[], Awaitable[str]], line: str) -> None:
        at = self.client.clock.now()
        done = await self.attempt(act())
        self.post_message(self.Wanted(Pruned(line, at, done or "failed")))
        if done:
            self.notify(done, timeout=3, markup=False)
        self.look_again()
