"""The lines of a body on screen: only the visible rows are read, cleaned and coloured."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from rich.style import Style
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from backend_tui.core.body.document import BodyDocument
from backend_tui.core.body.folds import Folds
from backend_tui.core.body.hexdump import HexRows
from backend_tui.core.body.json_path import json_path, value_span
from backend_tui.core.body.json_rows import JsonRows
from backend_tui.core.body.search import Search
from backend_tui.core.body.text_rows import TextRows
from backend_tui.ui.body_paint import GUTTER, PaintedRow, hex_row, pretty_row, text_row

Mode = Literal["pretty", "raw", "hex"]

_CACHED: Final = 512
_SELECTED_LINES: Final = 20_000
_STEP: Final = 8


class BodyLines(ScrollView, can_focus=True):
    """A cursor over rows that fold. `Moved` tells the cursor's whereabouts have changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "body-lines--key",
        "body-lines--string",
        "body-lines--number",
        "body-lines--word",
        "body-lines--mark",
        "body-lines--comment",
        "body-lines--muted",
        "body-lines--broken",
        "body-lines--error",
        "body-lines--hit",
        "body-lines--cursor",
    }

    DEFAULT_CSS = """
    BodyLines {
        width: 1fr;
        height: 1fr;
        scrollbar-size: 1 1;
        .body-lines--key { color: $text-primary; }
        .body-lines--string { color: $text-success; }
        .body-lines--number { color: $text-warning; }
        .body-lines--word { color: $text-accent; }
        .body-lines--mark { color: $text-muted; }
        .body-lines--comment { color: $text-muted; text-style: italic; }
        .body-lines--muted { color: $text-muted; }
        .body-lines--broken { color: $text-muted; }
        .body-lines--error { color: $text-error; text-style: bold reverse; }
        .body-lines--hit { background: $warning 40%; text-style: bold; }
        .body-lines--cursor { background: $surface-lighten-1; }
        &:focus .body-lines--cursor { background: $primary 30%; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup,ctrl+u", "page(-1)", "Page up", show=False),
        Binding("pagedown,ctrl+d", "page(1)", "Page down", show=False),
        Binding("home,g", "edge(0)", "First line", show=False),
        Binding("end,G", "edge(1)", "Last line", show=False),
        Binding("left,h", "sideways(-1)", "Left", show=False),
        Binding("right,l", "sideways(1)", "Right", show=False),
        Binding("space,enter", "fold", "Fold", tooltip="Fold or unfold what the line opens"),
        Binding("minus", "fold_all", "Fold all", show=False),
        Binding("plus,equals_sign", "unfold_all", "Unfold all", show=False),
        Binding("p", "mode", "Pretty/raw/hex", tooltip="Pretty, as sent, or as bytes"),
    ]

    @dataclass
    class Moved(Message):
        """The cursor, the mode, the folds or the document's rows have changed."""

        lines: BodyLines

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name for it
        super().__init__(id=id)
        self.document: BodyDocument | None = None
        self.mode: Mode = "pretty"
        self.search: Search | None = None
        self.cursor = 0
        self.folds = Folds()
        self._hex = HexRows()
        self._long_texts = 0
        self._widest = 0
        self._painted: OrderedDict[tuple[int, bool, int], PaintedRow] = OrderedDict()
        self._strips: OrderedDict[tuple[int, bool, int], Strip] = OrderedDict()
        self._styles: dict[str, Style] = {}
        self._ground = self._drawn_on = Style()
        self._is_restyled = False
        self._epoch = 0
        self._generation = 0
        self._wanted: int | None = None

    def show(self, document: BodyDocument | None) -> None:
        """Show the document from its start, in the mode that fits its kind."""
        self.document = document
        self._generation = document.generation if document else 0
        self.mode = self.natural_mode()
        self.search = None
        self._restart()
        self.scroll_to(0, 0, animate=False, immediate=True)
        self.update_rows()

    def natural_mode(self) -> Mode:
        """Pretty for JSON, hex for binary, raw for all else."""
        if self.document is None or self.document.kind.is_json:
            return "pretty"
        return "hex" if self.document.kind.name == "binary" else "raw"

    @property
    def rows(self) -> JsonRows | TextRows | HexRows:
        """What the rows are in this mode."""
        document = self.document
        if document is None:
            return self._hex
        if self.mode == "hex":
            return self._hex
        if self.mode == "pretty" and document.json_rows is not None:
            return document.json_rows
        return document.text_rows

    def update_rows(self) -> None:
        """The document has changed: take over its rows, and draw what is new of the visible."""
        document = self.document
        if document is not None:
            if document.generation != self._generation:
                self._generation = document.generation
                self._restart()
            if self.mode == "hex" or self.natural_mode() == "hex":
                self._hex = document.hex_rows(16 if self.size.width >= 76 else 8)
            rows = document.json_rows
            if rows is not None and len(rows.long_texts) > self._long_texts:
                heads = [h for h in rows.long_texts[self._long_texts :] if h < rows.count]
                self._long_texts += len(heads)
                self.folds.add_long_texts(heads, rows)
            if self._wanted is not None and self._is_reached(self._wanted):
                self.go_to_offset(self._wanted)
                self._wanted = None
        is_full = self.virtual_size.height > self.scroll_offset.y + self.size.height
        self._resize_content()
        if document is None or document.is_indexed or not is_full:
            self._forget()
        self.post_message(self.Moved(self))

    def line_count(self) -> int:
        """How many lines there are on screen, scrolling included."""
        rows = self.rows
        return self.folds.count(rows.count) if isinstance(rows, JsonRows) else rows.count

    def row_of(self, line: int) -> int:
        return self.folds.row(line) if isinstance(self.rows, JsonRows) else line

    def line_of(self, row: int) -> int:
        return self.folds.line(row) if isinstance(self.rows, JsonRows) else row

    def path(self, *, most: int = 24) -> str:
        """The JSONPath of the cursor, empty when there is none."""
        rows, document = self.rows, self.document
        if document is None or not isinstance(rows, JsonRows) or self.cursor >= rows.count:
            return ""
        return json_path(rows, document.text_buffer(), self.cursor, most=most)

    def line_span(self) -> tuple[int, int]:
        """The bytes of the cursor's row."""
        return self.rows.bounds(self.cursor)

    def value_span(self) -> tuple[int, int]:
        """The bytes of the cursor's JSON value; the row's where it is no JSON."""
        rows, document = self.rows, self.document
        if document is None or not isinstance(rows, JsonRows) or self.cursor >= rows.count:
            return self.line_span()
        if self.path() == "":
            return self.line_span()
        return value_span(rows, document.text_buffer(), self.cursor)

    def go_to_row(self, row: int) -> None:
        """Put the cursor on a row, unfolding what hides it, and bring it into view."""
        rows = self.rows
        self.cursor = max(0, min(row, rows.count - 1))
        if isinstance(rows, JsonRows):
            self.folds.reveal(self.cursor, rows)
            self._forget()
            self._resize_content()
        self._show_cursor()

    def go_to_offset(self, offset: int) -> None:
        """Put the cursor on the row that holds a byte, and bring the byte into view."""
        self.go_to_row(self.rows.row_at(offset))
        start, stop = self.rows.bounds(self.cursor)
        column = min(max(offset - start, 0), stop - start)
        width = self.scrollable_content_region.width
        if not self.scroll_x <= column < self.scroll_x + width - 8:
            x = 0 if column < width - 8 else column - width // 3
            self.scroll_to(x=x, animate=False, immediate=True)

    def mark(self, search: Search | None) -> None:
        """Mark the hits of a search in what is drawn."""
        self.search = search
        self._forget()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._ground = self.rich_style  # once a paint: Textual adds it up anew each time
        if self._is_restyled:
            self._is_restyled = False
            self._forget_colours()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        scroll_x, scroll_y = self.scroll_offset
        line, width = scroll_y + y, self.scrollable_content_region.width
        style = self._ground
        if self.document is None or line >= self.line_count():
            return Strip.blank(width, style)
        row = self.row_of(line)
        is_cursor = row == self.cursor
        selection = self.text_selection
        span = selection.get_span(line) if selection else None
        key = (row, is_cursor, self._epoch)
        strip = self._strips.get(key) if span is None else None
        if strip is None:
            strip = self._styled(row, span, is_cursor=is_cursor)
            if span is None:
                self._strips[key] = strip
                if len(self._strips) > _CACHED:
                    self._strips.popitem(last=False)
        if strip.cell_length > self._widest:
            self._widest = strip.cell_length
            self.call_later(self._resize_content)
        end = style + self._cursor_style() if is_cursor else style
        return strip.crop_extend(scroll_x, scroll_x + width, end).apply_offsets(scroll_x, line)

    def notify_style_update(self) -> None:
        """Focus or theme has changed: what has another colour now is coloured anew."""
        super().notify_style_update()
        self._is_restyled = True

    def _forget_colours(self) -> None:
        """Focus alone changes the cursor's row; another theme changes every row."""
        known, self._styles = self._styles, {}
        changed = {name for name, style in known.items() if self._style(name) != style}
        if self._ground != self._drawn_on or changed - {"cursor"}:
            self._drawn_on = self._ground
            self._strips.clear()
        elif changed:
            for key in [key for key in self._strips if key[1]]:
                del self._strips[key]

    def _styled(self, row: int, span: tuple[int, int] | None, *, is_cursor: bool) -> Strip:
        painted = self._painted_row(row)
        text = Text(painted.text, style=self._ground, end="", no_wrap=True)
        for start, stop, name in painted.spans:
            text.stylize(self._style(name), start, stop)
        self._mark_hits(text)
        if is_cursor:
            text.stylize(self._cursor_style())
        if span is not None:
            chosen = self.screen.get_component_rich_style("screen--selection")
            text.stylize(chosen, span[0], len(text) if span[1] == -1 else span[1])
        return Strip(text.render(self.app.console))

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self._styles[name] = self.get_component_rich_style(f"body-lines--{name}")
        return style

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        first = selection.start.y if selection.start else 0
        last = selection.end.y if selection.end else self.line_count() - 1
        last = min(last, first + _SELECTED_LINES, self.line_count() - 1)
        parts = []
        for line in range(first, last + 1):
            if span := selection.get_span(line):
                text = self._painted_row(self.row_of(line)).text
                parts.append(text[span[0] : None if span[1] == -1 else span[1]])
        return "\n".join(parts), "\n"

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002
        self.refresh()

    def action_move(self, by: int) -> None:
        self._move_to(self.line_of(self.cursor) + by)

    def action_page(self, by: int) -> None:
        height = max(self.scrollable_content_region.height - 1, 1)
        self.scroll_to(y=self.scroll_offset.y + by * height, animate=False, immediate=True)
        self._move_to(self.line_of(self.cursor) + by * height)

    def action_edge(self, end: int) -> None:
        self._move_to(self.line_count() - 1 if end else 0)

    def action_sideways(self, by: int) -> None:
        self.scroll_to(x=self.scroll_offset.x + by * _STEP, animate=False, immediate=True)

    def action_fold(self) -> None:
        rows = self.rows
        if not isinstance(rows, JsonRows) or self.cursor >= rows.count:
            return
        row = self.cursor
        if self.folds.is_folded(row):
            self.folds.unfold(row, rows)
        elif closer := rows.closers[row]:
            self.folds.fold(row, closer)
        elif (parent := rows.parents[row]) < rows.count and rows.closers[parent]:
            self.folds.fold(parent, rows.closers[parent])
            self.cursor = parent
        self._refolded()

    async def action_fold_all(self) -> None:
        rows = self.rows
        if isinstance(rows, JsonRows):
            self.folds = await asyncio.to_thread(self.folds.fold_all, rows)
            self.cursor = self.folds.row(self.folds.line(self.cursor))
            self._refolded()

    def action_unfold_all(self) -> None:
        if isinstance(self.rows, JsonRows):
            self.folds = Folds()
            self._refolded()

    def action_mode(self) -> None:
        """The next way to look at the same place: pretty, raw, hex."""
        document = self.document
        if document is None:
            return
        modes: list[Mode] = ["pretty", "raw", "hex"] if document.kind.is_json else ["raw", "hex"]
        offset = self.rows.bounds(self.cursor)[0]
        self.mode = (
            modes[(modes.index(self.mode) + 1) % len(modes)] if self.mode in modes else "raw"
        )
        if self.mode == "raw":
            document.want_raw()
        self._widest = 0
        self.scroll_to(x=0, animate=False, immediate=True)
        self._forget()
        self._wanted = offset
        self.update_rows()

    def on_click(self, event: events.Click) -> None:
        line = self.scroll_offset.y + event.get_content_offset_capture(self).y
        if line < self.line_count():
            self._move_to(line)
            marker = self._painted_row(self.cursor).text
            at = self.scroll_offset.x + event.get_content_offset_capture(self).x
            if at < GUTTER + len(marker) - len(marker[GUTTER:].lstrip()) and marker[:1] in "▸▾":
                self.action_fold()

    def on_resize(self) -> None:
        if self.mode == "hex":
            self.update_rows()

    def _is_reached(self, offset: int) -> bool:
        document, rows = self.document, self.rows
        if document is None or isinstance(rows, HexRows):
            return True
        return rows.position > offset or (
            document.is_indexed and rows.position >= document.text.size
        )

    def _painted_row(self, row: int) -> PaintedRow:
        document, rows = self.document, self.rows
        if document is None:
            return PaintedRow("")
        is_json = isinstance(rows, JsonRows)
        folded = is_json and self.folds.is_folded(row)
        key = (row, folded, self._epoch)
        if (found := self._painted.get(key)) is not None:
            return found
        if isinstance(rows, JsonRows):
            painted = pretty_row(rows, document.text_buffer(), row, is_folded=folded)
        else:
            start, stop = rows.bounds(row)
            data = bytes(rows.buffer[start:stop])
            if isinstance(rows, HexRows):
                painted = hex_row(data, start, rows.width)
            else:
                painted = text_row(data, document.kind)
        self._painted[key] = painted
        if len(self._painted) > _CACHED:
            self._painted.popitem(last=False)
        return painted

    def _mark_hits(self, text: Text) -> None:
        search = self.search
        if search is None or not search.needle or self.mode == "hex":
            return
        plain, needle = text.plain, search.needle
        if needle == needle.lower():
            plain = plain.lower() if len(plain.lower()) == len(plain) else plain
        at = plain.find(needle)
        while at >= 0:
            text.stylize(self._style("hit"), at, at + len(needle))
            at = plain.find(needle, at + len(needle))

    def _cursor_style(self) -> Style:
        style = self._style("cursor")
        return Style(bgcolor=style.bgcolor, bold=style.bold)

    def _move_to(self, line: int) -> None:
        self.cursor = self.row_of(max(0, min(line, self.line_count() - 1)))
        self._show_cursor()

    def _show_cursor(self) -> None:
        line, height = self.line_of(self.cursor), self.scrollable_content_region.height
        top = self.scroll_offset.y
        if not top <= line < top + height:
            far = abs(line - top) > 2 * height
            y = line - height // 2 if far else (line if line < top else line - height + 1)
            self.scroll_to(y=max(y, 0), animate=False, immediate=True)
        self.refresh()
        self.post_message(self.Moved(self))

    def _refolded(self) -> None:
        self._forget()
        self._resize_content()
        self._show_cursor()

    def _resize_content(self) -> None:
        size = Size(max(self._widest, 1), self.line_count())
        if size != self.virtual_size:
            self.virtual_size = size

    def _restart(self) -> None:
        self.cursor, self._widest, self._long_texts, self.folds = 0, 0, 0, Folds()
        self._forget()

    def _forget(self) -> None:
        self._epoch += 1
        self._painted.clear()
        self._strips.clear()
        self.refresh(Region(0, 0, self.size.width, self.size.height))
