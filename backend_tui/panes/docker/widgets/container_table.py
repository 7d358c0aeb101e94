"""The containers as a table: only lines on screen are drawn, the cursor keeps to its container."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from backend_tui.core.clock import Clock
from backend_tui.panes.docker.columns import COLUMNS, Cell, TableColumn, Tone
from backend_tui.panes.docker.model import SortKey
from backend_tui.panes.docker.rows import ContainerRow, GroupRow, Row

_MARK: Final = 2


class ContainerTable(ScrollView, can_focus=True):
    """`show` takes the rows; the cursor is by key, so that sorting and news never move it."""

    DEFAULT_CSS = """
    ContainerTable {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        background: $background;
        & > .container-table--plain { color: $foreground; }
        & > .container-table--strong { color: $foreground; text-style: bold; }
        & > .container-table--muted { color: $text-muted; }
        & > .container-table--good { color: $text-success; }
        & > .container-table--warning { color: $text-warning; }
        & > .container-table--error { color: $text-error; }
        & > .container-table--accent { color: $text-primary; text-style: bold; }
        & > .container-table--cursor { background: $foreground 10%; }
        &:focus > .container-table--cursor { background: $primary 35%; }
        &.-stale { opacity: 60%; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"container-table--{tone}"
        for tone in ("plain", "strong", "muted", "good", "warning", "error", "accent", "cursor")
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "Next", show=False),
        Binding("up,k", "step(-1)", "Previous", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
        Binding(
            "space", "mark", "Mark", show=False, tooltip="Acts are then done to all that are marked"
        ),
        Binding("enter", "open", "Details", show=False),
        Binding("left", "fold(True)", "Fold the project", show=False),
        Binding("right", "fold(False)", "Unfold the project", show=False),
    ]

    @dataclass
    class Highlighted(Message):
        """The cursor is on another line; `by_person` is False when its line has gone."""

        row: Row | None
        by_person: bool

    @dataclass
    class Opened(Message):
        """Enter, or a second click: the person wants to read this one."""

        row: Row

    @dataclass
    class Marked(Message):
        """Space: this line is to be marked, or no longer."""

        row: Row

    @dataclass
    class FoldAsked(Message):
        """A project is to be folded or unfolded."""

        project: str

    @dataclass
    class SortAsked(Message):
        """A column's title was clicked."""

        key: SortKey

    @dataclass
    class Scrolled(Message):
        """Other lines are on screen now."""

    def __init__(self, clock: Clock, *, id: str) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self._clock = clock
        self.rows: tuple[Row, ...] = ()
        self.empty = ""
        self.sort: SortKey = "name"
        self.is_descending = False
        self._at = 0
        self._key: str | None = None
        self._drawn: dict[int, tuple[Cell, ...]] = {}
        self._ground = Style()

    def show(self, rows: tuple[Row, ...], sort: SortKey, is_descending: bool) -> None:
        """The lines from now on; the cursor stays on its container, or on its neighbour."""
        is_same = (sort, is_descending, len(rows)) == (
            self.sort,
            self.is_descending,
            len(self.rows),
        ) and all(new.key == old.key for new, old in zip(rows, self.rows, strict=True))
        self.rows, self.sort, self.is_descending = rows, sort, is_descending
        if is_same and rows:
            self.look_again()
            return
        self.virtual_size = Size(0, len(rows) + 1)
        places = {row.key: at for at, row in enumerate(rows)}
        at = places.get(self._key or "")
        if at is None:
            if self._key is None:
                self._at = next(
                    (i for i, row in enumerate(rows) if isinstance(row, ContainerRow)), 0
                )
            self._at = min(self._at, max(len(rows) - 1, 0))
            self._tell(by_person=False)
        else:
            self._at = at
        self.refresh()

    def look_again(self) -> None:
        """Draw the lines on screen that would say something else now."""
        now = self._clock.now().timestamp()
        widths = _widths(self.scrollable_content_region.width)
        for y, row in enumerate(self.seen, 1):
            if self._drawn.get(y) != _cells(row, widths, now):
                self.refresh(Region(0, y, self.size.width, 1))

    @property
    def row(self) -> Row | None:
        """The line under the cursor."""
        return self.rows[self._at] if self._at < len(self.rows) else None

    @property
    def seen(self) -> tuple[Row, ...]:
        """The lines on screen."""
        top = int(self.scroll_offset.y)
        return self.rows[top : top + self._room]

    def highlight(self, key: str) -> bool:
        """Put the cursor on a line by its key; False when it is not there."""
        at = next((i for i, row in enumerate(self.rows) if row.key == key), None)
        if at is None:
            return False
        self._move(at)
        return True

    def action_step(self, by: int) -> None:
        self._move(self._at + by)

    def action_page(self, by: int) -> None:
        self._move(self._at + by * max(self._room - 1, 1))

    def action_first(self) -> None:
        self._move(0)

    def action_last(self) -> None:
        self._move(len(self.rows) - 1)

    def action_mark(self) -> None:
        if self.row is not None:
            self.post_message(self.Marked(self.row))
            self.action_step(1)

    def action_open(self) -> None:
        row = self.row
        if isinstance(row, GroupRow):
            self.post_message(self.FoldAsked(row.project))
        elif row is not None:
            self.post_message(self.Opened(row))

    def action_fold(self, folds: bool) -> None:
        row = self.row
        if isinstance(row, GroupRow) and row.is_folded != folds:
            self.post_message(self.FoldAsked(row.project))
        elif isinstance(row, ContainerRow) and row.is_grouped and folds:
            self.highlight(f"project {row.container.project}")

    def on_click(self, event: events.Click) -> None:
        if event.y == 0:
            if (column := self._column_at(event.x)) is not None and column.sort is not None:
                self.post_message(self.SortAsked(column.sort))
            return
        at = event.y - 1 + int(self.scroll_offset.y)
        if at >= len(self.rows):
            return
        if at == self._at and event.chain > 1:
            self.action_open()
        self._move(at)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if int(old_value) != int(new_value):
            self.post_message(self.Scrolled())

    def on_resize(self) -> None:
        self._see()
        self.post_message(self.Scrolled())

    @property
    def _room(self) -> int:
        return max(self.size.height - 1, 1)

    def _move(self, to: int) -> None:
        to = max(min(to, len(self.rows) - 1), 0)
        if to != self._at or self._key is None:
            self._at = to
            self._tell(by_person=True)
        self._see()
        self.refresh()

    def _tell(self, *, by_person: bool) -> None:
        row = self.row
        key = row.key if row else None
        if key != self._key:
            self._key = key
            self.post_message(self.Highlighted(row, by_person))

    def _see(self) -> None:
        top = int(self.scroll_offset.y)
        if self._at < top:
            self.scroll_to(y=self._at, animate=False, immediate=True, force=True)
        elif self._at >= top + self._room:
            self.scroll_to(y=self._at - self._room + 1, animate=False, immediate=True, force=True)

    def render_lines(self, crop: Region) -> list[Strip]:
        self._ground = self.rich_style  # dear to ask for, and the same for every line
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if not self.rows:
            lines = self.empty.split("\n")
            text = lines[y - 1] if 1 <= y <= len(lines) else ""
            return Strip([self._segment(set_cell_size(f" {text}", width), "muted")], width)
        widths = _widths(width)
        if y == 0:
            return self._titles(widths, width)
        at = y - 1 + int(self.scroll_offset.y)
        if at >= len(self.rows):
            return Strip.blank(width, self._ground)
        cells = _cells(self.rows[at], widths, self._clock.now().timestamp())
        self._drawn[y] = cells
        strip = self._line(cells, widths, width)
        if at == self._at:
            cursor = self.get_component_rich_style("container-table--cursor")
            return Strip(Segment.apply_style(strip, None, Style(bgcolor=cursor.bgcolor)), width)
        return strip

    def _titles(self, widths: list[int], width: int) -> Strip:
        parts = [" " * _MARK]
        for column, wide in zip(COLUMNS, widths, strict=True):
            if wide < 0:
                continue
            title = column.title
            if column.sort is not None and column.sort == self.sort:
                title += "↓" if self.is_descending else "↑"
            parts.append(_fitted(title, wide, column.is_number) + " ")
        return Strip([self._segment(set_cell_size("".join(parts), width), "muted")], width)

    def _line(self, cells: tuple[Cell, ...], widths: list[int], width: int) -> Strip:
        lead, *others = cells
        segments = [self._segment(*lead)]
        shown = [(column, w) for column, w in zip(COLUMNS, widths, strict=True) if w >= 0]
        for (column, wide), (text, tone) in zip(shown, others, strict=True):
            segments.append(self._segment(f"{_fitted(text, wide, column.is_number)} ", tone))
        return Strip(segments).crop_extend(0, width, self._ground)

    def _segment(self, text: str, tone: Tone) -> Segment:
        return Segment(text, self.get_component_rich_style(f"container-table--{tone}"))

    def _column_at(self, x: int) -> TableColumn | None:
        left = _MARK
        for column, wide in zip(
            COLUMNS, _widths(self.scrollable_content_region.width), strict=True
        ):
            if wide < 0:
                continue
            if left <= x <= left + wide:
                return column
            left += wide + 1
        return None


def _lead(row: Row) -> Cell:
    if isinstance(row, GroupRow):
        return ("▸ " if row.is_folded else "▾ "), "accent"
    return ("◆ " if row.is_marked else "  "), "accent"


def _cells(row: Row, widths: list[int], now: float) -> tuple[Cell, ...]:
    """What a line says: its lead, then a cell for each column that is shown."""
    shown = (column for column, wide in zip(COLUMNS, widths, strict=True) if wide >= 0)
    return (_lead(row), *(_cell(column, row, now) for column in shown))


def _cell(column: TableColumn, row: Row, now: float) -> Cell:
    if isinstance(row, ContainerRow):
        text, tone = column.cell(row, now)
        is_name = column.title == "name"
        return (f"  {text}" if is_name and row.is_grouped else text), tone
    if column.title == "name":
        return row.project, "accent"
    return column.group(row)


def _widths(width: int) -> list[int]:
    """Cells of each column, -1 for one that is left out; flexible ones share the rest."""
    shown = [column.width if width >= column.above else -1 for column in COLUMNS]
    taken = sum(each + 1 for each in shown if each >= 0) + _MARK
    flexible = [i for i, each in enumerate(shown) if each == 0]
    for order, i in enumerate(flexible):
        shown[i] = max((width - taken) // (len(flexible) - order), 4)
        taken += shown[i]
    return shown


def _fitted(text: str, width: int, is_number: bool) -> str:
    size = cell_len(text)
    if size > width:
        return f"{set_cell_size(text, max(width - 1, 0))}…"
    return " " * (width - size) + text if is_number else text + " " * (width - size)
