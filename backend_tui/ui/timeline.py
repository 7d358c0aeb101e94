"""A journey as a waterfall: counters first, then a line for each span, drawn only where seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from backend_tui.core import waterfall
from backend_tui.core.counting import counter_texts
from backend_tui.core.text import clean_line
from backend_tui.core.trace import Span, Trace
from backend_tui.core.units import duration_text

_HEADER: Final = 2
_TONES: Final = {
    "db": "db",
    "cache": "cache",
    "view": "work",
    "serialize": "work",
    "graphql": "work",
    "task": "work",
}


class Timeline(ScrollView, can_focus=True):
    """The waterfall of one journey, with a cursor over its spans.

    Solid ink is a span's own work, a thin line is time spent in its children. Nothing is said by
    colour alone: every kind has its symbol, ● is a hit, ○ a miss, ✗ an error, ▲ a repetition.
    """

    DEFAULT_CSS = """
    Timeline {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        padding: 0 0 0 1;
        background: $background;
        & > .timeline--plain { color: $foreground; }
        & > .timeline--muted { color: $text-muted; }
        & > .timeline--thin { color: $foreground 45%; }
        & > .timeline--work { color: $foreground 85%; }
        & > .timeline--db { color: $text-primary; }
        & > .timeline--cache { color: $text-success; }
        & > .timeline--frame { color: $foreground 50%; }
        & > .timeline--warning { color: $text-warning; }
        & > .timeline--error { color: $text-error; }
        & > .timeline--cursor { background: $foreground 10%; }
        &:focus > .timeline--cursor { background: $primary 35%; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "timeline--plain",
        "timeline--muted",
        "timeline--thin",
        "timeline--work",
        "timeline--db",
        "timeline--cache",
        "timeline--frame",
        "timeline--warning",
        "timeline--error",
        "timeline--cursor",
    }
    HELP: ClassVar[str] = (
        "A line is a span. Solid ink is its own work, a thin line is waiting for what it called. "
        "`▤` SQL, `●` cache hit, `○` cache miss, `≡` middleware, `ƒ` view, `⇄` the client. "
        "`✗` failed, `▲` the same statement ran before in this journey (N+1)."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "step(1)", "Next span", show=False),
        Binding("up,k", "step(-1)", "Previous span", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("home,g", "step(-1000000)", "First span", show=False),
        Binding("end,G", "step(1000000)", "Last span", show=False),
        Binding("enter", "choose", "Open span", tooltip="All of the span: SQL, key, plan"),
        Binding("space", "fold", "Fold", tooltip="Fold or unfold what the span called"),
        Binding("left,h", "close", "Fold or go to the caller", show=False),
        Binding("right,l", "open", "Unfold", show=False),
        Binding("plus,equals_sign", "zoom", "Zoom in", tooltip="The span fills the width"),
        Binding("minus", "zoom_out", "Zoom out", show=False),
        Binding("n", "next_problem(1)", "Next ✗ ▲", tooltip="Next error or repeated statement"),
        Binding("N", "next_problem(-1)", "Previous ✗ ▲", show=False),
    ]

    @dataclass
    class SpanChosen(Message):
        """Enter or a second click on a span."""

        timeline: Timeline
        trace: Trace
        span: Span

    @dataclass
    class SpanHighlighted(Message):
        """The cursor came to a span."""

        timeline: Timeline
        trace: Trace
        span: Span

    def __init__(
        self,
        *,
        empty: str = "No journey yet.",
        id: str | None = None,  # noqa: A002 - Textual's own
    ) -> None:
        super().__init__(id=id)
        self.trace: Trace | None = None
        self.empty = empty
        self.cursor = 0
        self._rows: tuple[waterfall.Row, ...] = ()
        self._shown: list[int] = []
        self._folded: set[str] = set()
        self._zooms: list[int] = []
        self._window = waterfall.Window(0, 1)
        self._origin_us = 0

    def show(self, trace: Trace | None, empty: str | None = None) -> None:
        """Show the journey from its beginning, or nothing.

        The same journey grown by more spans keeps cursor, folds and place.
        """
        if empty is not None:
            self.empty = empty
        before = self.trace
        held = self.cursor_span
        self.trace = trace
        self._rows = waterfall.rows(trace) if trace else ()
        self._origin_us = waterfall.window(trace).start_us if trace else 0
        if before is None or trace is None or before.trace_id != trace.trace_id:
            self._folded.clear()
            self.cursor = 0
            held = None
            self.scroll_to(y=0, animate=False, immediate=True)
        self._zooms.clear()
        self._arrange(held)

    @property
    def cursor_span(self) -> Span | None:
        """The span under the cursor; None in an empty journey."""
        row = self.cursor_row
        return row.span if row else None

    @property
    def cursor_row(self) -> waterfall.Row | None:
        if 0 <= self.cursor < len(self._shown):
            return self._rows[self._shown[self.cursor]]
        return None

    @property
    def lines(self) -> int:
        """How many lines the whole waterfall has, header included."""
        return len(self._shown) + _HEADER

    def focus_span(self, span_id: str) -> bool:
        """Put the cursor on a span, unfolding what hides it; False when there is none."""
        at = next((i for i, row in enumerate(self._rows) if row.span.id == span_id), None)
        if at is None:
            return False
        self._zooms.clear()
        self._folded -= {
            row.span.id for i, row in enumerate(self._rows[:at]) if i + row.below >= at
        }
        self._arrange(self._rows[at].span)
        return True

    def action_step(self, by: int) -> None:
        self._move(self.cursor + by)

    def action_page(self, by: int) -> None:
        self._move(self.cursor + by * max(self._room - 1, 1))

    def action_choose(self) -> None:
        span = self.cursor_span
        if span is not None and self.trace is not None:
            self.post_message(self.SpanChosen(self, self.trace, span))

    def action_fold(self) -> None:
        row = self.cursor_row
        if row is not None and row.below:
            self._folded ^= {row.span.id}
            self._arrange(row.span)

    def action_open(self) -> None:
        row = self.cursor_row
        if row is not None and row.span.id in self._folded:
            self.action_fold()

    def action_close(self) -> None:
        row = self.cursor_row
        if row is None:
            return
        if row.below and row.span.id not in self._folded:
            self.action_fold()
            return
        above = range(self.cursor - 1, -1, -1)
        self._move(next((i for i in above if self._at(i).depth < row.depth), self.cursor))

    def action_zoom(self) -> None:
        row = self.cursor_row
        if row is not None and (not self._zooms or self._shown[self.cursor] != self._zooms[-1]):
            self._zooms.append(self._shown[self.cursor])
            self._arrange(row.span)

    def action_zoom_out(self) -> None:
        if self._zooms:
            self._zooms.pop()
            self._arrange(self.cursor_span)

    def action_next_problem(self, by: int) -> None:
        marked = [i for i, index in enumerate(self._shown) if self._rows[index].mark]
        later = [i for i in marked if i > self.cursor] if by > 0 else []
        earlier = [i for i in marked if i < self.cursor] if by < 0 else []
        if later:
            self._move(later[0])
        elif earlier:
            self._move(earlier[-1])
        elif marked:
            self._move(marked[0] if by > 0 else marked[-1])

    def on_click(self, event: events.Click) -> None:
        row = event.y + self.scroll_offset.y - _HEADER
        if event.y < _HEADER or row >= len(self._shown):
            return
        if row == self.cursor:
            self.action_choose()
        self._move(row)

    @property
    def _room(self) -> int:
        return max(self.size.height - _HEADER, 1)

    def _at(self, line: int) -> waterfall.Row:
        return self._rows[self._shown[line]]

    def _arrange(self, keep: Span | None) -> None:
        within = self._zooms[-1] if self._zooms else None
        if self.trace is not None:
            focus = None if within is None else self._rows[within].span
            self._window = waterfall.window(self.trace, focus)
        self._shown = waterfall.visible(self._rows, self._folded, within)
        ids = [self._rows[index].span.id for index in self._shown]
        self.cursor = ids.index(keep.id) if keep is not None and keep.id in ids else 0
        self.virtual_size = Size(0, self.lines)
        self._see_cursor()
        self.refresh()

    def _move(self, line: int) -> None:
        line = max(0, min(line, len(self._shown) - 1))
        if not self._shown or line == self.cursor:
            return
        self.refresh_lines(self.cursor + _HEADER)
        self.cursor = line
        self.refresh_lines(self.cursor + _HEADER)
        self._see_cursor()
        if self.trace is not None:
            self.post_message(self.SpanHighlighted(self, self.trace, self._at(line).span))

    def _see_cursor(self) -> None:
        top = self.scroll_offset.y
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif self.cursor >= top + self._room:
            self.scroll_to(y=self.cursor - self._room + 1, animate=False, immediate=True)

    def on_resize(self) -> None:
        self._see_cursor()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if self.trace is None:
            text = self.empty if y == 0 else ""
            return Strip([self._segment(set_cell_size(text, width), "muted")], width)
        if y == 0:
            return self._counters(self.trace, width)
        columns = waterfall.columns(width)
        if y == 1:
            return self._scale(columns, width)
        line = y - _HEADER + self.scroll_offset.y
        if line >= len(self._shown):
            return Strip.blank(width, self.rich_style)
        strip = self._span_line(self._at(line), columns, width)
        if line == self.cursor:
            cursor = self.get_component_rich_style("timeline--cursor")
            return Strip(Segment.apply_style(strip, None, Style(bgcolor=cursor.bgcolor)), width)
        return strip

    def _counters(self, trace: Trace, width: int) -> Strip:
        total = duration_text(trace.duration_us)
        root = trace.root
        if root is not None and root.kind == "client":
            total = f"{duration_text(root.duration_us)} · server {total}"
        left = width - len(total) - 1
        parts: list[Segment] = []
        for text, tone in counter_texts(trace.counters):
            lead = "  ·  " if parts else ""
            if cell_len(lead + text) + 1 > left:
                break
            left -= cell_len(lead + text)
            kind = {"good": "cache"}.get(tone, tone)
            parts += [self._segment(lead, "muted"), self._segment(text, kind, bold=tone != "muted")]
        gap = self._segment(" " * max(left, 0), "plain")
        return Strip([*parts, gap, self._segment(f"{total} ", "muted")], width).crop_extend(
            0, width, self.rich_style
        )

    def _scale(self, columns: waterfall.Columns, width: int) -> Strip:
        title = "span"
        if self._zooms:
            title = f"+ {clean_line(self._rows[self._zooms[-1]].span.name)}   - back"
        scale = waterfall.ruler(self._window, self._origin_us, columns.bar)
        text = (
            f"{set_cell_size(title, columns.name)}   {scale}{'time':>{columns.time}}"
            f"{'self' if columns.own else '':>{columns.own}}"
        )
        return Strip([self._segment(set_cell_size(text, width), "muted")], width)

    def _span_line(self, row: waterfall.Row, columns: waterfall.Columns, width: int) -> Strip:
        span = row.span
        tone = "error" if span.is_error else _TONES.get(span.kind, "frame")
        indent = " " * min(row.depth * (2 if width >= 100 else 1), max(columns.name - 16, 0))
        fold = " " if not row.below else "▸" if span.id in self._folded else "▾"
        name = clean_line(span.name)
        if row.below and span.id in self._folded:
            name += f" (+{row.below})"
        room = max(columns.name - len(indent) - 4, 0)
        label = name if cell_len(name) <= room else set_cell_size(name, room - 1) + "…"
        mark_tone = "error" if span.is_error else "warning"
        own = duration_text(row.own_us) if columns.own and row.below else ""
        segments = [
            self._segment(f"{indent}{fold} ", "muted"),
            self._segment(f"{row.symbol} ", tone),
            self._segment(set_cell_size(label, room), "error" if span.is_error else "plain"),
            self._segment(f" {row.mark or ' '} ", mark_tone),
            *(
                self._segment(piece.text, "thin" if piece.ink == "thin" else tone)
                for piece in waterfall.bar(row, self._window, columns.bar)
            ),
            self._segment(f"{duration_text(span.duration_us):>{columns.time}}", "plain"),
            self._segment(f"{own:>{columns.own}}" if columns.own else "", "muted"),
        ]
        return Strip(segments).crop_extend(0, width, self.rich_style)

    def _segment(self, text: str, tone: str, bold: bool = False) -> Segment:
        style = self.get_component_rich_style(f"timeline--{tone}")
        return Segment(text, style + Style(bold=True) if bold else style)
