"""Names and values in rows that switch on and off: query, headers, path parameters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input

from backend_tui.core.text import clean_line

_MARK: Final = 2
_NARROW: Final = 12
_WIDE: Final = 32
_ADD: Final = "+ add: enter"


@dataclass(frozen=True, slots=True)
class Pair:
    """A name and its value; switched off, it is kept and not used."""

    name: str
    value: str
    is_on: bool = True


class PairEditor(VerticalScroll, can_focus=False):
    """Rows of pairs, repeats allowed. What is being typed counts at once; escape takes it back.

    Rows: enter edits (on the last line adds), space switches, delete removes, ctrl+z brings back.
    Editing: tab between name and value, enter goes on, up and down change the row.
    """

    DEFAULT_CSS = """
    PairEditor {
        height: 1fr;
        layers: rows edit;
        scrollbar-size-vertical: 1;
    }
    """

    @dataclass
    class Changed(Message):
        """The pairs are others than before."""

        editor: PairEditor

        @property
        def control(self) -> PairEditor:
            return self.editor

    def __init__(
        self,
        pairs: Iterable[Pair] = (),
        *,
        names: Sequence[str] = (),
        id: str | None = None,  # noqa: A002 - Textual's own name for it
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.rows = PairRows(tuple(pairs))
        self._names = names
        self._line: PairLine | None = None
        self._edited: int | None = None
        self._before: tuple[Pair, ...] = ()
        self._removed: list[tuple[int, Pair]] = []

    def compose(self) -> ComposeResult:
        yield self.rows

    @property
    def edit(self) -> PairLine:
        """Name and value under edit; made when the rows first have the focus."""
        if self._line is None:
            self._line = PairLine(self._names)
            self.mount(self._line)
        return self._line

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """All pairs in order, those switched off too; setting them ends an edit and is not told."""
        return self.rows.pairs

    @pairs.setter
    def pairs(self, pairs: Iterable[Pair]) -> None:
        self._end()
        self._removed.clear()
        self.rows.become(tuple(pairs))

    def action_edit(self) -> None:
        """Edit the row under the cursor; on the line after the last one, add a pair."""
        if not self.edit.is_mounted:
            self.call_after_refresh(self.action_edit)
            return
        row = self.rows.cursor
        pair = self.pairs[row] if row < len(self.pairs) else Pair("", "")
        self._edited, self._before = row, self.pairs
        self.edit.open(pair, row, self.rows.name_width)
        self.rows.scroll_cursor_into_view()

    def action_remove(self) -> None:
        """Take the row away; `action_restore` brings it back."""
        row = self.rows.cursor
        if row < len(self.pairs):
            self._removed.append((row, self.pairs[row]))
            self._change((*self.pairs[:row], *self.pairs[row + 1 :]))

    def action_restore(self) -> None:
        """Bring back what was removed last."""
        if self._removed:
            row, pair = self._removed.pop()
            self.rows.cursor = min(row, len(self.pairs))
            self._change((*self.pairs[:row], pair, *self.pairs[row:]))

    def action_switch(self) -> None:
        """Switch the row on or off."""
        row = self.rows.cursor
        if row < len(self.pairs):
            self._put(row, replace(self.pairs[row], is_on=not self.pairs[row].is_on))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        row = self._edited
        if row is None:
            return
        name, value = self.edit.name_field.value, self.edit.value_field.value
        if row < len(self.pairs):
            self._put(row, replace(self.pairs[row], name=name, value=value))
        elif name or value:
            self._put(row, Pair(name, value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.input is self.edit.name_field:
            self.edit.value_field.focus()
            return
        row = self._edited
        is_last = row is not None and row == len(self.pairs) - 1
        was_new = row is not None and row >= len(self._before)
        self._end()
        if is_last and was_new:
            self.rows.cursor = len(self.pairs)
            self.action_edit()
        else:
            self.rows.move(1)
            self.rows.focus()

    def leave(self, *, keeps: bool, by: int = 0) -> None:
        """End the edit, with or without what was typed, and move the cursor."""
        before = self._before
        if not keeps and self._edited is not None and self.pairs != before:
            self._change(before)
        self._end()
        self.rows.move(by)
        self.rows.focus()

    def on_descendant_focus(self) -> None:
        _ = self.edit

    def on_descendant_blur(self) -> None:
        self.call_after_refresh(self._end_if_left)

    def _end_if_left(self) -> None:
        focused = self.app.focused
        if self._edited is not None and (focused is None or self.edit not in focused.ancestors):
            self._end()

    def _end(self) -> None:
        if self._edited is None:
            return
        row, self._edited = self._edited, None
        self.edit.close()
        if row < len(self.pairs) and not (self.pairs[row].name or self.pairs[row].value):
            self._change((*self.pairs[:row], *self.pairs[row + 1 :]))

    def _put(self, row: int, pair: Pair) -> None:
        pairs = (*self.pairs[:row], pair, *self.pairs[row + 1 :])
        if pairs != self.pairs:
            self._change(pairs)

    def _change(self, pairs: tuple[Pair, ...]) -> None:
        self.rows.become(pairs)
        self.post_message(self.Changed(self))


class PairRows(Widget, can_focus=True):
    """The pairs as they stand, a cursor over them, and a last line to add one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "pair-rows--on",
        "pair-rows--name",
        "pair-rows--off",
        "pair-rows--cursor",
    }

    DEFAULT_CSS = """
    PairRows {
        layer: rows;
        width: 1fr;
        height: auto;
        .pair-rows--on { color: $text-success; }
        .pair-rows--name { color: $text-primary; }
        .pair-rows--off { color: $text-muted; }
        &:focus .pair-rows--cursor { background: $primary 30%; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("home", "move(-100000)", "First", show=False),
        Binding("end", "move(100000)", "Last", show=False),
        Binding("enter", "edit", "Edit", tooltip="Edit the row, or add one on the last line"),
        Binding("space", "switch", "On/off", tooltip="Switched off, a pair is kept and not sent"),
        Binding("delete,backspace", "remove", "Remove", tooltip="ctrl+z brings it back"),
        Binding("ctrl+z", "restore", "Restore", show=False),
        Binding("plus", "add", "Add", show=False),
    ]

    def __init__(self, pairs: tuple[Pair, ...]) -> None:
        super().__init__()
        self.pairs = pairs
        self.cursor = 0

    @property
    def name_width(self) -> int:
        """Cells for the name column, so that values stand in one column."""
        longest = max((Segment(clean_line(p.name)).cell_length for p in self.pairs), default=0)
        return max(_NARROW, min(longest, _WIDE, self.size.width // 2 or _WIDE))

    def become(self, pairs: tuple[Pair, ...]) -> None:
        """Show these pairs."""
        resized = len(pairs) != len(self.pairs)
        self.pairs = pairs
        self.cursor = min(self.cursor, len(pairs))
        self.refresh(layout=resized)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return len(self.pairs) + 1

    def render_line(self, y: int) -> Strip:
        width, plain = self.size.width, self.rich_style
        if y < len(self.pairs):
            segments = self._segments(self.pairs[y])
        elif y == len(self.pairs):
            words = _ADD if self.has_focus and self.cursor == y else "+"
            segments = [Segment(words, self.get_component_rich_style("pair-rows--off"))]
        else:
            return Strip.blank(width, plain)
        strip = Strip(segments).adjust_cell_length(width, plain)
        if y == self.cursor and self.has_focus:
            cursor = self.get_component_rich_style("pair-rows--cursor")
            strip = Strip(
                [Segment(s.text, (s.style or plain) + Style(bgcolor=cursor.bgcolor)) for s in strip]
            )
        return strip

    def move(self, by: int) -> None:
        """Move the cursor; the line after the last pair is a place too."""
        self.cursor = max(0, min(self.cursor + by, len(self.pairs)))
        self.refresh()
        self.scroll_cursor_into_view()

    def scroll_cursor_into_view(self) -> None:
        """Scroll whatever holds the rows so that the cursor is seen."""
        region = Region(0, self.cursor, self.size.width, 1)
        at = region.translate(self.virtual_region.offset)
        for ancestor in self.ancestors:
            if isinstance(ancestor, VerticalScroll):
                ancestor.scroll_to_region(at, animate=False, immediate=True)
                at = at.translate(ancestor.virtual_region.offset)

    def action_move(self, by: int) -> None:
        self.move(by)

    def action_add(self) -> None:
        self.cursor = len(self.pairs)
        self.editor.action_edit()

    def action_edit(self) -> None:
        self.editor.action_edit()

    def action_switch(self) -> None:
        self.editor.action_switch()

    def action_remove(self) -> None:
        self.editor.action_remove()

    def action_restore(self) -> None:
        self.editor.action_restore()

    def on_click(self, event: events.Click) -> None:
        self.cursor = min(event.y, len(self.pairs))
        self.refresh()
        if event.x < _MARK and self.cursor < len(self.pairs):
            self.editor.action_switch()
        elif event.chain >= 2 or self.cursor == len(self.pairs):
            self.editor.action_edit()

    @property
    def editor(self) -> PairEditor:
        """The editor these rows are part of."""
        parent = self.parent
        assert isinstance(parent, PairEditor)
        return parent

    def _segments(self, pair: Pair) -> list[Segment]:
        off = self.get_component_rich_style("pair-rows--off")
        on_mark = self.get_component_rich_style("pair-rows--on")
        name_style = self.get_component_rich_style("pair-rows--name") if pair.is_on else off
        name = Strip([Segment(clean_line(pair.name), name_style)])
        value_style = self.rich_style if pair.is_on else off
        return [
            Segment("✓ " if pair.is_on else "○ ", on_mark if pair.is_on else off),
            *name.adjust_cell_length(self.name_width, name_style),
            Segment("  ", self.rich_style),
            Segment(clean_line(pair.value), value_style),
        ]


class PairLine(Horizontal):
    """Name and value under edit, laid over the row they belong to."""

    DEFAULT_CSS = """
    PairLine {
        layer: edit;
        display: none;
        height: 1;
        width: 1fr;
        background: $surface;
        &.-open { display: block; }
        & > Input { height: 1; border: none; padding: 0; background: $surface; }
        & > Input:focus { background: $primary 20%; }
        & > #pair-name { margin: 0 2; }
        & > #pair-value { width: 1fr; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(False, 0)", "Take back"),
        Binding("up", "leave(True, -1)", "Row above", show=False),
        Binding("down", "leave(True, 1)", "Row below", show=False),
    ]

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        suggester = SuggestFromList(names, case_sensitive=False) if names else None
        self.name_field = Input(
            placeholder="name",
            suggester=suggester,
            compact=True,
            select_on_focus=False,
            id="pair-name",
        )
        self.value_field = Input(
            placeholder="value", compact=True, select_on_focus=False, id="pair-value"
        )

    def compose(self) -> ComposeResult:
        yield self.name_field
        yield self.value_field

    def open(self, pair: Pair, row: int, name_width: int) -> None:
        """Lie over the row and take the focus: on the value when there is a name already."""
        with self.prevent(Input.Changed):
            for field, text in ((self.name_field, pair.name), (self.value_field, pair.value)):
                field.value = text
                field.cursor_position = len(text)
        self.styles.offset = (0, row)
        self.name_field.styles.width = name_width
        self.add_class("-open")
        (self.value_field if pair.name else self.name_field).focus()

    def close(self) -> None:
        """Go out of sight."""
        self.remove_class("-open")

    def action_leave(self, keeps: bool, by: int) -> None:
        parent = self.parent
        assert isinstance(parent, PairEditor)
        parent.leave(keeps=keeps, by=by)
