"""What arrived and when: the events of a subscription, or the parts of an incremental answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from backend_tui.core.body.json_format import format_json
from backend_tui.core.text import clean, clean_line, shorten
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.graphql.run import Patch, Run
from backend_tui.panes.graphql.subscription import Change, EventLog, LogEvent, changes
from backend_tui.ui.body_paint import json_spans
from backend_tui.ui.record_table import Cell, Column, RecordTable

_WIDE: Final = 90
_BAR: Final = 16
_MOST_LINES: Final = 400
_LONGEST: Final = 200_000
_WRAPPING: Final = re.compile(r'\{\s*"data"\s*:\s*\{\s*"\w+"\s*:\s*\{?\s*')
_STYLES: Final = {
    "key": "$text-primary",
    "string": "$text-success",
    "number": "$text-warning",
    "word": "$text-accent",
    "mark": "",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the log: when (µs since the run began) and after how long, what, how large."""

    number: int
    at_us: int
    after_us: int
    text: str
    size: int
    problem_count: int = 0
    label: str = ""
    bar: str = ""


def _number(row: Row) -> Cell:
    return str(row.number), "muted"


def _at(row: Row) -> Cell:
    return f"{row.at_us / 1_000_000:.3f}", "plain"


def _after(row: Row) -> Cell:
    return (f"+{duration_text(row.after_us)}" if row.number > 1 else ""), "muted"


def _size(row: Row) -> Cell:
    return bytes_text(row.size), "muted"


def _text(row: Row) -> Cell:
    words = told(row.text[:600])
    return (f"✗ {words}", "error") if row.problem_count else (words, "plain")


def told(text: str) -> str:
    """An event in a line: what is inside of `data` and its only field, as far as it goes."""
    return _WRAPPING.sub("", text, count=1).rstrip("} ") if _WRAPPING.match(text) else text


def _part(row: Row) -> Cell:
    return row.text[:200], "error" if row.problem_count else "muted"


def _label(row: Row) -> Cell:
    return row.label or "first answer", "accent"


def _bar(row: Row) -> Cell:
    return row.bar, "accent"


EVENT_COLUMNS: Final[tuple[Column[Row], ...]] = (
    Column("#", _number, 6, is_number=True),
    Column("s", _at, 9, is_number=True),
    Column("", _after, 9, is_number=True, above=60),
    Column("size", _size, 7, is_number=True, above=76),
    Column("event", _text, 0),
)
PATCH_COLUMNS: Final[tuple[Column[Row], ...]] = (
    Column("#", _number, 4, is_number=True),
    Column("s", _at, 8, is_number=True),
    Column("", _bar, _BAR, above=60),
    Column("", _after, 9, is_number=True, above=76),
    Column("size", _size, 7, is_number=True),
    Column("place", _label, 0),
    Column("part", _part, 40, above=110),
)


class StreamView(Vertical):
    """Follows a run; space holds it still, enter shows an event whole, `/` filters."""

    DEFAULT_CSS = """
    StreamView {
        & > Input { display: none; height: 1; border: none; padding: 0 1; background: $surface; }
        & > Input.-shown { display: block; }
        & > Horizontal { height: 1fr; }
        & #stream-patches { display: none; }
        &.-patches #stream-patches { display: block; }
        &.-patches #stream-events { display: none; }
        & RecordTable { width: 1fr; }
        & VerticalScroll {
            display: none;
            width: 1fr;
            padding: 0 1;
            border-left: solid $panel;
            scrollbar-size-vertical: 1;
        }
        & VerticalScroll > Static { height: auto; width: auto; }
        &.-detail VerticalScroll { display: block; }
        &.-detail.-narrow RecordTable { display: none; }
        &.-detail.-narrow VerticalScroll { border-left: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pause", "Pause", tooltip="Hold the log still; events are kept"),
        Binding("enter", "detail", "Open", tooltip="The event, and what changed since the last"),
        Binding("escape", "leave", show=False),
        Binding("slash", "filter", "Filter", tooltip="Only events with these words"),
        Binding("y", "copy", "Copy", tooltip="The event as it was sent"),
    ]

    @dataclass
    class Paused(Message):
        """The person wants the log held still, or to follow again."""

        is_paused: bool

    @dataclass
    class Filtered(Message):
        """Only events with these words."""

        words: str

    def __init__(self) -> None:
        super().__init__()
        self._run: int | None = None
        self._told = 0
        self._log: EventLog | None = None
        self._last_us = 0
        self._filter = ""
        self._opened = False

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield RecordTable(
                EVENT_COLUMNS,
                capacity=10_000,
                empty="Events of a subscription stand here, or the parts of @defer and @stream.",
                id="stream-events",
            )
            yield RecordTable(PATCH_COLUMNS, capacity=10_000, id="stream-patches")
            with VerticalScroll(id="stream-detail"):
                yield Static(markup=False)
        yield Input(placeholder="only events with these words", compact=True, id="stream-filter")

    @property
    def table(self) -> RecordTable[Row]:
        """The one that is seen."""
        name = "#stream-patches" if self.has_class("-patches") else "#stream-events"
        return self.query_one(name, RecordTable)

    def show(self, run: Run | None) -> None:
        """Show what of the run has arrived since the last time."""
        number = run.number if run else None
        if number != self._run:
            self._run, self._told, self._last_us = number, 0, 0
            self.set_class(run is not None and bool(run.patches) and run.log is None, "-patches")
            self.query_one("#stream-events", RecordTable).clear()
            self.query_one("#stream-patches", RecordTable).clear()
            self.remove_class("-detail")
            self._opened = False
        if run is None:
            return
        if run.log is not None:
            self._follow(run.log)
        elif run.patches:
            self.add_class("-patches")
            self._show_patches(run.patches)
        if self.has_class("-detail") and self.table.is_following:
            self._draw_detail()

    def _follow(self, log: EventLog) -> None:
        before, self._log = self._log, log
        if log.filter != self._filter:
            self._filter = log.filter
            words = log.filter.casefold()
            self.table.set_filter((lambda row: words in row.text.casefold()) if words else None)
        if log.is_paused:
            if before is None or not before.is_paused:
                self.table.hold()
            return
        fresh = []
        for event in reversed(log.events):
            if event.sequence <= self._told:
                break
            fresh.append(event)
        rows = []
        for event in reversed(fresh):
            rows.append(self._row(event))
            self._last_us = event.at_us
        if fresh:
            self._told = fresh[0].sequence
            self.table.extend(rows)
            self.table.flush()  # in the frame that tells the counts, not in one more

    def _row(self, event: LogEvent) -> Row:
        return Row(
            event.sequence,
            event.at_us,
            event.at_us - self._last_us,
            event.text,
            len(event.text),
            event.problem_count,
        )

    def _show_patches(self, patches: tuple[Patch, ...]) -> None:
        if len(patches) == self._told:
            return
        self._told = len(patches)
        whole, before = max(patches[-1].at_us, 1), 0
        rows = []
        for patch in patches:
            at = min(patch.at_us * _BAR // whole, _BAR - 1)
            since = min(before * _BAR // whole, at)
            bar = f"{'·' * since}{'─' * (at - since)}●{'·' * (_BAR - at - 1)}"
            place = ", ".join(dict.fromkeys((*patch.labels, *patch.paths))) or (
                "" if patch.number == 1 else "end"
            )
            rows.append(
                Row(
                    patch.number,
                    patch.at_us,
                    patch.at_us - before,
                    patch.text,
                    patch.size or len(patch.text),
                    patch.problem_count,
                    shorten(clean_line(place), 80),
                    bar,
                )
            )
            before = patch.at_us
        self.table.clear()
        self.table.extend(rows)

    # Keys

    def action_pause(self) -> None:
        is_paused = self._log is not None and self._log.is_paused
        self.post_message(self.Paused(not is_paused))

    def action_filter(self) -> None:
        field = self.query_one(Input)
        field.add_class("-shown")
        field.focus()

    def action_leave(self) -> None:
        field = self.query_one(Input)
        if field.has_class("-shown"):
            field.remove_class("-shown")
            field.value = ""
        else:
            self.remove_class("-detail")
            self._opened = False
        self.table.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        if action == "leave" and self.is_mounted:
            return self.query_one(Input).has_class("-shown") or self.has_class("-detail")
        return True

    def action_detail(self) -> None:
        if self.table.highlighted is None:
            return
        self._opened = True
        self.add_class("-detail")
        self._draw_detail()
        if self.has_class("-narrow"):
            self.query_one("#stream-detail").focus()

    def action_copy(self) -> None:
        row = self.table.highlighted
        if row is not None:
            self.app.copy_to_clipboard(row.text)
            self.notify(f"Copied event {row.number}.", markup=False, timeout=2)

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        event.stop()
        self.action_detail()

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        if self.has_class("-detail"):
            self._draw_detail()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Filtered(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value:
            event.input.remove_class("-shown")
        self.table.focus()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width < _WIDE, "-narrow")

    def _draw_detail(self) -> None:
        row = self.table.highlighted
        if row is None:
            return
        before = None
        if not self.has_class("-patches"):
            view = self.table.ring.view()
            at = self.table.cursor
            before = view[at - 1][1] if at else None
        said = detail(row, before)
        self.query_one("#stream-detail", VerticalScroll).query_one(Static).update(said)


def detail(row: Row, before: Row | None) -> Content:
    """The event laid out, below what changed since the one before."""
    facts = f"#{row.number}  {row.at_us / 1_000_000:.3f} s  {bytes_text(row.size)}"
    lines = [Content.assemble((facts, "bold"), (f"  {clean_line(row.label)}", "$text-muted"))]
    if before is not None and max(len(row.text), len(before.text)) <= _LONGEST:
        found = changes(before.text, row.text)
        words = f"changed since #{before.number}" if found else f"the same as #{before.number}"
        lines.append(Content.styled(words, "$text-muted"))
        lines += [_change_line(change) for change in found[:50]]
    lines.append(Content(""))
    return Content("\n").join([*lines, *painted(row.text)])


def _change_line(change: Change) -> Content:
    parts: list[Content] = [Content(f"{clean_line(change.path) or '(all)'}  ")]
    if change.before is not None:
        parts.append(Content.styled(f"- {clean_line(change.before)}", "$text-error"))
    if change.after is not None:
        parts.append(Content.styled(f"+ {clean_line(change.after)}", "$text-success"))
    return Content(" ").join(parts)


def painted(text: str) -> list[Content]:
    """JSON text a member a line, coloured; anything else as it is."""
    try:
        laid_out = format_json(text) if len(text) <= _LONGEST else text[:_LONGEST]
    except ValueError:
        laid_out = text
    lines = clean(laid_out).split("\n")
    shown = []
    for line in lines[:_MOST_LINES]:
        piece = shorten(line, 2_000)
        content = Content(piece)
        for start, stop, name in json_spans(piece):
            content = content.stylize(_STYLES[name], start, stop)
        shown.append(content)
    if len(lines) > _MOST_LINES:
        shown.append(Content.styled(f"… {len(lines) - _MOST_LINES} lines more", "$text-muted"))
    return shown
