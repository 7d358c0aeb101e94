"""The base of details that are tables: read for the chosen container alone, and read again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from backend_tui.core import clipboard
from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean, clean_line, shorten
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details.section import DetailSection
from backend_tui.panes.docker.engine.failures import ActRefusedError
from backend_tui.ui.record_table import Cell, Column, RecordTable

MOST: Final = 50_000
_LONGEST: Final = 2_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its cells, what tells it from others, what is copied, what is shown in full."""

    cells: tuple[Cell, ...]
    name: str
    copied: str = ""
    full: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """A table's rows, the line above them, and what is said when there are none."""

    rows: tuple[Row, ...]
    summary: str = ""
    empty: str = ""


def column(
    title: str, index: int, width: int, *, is_number: bool = False, above: int = 0
) -> Column[Row]:
    """A column that shows the cell of this index."""
    return Column(title, lambda row: row.cells[index], width, is_number=is_number, above=above)


class TableSection(DetailSection):
    """Subclasses say their columns and read their facts; `EVERY` seconds where these move."""

    COLUMNS: ClassVar[Sequence[Column[Row]]] = ()
    EVERY: ClassVar[float | None] = None
    DEFAULT_CSS = """
    TableSection {
        & > .-summary { height: auto; max-height: 3; padding: 0 1; color: $text-muted; }
        & > .-full {
            display: none; height: auto; max-height: 6; padding: 0 1;
            background: $surface; color: $foreground;
            &.-shown { display: block; }
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", tooltip="Copy the line under the cursor"),
        Binding("ctrl+r", "again", "Read again", show=False),
    ]

    def __init__(self, client: DockerClient, *, id: str) -> None:  # noqa: A002 - Textual's own
        super().__init__(client, id=id)
        self.facts = Facts(())

    def compose(self) -> ComposeResult:
        yield Static(markup=False, classes="-summary")
        yield RecordTable[Row](self.COLUMNS, capacity=MOST, empty="No container is chosen.")
        yield Static(markup=False, classes="-full")

    @property
    def table(self) -> RecordTable[Row]:
        return self.query_one(RecordTable)

    async def read(self, container: Container) -> Facts:
        """What the engine tells now. Raises its refusal."""
        raise NotImplementedError

    async def look(self, container: Container) -> None:
        while True:
            try:
                self.show_facts(await self.read(container))
            except ActRefusedError as refused:
                if refused.status != 404:
                    self._show_problem(refused)
                    raise
                self.table.set_empty("It was removed.")
                return
            except BackendError as problem:
                self._show_problem(problem)
                raise
            if self.EVERY is None or not (self.container and self.container.is_alive):
                return
            await asyncio.sleep(self.EVERY)

    def show_facts(self, facts: Facts) -> None:
        """Draw them; the cursor stays on its line when that is still there."""
        if facts == self.facts:
            self.table.set_empty(facts.empty)
            return
        here = row.name if (row := self.table.highlighted) is not None else None
        self.facts = facts
        table = self.table
        table.set_empty(facts.empty)
        top = table.scroll_offset.y
        table.ring.clear()
        table.ring.extend(facts.rows[:MOST])
        table.hold()
        table.flush(force=True)
        if here is None or not table.highlight(lambda each: each.name == here):
            table.action_first()
        else:
            table.scroll_to(y=top, animate=False, immediate=True, force=True)
        left = len(facts.rows) - MOST
        more = f"  · {left} more are not shown" if left > 0 else ""
        self._say(facts.summary + more)
        self._show_full(table.highlighted)

    def choose(self) -> None:
        if not self.is_attached:
            return
        self.facts = Facts(())
        self.table.clear()
        self.table.set_empty("Reading…" if self.container else "No container is chosen.")
        self._say("")
        self._show_full(None)

    def changed(self, before: Container) -> None:
        """A new state, health or name is news; an uptime that ticks is not."""
        now = self.container
        if now is not None and (now.state, now.health, now.name, now.networks) != (
            before.state,
            before.health,
            before.name,
            before.networks,
        ):
            self.look_again()

    def gone(self) -> None:
        """What was read of it stays."""
        self._stop()

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        self._show_full(event.record)

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        event.stop()
        self._show_full(event.record)

    def action_again(self) -> None:
        self.look_again()

    async def action_copy(self) -> None:
        row = self.table.highlighted
        if row is None:
            return
        text = (row.copied or row.cells[0][0]).encode()
        copied = await self.attempt(clipboard.copy(text, by_terminal=self.app.copy_to_clipboard))
        if copied is not None:
            self.notify(f"{copied}", timeout=2, markup=False)

    def _show_problem(self, problem: BackendError) -> None:
        lines = [problem.what, problem.why, problem.hint, "ctrl+r reads again."]
        self.table.set_empty("\n".join(clean_line(line) for line in lines if line))

    def _say(self, words: str) -> None:
        line = self.query_one(".-summary", Static)
        line.display = bool(words)
        line.update(Content(clean_line(words)))

    def _show_full(self, row: Row | None) -> None:
        full = self.query_one(".-full", Static)
        text = row.full if row is not None else ""
        full.set_class(bool(text), "-shown")
        full.update(Content(clean(shorten(text, _LONGEST)).rstrip()))


def mapping(document: object, *keys: str) -> Mapping[str, object]:
    """The object at this path of a document; empty when there is none."""
    for key in keys:
        document = document.get(key) if isinstance(document, Mapping) else None
    return document if isinstance(document, Mapping) else {}


def items(document: object, *keys: str) -> list[object]:
    """The list at this path of a document; empty when there is none."""
    found = mapping(document, *keys[:-1]).get(keys[-1])
    return list(found) if isinstance(found, list) else []


def said(document: Mapping[str, object], key: str) -> str:
    """A value as one clean line; empty when it was not told."""
    value = document.get(key)
    return clean_line(str(value)) if value is not None else ""
