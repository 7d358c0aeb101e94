"""The lines on screen: only visible rows are styled, twelve frames a second at most.

While it follows, the newest line is at the bottom. While it does not, nothing that arrives moves
what is read: the first line on screen keeps to its number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

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
from backend_tui.panes.docker.logs.lines import LogLine
from backend_tui.panes.docker.logs.paint import GUTTERS, Look, painted, row_count, under_cursor
from backend_tui.panes.docker.logs.store import LogStore

REFRESH: Final = 1 / 12
_STEP: Final = 16


class LogLines(ScrollView, can_focus=True):
    """A window on a `LogStore`; the owner changes the store and says `touch`."""

    DEFAULT_CSS = """
    LogLines {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        scrollbar-gutter: stable;
        background: $background;
        & > .log--plain { color: $foreground; }
        & > .log--error { color: $text-error; }
        & > .log--time { color: $text-muted; }
        & > .log--mark { color: $text-accent; text-style: bold; }
        & > .log--hit { background: $warning 45%; color: $foreground; }
        & > .log--cursor { background: $foreground 10%; }
        &:focus > .log--cursor { background: $primary 35%; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log--plain",
        "log--error",
        "log--time",
        "log--mark",
        "log--hit",
        "log--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "Next", show=False),
        Binding("up,k", "step(-1)", "Previous", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home,g", "first", "First", show=False),
        Binding("end,G", "last", "Newest, and follow", show=False),
        Binding("left", "sideways(-1)", "To the left", show=False),
        Binding("right", "sideways(1)", "To the right", show=False),
        Binding("enter", "open", "Open", tooltip="The whole line; JSON is folded and searched"),
    ]

    @dataclass
    class Opened(Message):
        """Enter or a second click on a line."""

        line: LogLine

    class Moved(Message):
        """The cursor or the following has changed."""

    class TopReached(Message):
        """The person wants to go above the oldest line that is kept."""

    class EndWanted(Message):
        """The person wants the newest lines, which are not kept at the moment."""

    def __init__(self, store: LogStore) -> None:
        super().__init__()
        self.store = store
        self.empty = ""
        self.is_following = True
        self.wraps = False
        self.times = 0
        """0 none, 1 the time, 2 the date, too."""
        self._cursor = 0
        self._first = 0
        self._seen = 0
        self._left = 0
        self._is_stale = False
        self._timer: Timer | None = None
        self._rows: list[tuple[int, int, int]] = []
        self._ground = Style()
        self._styles: dict[str, Style] = {}

    def on_mount(self) -> None:
        self._timer = self.set_interval(REFRESH, self.flush, pause=True)

    def touch(self) -> None:
        """The store has changed; it is drawn with the next frame."""
        if not self._is_stale:
            self._is_stale = True
            if self._timer is not None:
                self._timer.resume()

    def flush(self, force: bool = False) -> None:
        """Draw what has changed."""
        if self._timer is not None:
            self._timer.pause()
        if not (self._is_stale or force) or not self.is_attached:
            return
        self._is_stale = False
        top = self._last_top()
        self.virtual_size = Size(0, top + self._height)
        if self.is_following:
            self._seen = self.store.stop
            self._scroll(top)
        else:
            self._scroll(self.store.place_of(self._first))
        self._rows = []
        self.refresh()

    def say(self, words: str) -> None:
        """What is said where no line is."""
        if words != self.empty:
            self.empty = words
            self.refresh()

    def reset(self) -> None:
        """Another log: follow it from its end."""
        self.is_following = True
        self._cursor = self._first = self._seen = self._left = 0
        self.flush(force=True)

    @property
    def number(self) -> int | None:
        """The number of the line under the cursor, the newest while it follows; None for none."""
        if not self.store.count:
            return None
        if self.is_following:
            return self.store.number_at(self.store.count - 1)
        return self.store.number_at(self.store.place_of(self._cursor))

    @property
    def unseen(self) -> int:
        """Lines that came since it stopped to follow."""
        return 0 if self.is_following else max(self.store.stop - self._seen, 0)

    def go_to(self, number: int) -> None:
        """Put the cursor on a line, in the middle when it was not on screen."""
        self._pause()
        self.flush()
        place = self.store.place_of(number)
        top = self.scroll_offset.y
        if not top <= place < top + self._height - 1:
            self._scroll(max(place - self._height // 2, 0))
        self._move(place)

    def follow(self, follows: bool) -> None:
        """Keep to the newest line, or stay where one reads."""
        if follows and self.store.newer_cut:
            self.post_message(self.EndWanted())
            return
        if follows:
            self.is_following = True
            self.flush(force=True)
        else:
            self._pause()
        self.post_message(self.Moved())

    def restyle(self) -> None:
        """Wrap, times or hits are others: everything is drawn anew."""
        self._styles.clear()
        self.flush(force=True)

    def action_step(self, by: int) -> None:
        self._step(by)

    def action_page(self, by: int) -> None:
        self._step(by * max(len({row[0] for row in self._layout()}) - 1, 1))

    def action_first(self) -> None:
        self._pause()
        self._move(0)

    def action_last(self) -> None:
        self.follow(True)

    def action_sideways(self, by: int) -> None:
        if not self.wraps:
            self._left = max(self._left + by * _STEP, 0)
            self.refresh()

    def action_open(self) -> None:
        number = self.number
        if number is not None:
            self._pause()
            self.post_message(self.Opened(self.store.line(number)))

    def on_click(self, event: events.Click) -> None:
        rows = self._layout()
        if event.y >= len(rows) or rows[event.y][0] < 0:
            return
        place = rows[event.y][0]
        was = self.number
        self._pause()
        if was == self.store.number_at(place) and event.chain > 1:
            self.action_open()
        self._move(place)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._wheel(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._wheel(3)

    def on_resize(self) -> None:
        self.flush(force=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._rows = []
        if not self.is_following:
            self._remember()

    def notify_style_update(self) -> None:
        """Focus or theme has changed."""
        super().notify_style_update()
        self._styles.clear()

    @property
    def _height(self) -> int:
        return max(self.size.height, 1)

    @property
    def _width(self) -> int:
        return max(self.scrollable_content_region.width, 1)

    def _wheel(self, by: int) -> None:
        top = self.scroll_offset.y + by
        if by > 0 and top >= self._last_top():
            if not self.is_following:
                self.follow(True)
            return
        if top < 0:
            self.post_message(self.TopReached())
        self._pause()
        self._scroll(max(top, 0))
        self._remember()
        self._cursor = self._first
        self.refresh()
        self.post_message(self.Moved())

    def _step(self, by: int) -> None:
        if not self.store.count:
            return
        was_following = self.is_following
        place = self.store.count - 1 if was_following else self.store.place_of(self._cursor)
        if was_following and by > 0:
            return
        self._pause()
        if place + by < 0:
            self.post_message(self.TopReached())
        if place + by > self.store.count - 1 and not self.store.newer_cut:
            self.follow(True)
            return
        self._move(place + by)

    def _pause(self) -> None:
        if self.is_following:
            self._cursor = self.number or 0
            self._seen = self.store.stop
            self.is_following = False
            self._remember()

    def _remember(self) -> None:
        if self.store.count:
            place = min(self.scroll_offset.y, self.store.count - 1)
            self._first = self.store.number_at(place)

    def _move(self, place: int) -> None:
        if not self.store.count:
            return
        place = max(0, min(place, self.store.count - 1))
        self._cursor = self.store.number_at(place)
        top = self.scroll_offset.y
        if place < top:
            self._scroll(place)
        elif place >= top + self._fitting(top):
            self._scroll(self._top_for(place))
        self._remember()
        self.refresh()
        self.post_message(self.Moved())

    def _scroll(self, y: int) -> None:
        self._rows = []
        self.scroll_to(y=max(y, 0), animate=False, immediate=True, force=True)

    # Where lines stand.

    def _line_rows(self, place: int) -> int:
        """Rows that a line takes; a very long one takes half of the screen at most."""
        if not self.wraps:
            return 1
        room = max(self._width - self._gutter, 1)
        return row_count(self.store.line(self.store.number_at(place)), room, self._height)

    def _top_for(self, place: int) -> int:
        """The first line on screen that puts this one at the bottom."""
        rows = 0
        while place >= 0:
            rows += self._line_rows(place)
            if rows > self._height:
                return place + 1
            place -= 1
        return 0

    def _last_top(self) -> int:
        count = self.store.count
        return self._top_for(count - 1) if count else 0

    def _fitting(self, top: int) -> int:
        """Lines that are whole on screen from this one on."""
        if not self.wraps:
            return self._height
        rows, place, count = 0, top, self.store.count
        while place < count:
            rows += self._line_rows(place)
            if rows > self._height:
                break
            place += 1
        return max(place - top, 1)

    def _layout(self) -> list[tuple[int, int, int]]:
        """For each row on screen: the line's place, its part, and how many parts it has."""
        if self._rows:
            return self._rows
        rows: list[tuple[int, int, int]] = []
        place, count = self.scroll_offset.y, self.store.count
        if not self.is_following:
            place = self.store.place_of(self._first)
        while place < count and len(rows) < self._height:
            parts = self._line_rows(place)
            rows += [(place, part, parts) for part in range(parts)]
            place += 1
        self._rows = rows[: self._height]
        return self._rows

    # Drawing.

    @property
    def _gutter(self) -> int:
        return GUTTERS[self.times]

    @property
    def _look(self) -> Look:
        search = self.store.search
        return Look(
            self._style,
            self._ground,
            self.app.console,
            height=self._height,
            left=self._left,
            wraps=self.wraps,
            times=self.times,
            search=search.passes if search is not None else None,
        )

    def render_lines(self, crop: Region) -> list[Strip]:
        self._ground = self.rich_style
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width = self._width
        if not self.store.count:
            words = self.empty.split("\n")
            text = words[y - 1] if 0 < y <= len(words) else ""
            return Strip([Segment(f"  {clean_line(text)}", self._style("time"))]).crop_extend(
                0, width, self._ground
            )
        rows = self._layout()
        if y >= len(rows):
            return Strip.blank(width, self._ground)
        place, part, parts = rows[y]
        if place >= self.store.count:
            return Strip.blank(width, self._ground)
        number = self.store.number_at(place)
        line = self.store.line(number)
        look = self._look
        strip = painted(line, part, parts, width, look)
        if not self.is_following and number == self.number:
            return under_cursor(strip, look)
        return strip

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = self.get_component_rich_style(f"log--{name}")
        return style
