"""Two journeys side by side on screen: their counters, then a line for each paired span."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from backend_tui.core.text import clean_line
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.core.waterfall import Row
from backend_tui.panes.traces.comparison import Pair, compare, counter_changes
from backend_tui.panes.traces.drawing import clock_text
from backend_tui.panes.traces.journey import Journey

_HEADER: Final = 4
_SIDE: Final = 11
_TONES: Final = {
    "same": "muted",
    "slower": "slower",
    "faster": "faster",
    "only left": "faster",
    "only right": "slower",
}


class ComparisonView(ScrollView, can_focus=True):
    """Name, left time, right time, difference; ▲ slower, ▼ faster, - gone, + new."""

    DEFAULT_CSS = """
    ComparisonView {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        background: $background;
        & > .comparison--plain { color: $foreground; }
        & > .comparison--muted { color: $text-muted; }
        & > .comparison--slower { color: $text-warning; }
        & > .comparison--faster { color: $text-success; }
        & > .comparison--cursor { background: $foreground 10%; }
        &:focus > .comparison--cursor { background: $primary 35%; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "comparison--plain",
        "comparison--muted",
        "comparison--slower",
        "comparison--faster",
        "comparison--cursor",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "Next", show=False),
        Binding("up,k", "step(-1)", "Previous", show=False),
        Binding("pagedown", "step(10)", "Page down", show=False),
        Binding("pageup", "step(-10)", "Page up", show=False),
        Binding("home,g", "step(-1000000)", "First", show=False),
        Binding("end,G", "step(1000000)", "Last", show=False),
        Binding("n", "next_change(1)", "Next change"),
        Binding("N", "next_change(-1)", "Previous change", show=False),
        Binding("escape", "close", "Back"),
    ]

    @dataclass
    class Closed(Message):
        """The person is done comparing."""

        view: ComparisonView

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self.sides: tuple[Journey, Journey] | None = None
        self.pairs: tuple[Pair, ...] = ()
        self.cursor = 0

    def show(self, left: Journey, right: Journey) -> None:
        """Compare the two from the top."""
        self.sides = (left, right)
        self.pairs = compare(left.trace, right.trace)
        self.cursor = 0
        self.virtual_size = Size(0, len(self.pairs) + _HEADER)
        self.scroll_to(y=0, animate=False, immediate=True)
        self.refresh()

    def action_step(self, by: int) -> None:
        self.cursor = max(0, min(self.cursor + by, len(self.pairs) - 1))
        room = max(self.size.height - _HEADER, 1)
        top = self.scroll_offset.y
        if not top <= self.cursor < top + room:
            to = self.cursor if self.cursor < top else self.cursor - room + 1
            self.scroll_to(y=to, animate=False, immediate=True)
        self.refresh()

    def action_next_change(self, by: int) -> None:
        changed = [i for i, pair in enumerate(self.pairs) if pair.change != "same"]
        ahead = [i for i in changed if (i - self.cursor) * by > 0]
        if ahead:
            self.action_step((ahead[0] if by > 0 else ahead[-1]) - self.cursor)

    def action_close(self) -> None:
        self.post_message(self.Closed(self))

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if self.sides is None:
            return Strip.blank(width, self.rich_style)
        if y < _HEADER:
            return self._header(y, *self.sides, width)
        at = y - _HEADER + self.scroll_offset.y
        if at >= len(self.pairs):
            return Strip.blank(width, self.rich_style)
        strip = self._line(self.pairs[at], width)
        if at == self.cursor:
            cursor = self.get_component_rich_style("comparison--cursor")
            return Strip(Segment.apply_style(strip, None, Style(bgcolor=cursor.bgcolor)), width)
        return strip

    def _header(self, y: int, left: Journey, right: Journey, width: int) -> Strip:
        if y < 2:
            side, journey = (("A", left), ("B", right))[y]
            trace = journey.trace
            words = (
                f" {side}  {clock_text(trace.started_at)}  {trace.method} {journey.target}  "
                f"{trace.status or '—'}  {duration_text(trace.duration_us)}"
            )
            return self._strip([(clean_line(words), "plain")], width)
        if y == 2:
            parts: list[tuple[str, str]] = [(" ", "muted")]
            for name, a, b in counter_changes(left.trace.counters, right.trace.counters):
                tone = "muted" if a == b else "faster" if b < a else "slower"
                tone = "plain" if name.endswith("hits") and a != b else tone
                shown = [bytes_text(size) if name == "bytes" else str(size) for size in (a, b)]
                parts += [(f"{name} {shown[0]} → {shown[1]}", tone), ("  ", "muted")]
            return self._strip(parts, width)
        titles = f"{'A':>{_SIDE}}{'B':>{_SIDE}}{'difference':>{_SIDE + 2}} "
        return self._strip([(" span".ljust(width - len(titles)) + titles, "muted")], width)

    def _line(self, pair: Pair, width: int) -> Strip:
        name_width = max(width - _SIDE * 3 - 4, 8)
        row = pair.left or pair.right
        indent = " " * min(pair.depth * 2, max(name_width - 16, 0))
        name = clean_line(f"{row.symbol if row else ' '} {pair.name}")
        sign = {"slower": "▲", "faster": "▼", "only left": "-", "only right": "+"}
        difference = f"{pair.difference_us / 1000:+.2f} ms" if pair.change != "same" else ""
        tone = _TONES[pair.change]
        label = f" {indent}{name}"
        if cell_len(label) > name_width:
            label = set_cell_size(label, name_width - 1) + "…"
        return self._strip(
            [
                (set_cell_size(label, name_width), "plain"),
                (f"{_time(pair.left):>{_SIDE}}", "plain"),
                (f"{_time(pair.right):>{_SIDE}}", "plain"),
                (f"{difference:>{_SIDE}} {sign.get(pair.change, ' ')} ", tone),
            ],
            width,
        )

    def _strip(self, parts: list[tuple[str, str]], width: int) -> Strip:
        segments = [
            Segment(text, self.get_component_rich_style(f"comparison--{tone}"))
            for text, tone in parts
        ]
        return Strip(segments).crop_extend(0, width, self.rich_style)


def _time(row: Row | None) -> str:
    return duration_text(row.span.duration_us) if row else "—"
