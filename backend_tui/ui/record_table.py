"""A table for live feeds: only the visible rows of a ring are drawn, 12 times a second at most."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, Literal, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from backend_tui.core.text import clean_line
from backend_tui.ui.ring import Ring

T = TypeVar("T")
Tone = Literal["plain", "strong", "muted", "good", "warning", "error", "accent"]
Cell = tuple[str, Tone]

REFRESH: Final = 1 / 12


@dataclass(frozen=True)
class Column(Generic[T]):
    """How one column is called, measured, drawn and sorted.

    `width` in cells, 0 takes what is left; the column is left out of tables narrower than `above`.
    """

    title: str
    cell: Callable[[T], Cell]
    width: int
    is_number: bool = False
    key: Callable[[T], Any] | None = None
    above: int = 0


class RecordTable(ScrollView, Generic[T], can_focus=True):
    """The newest records, the newest at the bottom and followed until the person looks elsewhere.

    While it does not follow, nothing that arrives moves what is read: cursor and first line keep
    to their records.
    """

    DEFAULT_CSS = """
    RecordTable {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        background: $background;
        & > .record-table--plain { color: $foreground; }
        & > .record-table--strong { color: $foreground; text-style: bold; }
        & > .record-table--muted { color: $text-muted; }
        & > .record-table--good { color: $text-success; }
        & > .record-table--warning { color: $text-warning; }
        & > .record-table--error { color: $text-error; }
        & > .record-table--accent { color: $text-primary; }
        & > .record-table--cursor { background: $foreground 10%; }
        &:focus > .record-table--cursor { background: $primary 35%; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "record-table--plain",
        "record-table--strong",
        "record-table--muted",
        "record-table--good",
        "record-table--warning",
        "record-table--error",
        "record-table--accent",
        "record-table--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "Next", show=False),
        Binding("up,k", "step(-1)", "Previous", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home,g", "first", "First", show=False),
        Binding("end,G", "last", "Newest, and follow", show=False),
        Binding("enter", "choose", "Open"),
        Binding("s", "sort(1)", "Sort", tooltip="By the next column; the last is by arrival"),
        Binding("S", "reverse", "Sort the other way", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """Enter or a second click on a record."""

        table: RecordTable[Any]
        record: Any

    @dataclass
    class Highlighted(Message):
        """The person moved the cursor to a record; following a feed sends none."""

        table: RecordTable[Any]
        record: Any

    def __init__(
        self,
        columns: Sequence[Column[T]],
        *,
        capacity: int = 10_000,
        identity: Callable[[T], Hashable] | None = None,
        empty: str = "",
        id: str | None = None,  # noqa: A002 - Textual's own name for it
    ) -> None:
        super().__init__(id=id)
        self.columns = tuple(columns)
        self.ring: Ring[T] = Ring(capacity, identity)
        self.empty = empty
        self.is_following = True
        self.sort_column: int | None = None
        self.is_descending = True
        self._cursor: int | None = None
        self._first: int | None = None
        self._is_stale = False
        self._timer: Timer | None = None
        self._ground = Style()

    def on_mount(self) -> None:
        self._timer = self.set_interval(REFRESH, self.flush, pause=True)

    def extend(self, records: Iterable[T]) -> None:
        """Take in records; they are drawn with the next refresh."""
        self.ring.extend(records)
        self._touch()

    def clear(self) -> None:
        """Forget every record and follow again."""
        self.ring.clear()
        self._cursor = self._first = None
        self.is_following = True
        self.flush(force=True)

    def set_filter(self, passes: Callable[[T], bool] | None) -> None:
        """Show what passes; the cursor stays on its record when that does."""
        self.ring.filter(passes)
        self.flush(force=True)

    def set_empty(self, words: str) -> None:
        """What is said when there is nothing to show; lines by newline."""
        if words != self.empty:
            self.empty = words
            self.refresh()

    @property
    def highlighted(self) -> T | None:
        """The record under the cursor."""
        at = self.cursor
        view = self.ring.view()
        return view[at][1] if at is not None and at < len(view) else None

    @property
    def cursor(self) -> int | None:
        """The line under the cursor; None in an empty table."""
        view = self.ring.view()
        if not view:
            return None
        if self.is_following and not self.ring.is_sorted:
            return len(view) - 1
        if self._cursor is None:
            return 0
        place = self.ring.place(self._cursor)
        return place if place is not None else self._nearest(self._cursor)

    def highlight(self, passes: Callable[[T], bool]) -> bool:
        """Put the cursor on the newest record that passes; False when none does."""
        view = self.ring.view()
        at = next((i for i in range(len(view) - 1, -1, -1) if passes(view[i][1])), None)
        if at is None:
            return False
        self._move(at, is_told=False)
        return True

    def hold(self) -> None:
        """Stop following: what is read stays where it is."""
        at = self.cursor
        if at is not None:
            self._cursor = self.ring.view()[at][0]
        self._remember_first()
        self.is_following = False

    def flush(self, force: bool = False) -> None:
        """Draw what has arrived since the last time."""
        if self._timer is not None:
            self._timer.pause()
        if not (self._is_stale or force):
            return
        self._is_stale = False
        count = len(self.ring.view())
        self.virtual_size = Size(0, count + 1)
        if self.is_following and not self.ring.is_sorted:
            self._scroll(count - self._room)
        elif self._first is not None:
            place = self.ring.place(self._first)
            self._scroll(place if place is not None else self._nearest(self._first))
        self.refresh()

    def action_step(self, by: int) -> None:
        at = self.cursor
        if at is not None:
            self._move(at + by)

    def action_page(self, by: int) -> None:
        self.action_step(by * max(self._room - 1, 1))

    def action_first(self) -> None:
        self._move(0)

    def action_last(self) -> None:
        self._move(len(self.ring.view()) - 1)

    def action_choose(self) -> None:
        record = self.highlighted
        if record is not None:
            self.hold()
            self.post_message(self.Chosen(self, record))

    def action_sort(self, by: int) -> None:
        able: list[int | None] = [None]
        able += [i for i, column in enumerate(self.columns) if column.key is not None]
        at = able.index(self.sort_column) if self.sort_column in able else 0
        self.sort_by(able[(at + by) % len(able)], is_descending=True)

    def action_reverse(self) -> None:
        self.sort_by(self.sort_column, is_descending=not self.is_descending)

    def sort_by(self, column: int | None, is_descending: bool = True) -> None:
        """Order by a column; None is the order of arrival."""
        self.hold()
        self.sort_column, self.is_descending = column, is_descending
        self.ring.sort(None if column is None else self.columns[column].key, is_descending)
        self._first = None
        self.flush(force=True)
        self._move(0 if column is not None else len(self.ring.view()) - 1, is_told=False)

    def on_click(self, event: events.Click) -> None:
        at = event.y - 1 + self.scroll_offset.y
        if event.y < 1 or at >= len(self.ring.view()):
            return
        if at == self.cursor and self.has_focus:
            self.action_choose()
        self._move(at)

    def on_mouse_scroll_up(self) -> None:
        self.hold()

    def on_resize(self) -> None:
        self.flush(force=True)
        at = self.cursor
        if at is not None and not self.is_following:
            self._see(at)
            self._remember_first()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self.is_following:
            self._remember_first()

    @property
    def _room(self) -> int:
        return max(self.size.height - 1, 1)

    def _touch(self) -> None:
        if not self._is_stale:
            self._is_stale = True
            if self._timer is not None:
                self._timer.resume()

    def _nearest(self, number: int) -> int:
        view = self.ring.view()
        if self.ring.is_sorted:
            return 0
        return max(min(sum(1 for pair in view if pair[0] < number), len(view) - 1), 0)

    def _remember_first(self) -> None:
        view = self.ring.view()
        top = self.scroll_offset.y
        self._first = view[top][0] if top < len(view) else None

    def _see(self, line: int) -> None:
        top = self.scroll_offset.y
        if line < top:
            self._scroll(line)
        elif line >= top + self._room:
            self._scroll(line - self._room + 1)

    def _scroll(self, y: int) -> None:
        self.scroll_to(y=max(y, 0), animate=False, immediate=True, force=True)

    def _move(self, to: int, is_told: bool = True) -> None:
        view = self.ring.view()
        if not view:
            return
        to = max(0, min(to, len(view) - 1))
        before = self.cursor
        self._cursor = view[to][0]
        self.is_following = to == len(view) - 1 and not self.ring.is_sorted
        self._see(to)
        self._remember_first()
        if to != before:
            self.refresh()
            if is_told:
                self.post_message(self.Highlighted(self, view[to][1]))

    def render_lines(self, crop: Region) -> list[Strip]:
        self._ground = self.rich_style  # dear to ask for, and the same for every line
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        view = self.ring.view()
        if not view:
            words = self.empty.split("\n")
            text = words[y - 1] if 0 < y <= len(words) else ""
            text = f" {text}"
            return Strip([self._segment(set_cell_size(text, width), "muted")], width)
        widths = self._widths(width)
        if y == 0:
            return self._titles(widths, width)
        at = y - 1 + self.scroll_offset.y
        if at >= len(view):
            return Strip.blank(width, self._ground)
        strip = self._line(view[at][1], widths, width)
        if at == self.cursor:
            cursor = self.get_component_rich_style("record-table--cursor")
            return Strip(Segment.apply_style(strip, None, Style(bgcolor=cursor.bgcolor)), width)
        return strip

    def _widths(self, width: int) -> list[int]:
        """Cells of each column, -1 for one that is left out; a column of 0 takes the rest."""
        shown = [column.width if width >= column.above else -1 for column in self.columns]
        taken = sum(each + 1 for each in shown if each >= 0) + 1
        flexible = [i for i, each in enumerate(shown) if each == 0]
        for order, i in enumerate(flexible):
            shown[i] = max((width - taken) // (len(flexible) - order), 4)
            taken += shown[i]
        return shown

    def _titles(self, widths: list[int], width: int) -> Strip:
        parts = [" "]
        for index, (column, wide) in enumerate(zip(self.columns, widths, strict=True)):
            if wide < 0:
                continue
            title = column.title
            if index == self.sort_column:
                title += "↓" if self.is_descending else "↑"
            parts.append(
                (title.rjust(wide) if column.is_number else title.ljust(wide))[:wide] + " "
            )
        return Strip([self._segment(set_cell_size("".join(parts), width), "muted")], width)

    def _line(self, record: T, widths: list[int], width: int) -> Strip:
        segments = [self._segment(" ", "plain")]
        for column, wide in zip(self.columns, widths, strict=True):
            if wide < 0:
                continue
            text, tone = column.cell(record)
            text = _fitted(clean_line(text), wide, column.is_number)
            segments.append(self._segment(f"{text} ", tone))
        return Strip(segments).crop_extend(0, width, self._ground)

    def _segment(self, text: str, tone: Tone) -> Segment:
        return Segment(text, self.get_component_rich_style(f"record-table--{tone}"))


def _fitted(text: str, width: int, is_number: bool) -> str:
    size = cell_len(text)
    if size > width:
        return set_cell_size(text, max(width - 1, 0)) + "…"
    return " " * (width - size) + text if is_number else text + " " * (width - size)
