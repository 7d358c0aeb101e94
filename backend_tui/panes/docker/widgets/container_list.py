"""The table with its filter, order and groups; what is asked for goes up as messages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input

from backend_tui.core.clock import Clock
from backend_tui.panes.docker.columns import SORTS
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.model import (
    DockerState,
    Event,
    Filtered,
    FoldToggled,
    GroupingToggled,
    MarksCleared,
    MarkToggled,
    Sorted,
    SortKey,
    StoppedToggled,
)
from backend_tui.panes.docker.rows import ContainerRow, GroupRow, Row, rows
from backend_tui.panes.docker.widgets.container_table import ContainerTable

_NUMBERS = frozenset({"cpu", "memory", "network", "block", "pids", "uptime"})


class ContainerList(Vertical):
    """What is filtered, in which order; the page does the acts."""

    DEFAULT_CSS = """
    ContainerList {
        height: 1fr;
        & > Input {
            display: none; height: 1; border: none; padding: 0 1; background: $surface;
            &.-shown { display: block; }
            &:focus { background: $primary 20%; }
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("o", "order", "Order", show=False, tooltip="By the next column"),
        Binding("O", "reverse", "Order the other way", show=False),
        Binding("e", "hide_stopped", "Hide stopped", show=False),
        Binding("g", "group", "Group by project", show=False),
        Binding("escape", "back", "Clear", show=False),
    ]

    @dataclass
    class Wanted(Message):
        """A change of what the table shows."""

        event: Event

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.state = DockerState()

    def compose(self) -> ComposeResult:
        yield Input(placeholder="name, image, state, project or id", compact=True)
        yield ContainerTable(self._clock, id="docker-table")

    @property
    def table(self) -> ContainerTable:
        return self.query_one(ContainerTable)

    def show(self, state: DockerState, empty: str) -> None:
        """Draw the state's rows; `empty` is said when there is none."""
        self.state = state
        self.table.empty = empty
        self.table.set_class(state.engine == "lost" and bool(state.containers), "-stale")
        self.table.show(rows(state), state.sort, state.is_descending)

    @property
    def targets(self) -> tuple[Container, ...]:
        """What an act is done to: all that are marked, else the line under the cursor."""
        known = self.state.containers
        marked = tuple(each for key, each in known.items() if key in self.state.marked)
        return marked or _of_row(self.table.row)

    def action_filter(self) -> None:
        field = self.query_one(Input)
        field.add_class("-shown")
        field.focus()

    def action_order(self) -> None:
        key = SORTS[(SORTS.index(self.state.sort) + 1) % len(SORTS)]
        self._order(key)

    def action_reverse(self) -> None:
        self._want(Sorted(self.state.sort, not self.state.is_descending))

    def action_hide_stopped(self) -> None:
        self._want(StoppedToggled())

    def action_group(self) -> None:
        self._want(GroupingToggled())

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Escape is the pane's when nothing is marked or filtered."""
        is_plain = not (self.state.marked or self.state.filter)
        return not (action == "back" and is_plain)

    def action_back(self) -> None:
        """Marks first, then the filter."""
        if self.state.marked:
            self._want(MarksCleared())
        else:
            self._leave_filter(keeps=False)

    def on_container_table_marked(self, event: ContainerTable.Marked) -> None:
        event.stop()
        self._want(MarkToggled(frozenset(each.id for each in _of_row(event.row))))

    def on_container_table_fold_asked(self, event: ContainerTable.FoldAsked) -> None:
        event.stop()
        self._want(FoldToggled(event.project))

    def on_container_table_sort_asked(self, event: ContainerTable.SortAsked) -> None:
        event.stop()
        if event.key == self.state.sort:
            self.action_reverse()
        else:
            self._order(event.key)

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._want(Filtered(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._leave_filter(keeps=True)

    def on_key(self, event: events.Key) -> None:
        field = self.query_one(Input)
        if field.has_focus and event.key in ("escape", "down"):
            event.stop()
            self._leave_filter(keeps=event.key == "down")

    def _leave_filter(self, *, keeps: bool) -> None:
        field = self.query_one(Input)
        if not keeps:
            field.value = ""
        field.set_class(bool(field.value), "-shown")
        self.table.focus()

    def _order(self, key: SortKey) -> None:
        self._want(Sorted(key, key in _NUMBERS))

    def _want(self, event: Event) -> None:
        self.post_message(self.Wanted(event))


def _of_row(row: Row | None) -> tuple[Container, ...]:
    match row:
        case ContainerRow(container):
            return (container,)
        case GroupRow():
            return row.containers
        case None:
            return ()
