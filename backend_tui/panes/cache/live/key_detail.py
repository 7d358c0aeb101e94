"""All that is known of one key: its counts, its value's size and time left, its last operations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.cache.live.bounded import Entry
from backend_tui.panes.cache.live.columns import FEED, Now
from backend_tui.panes.cache.live.counts import NONE
from backend_tui.panes.cache.live.words import number_text, ratio_text, ttl_text, us_text
from backend_tui.panes.cache.row import Row
from backend_tui.ui.record_table import RecordTable

KEPT: Final = 500
_NOT_MET: Final = "No operation on it was seen yet."
_TOO_RARE: Final = "It is too rare to be counted among the most used keys."
_COUNTS: Final = (
    ("✓", "hits", "hits"),
    ("✗", "misses", "misses"),
    ("↓", "loads", "loads"),
    ("!", "load_failures", "loads failed"),
    ("●", "sets", "set"),
    ("○", "deletes", "deleted"),
    ("▼", "expirations", "expired"),
    ("▲", "evictions", "evicted"),
    ("~", "stale_reads", "stale"),
    ("∅", "negative_hits", "known absent"),
    ("⊘", "refusals", "refused"),
)


class KeyDetail(Vertical):
    """One key in full; Enter on an operation leads to the journey of its request."""

    DEFAULT_CSS = """
    KeyDetail { height: 1fr; }
    KeyDetail > Static { height: auto; padding: 0 1; }
    KeyDetail > #key-name { background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Back"),
        Binding("v", "value", "Value", tooltip="The value itself, on the Keys tab"),
        Binding("y", "copy", "Copy key"),
    ]

    @dataclass
    class Closed(Message):
        """The person is done with the key."""

    @dataclass
    class JourneyWanted(Message):
        """The person wants the journey of the request behind an operation."""

        trace_id: str

    @dataclass
    class ValueWanted(Message):
        """The person wants to see the key's value."""

        key: str

    def __init__(self, now: Now) -> None:
        super().__init__(id="live-detail")
        self._now = now
        self._drawn = Content("")
        self.key = ""

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="key-name")
        yield Static(markup=False, id="key-counts")
        yield RecordTable[Row](
            FEED,
            capacity=KEPT,
            id="key-events",
            empty="None of its operations is kept in the feed any more.",
        )

    @property
    def events(self) -> RecordTable[Row]:
        return self.query_one("#key-events", RecordTable)

    def open(self, key: str, rows: Iterable[Row]) -> None:
        """Show this key with those of its operations that are kept."""
        self.key = key
        self.query_one("#key-name", Static).update(
            Content.assemble(("key ", "$text-muted"), (key, "bold"))
        )
        self.events.clear()
        self.events.extend(rows)
        self.events.flush()
        self.events.focus()

    def extend(self, rows: Iterable[Row]) -> None:
        """Some operations happened; those of the key are added."""
        own = [row for row in rows if row.key == self.key]
        if own:
            self.events.extend(own)

    def draw(self, entry: Entry | None, *, is_exact: bool) -> None:
        """Its counts as they are; None is a key that was not met, or is too rare to be counted."""
        words = (
            _lines(entry, self._now())
            if entry is not None
            else Content(_NOT_MET if is_exact else _TOO_RARE)
        )
        if words != self._drawn:
            self._drawn = words
            self.query_one("#key-counts", Static).update(words)

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        event.stop()
        if event.record.trace_id:
            self.post_message(self.JourneyWanted(event.record.trace_id))
        else:
            self.notify("No request stands behind this operation.", markup=False, timeout=3)

    def action_close(self) -> None:
        self.post_message(self.Closed())

    def action_value(self) -> None:
        self.post_message(self.ValueWanted(self.key))

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.key)
        self.notify("Copied.", markup=False, timeout=2)


def _lines(entry: Entry, now_ms: float) -> Content:
    counts = entry.counts
    requests = number_text(counts.requests)
    first = [
        Content.styled(f"{requests} request{'s' if counts.requests != 1 else ''}", "bold"),
        Content(f"hit ratio {ratio_text(counts.ratio)}"),
        Content(f"a load takes {us_text(counts.average_load_us) or NONE}"),
    ]
    if counts.saved_us is not None:
        first.append(Content(f"saved {duration_text(round(counts.saved_us))}"))
    second = [
        Content(f"{glyph} {number_text(getattr(counts, name))} {words}")
        for glyph, name, words in _COUNTS
        if getattr(counts, name) or name in ("hits", "misses", "loads")
    ]
    size = NONE if entry.size is None else bytes_text(entry.size)
    left = ttl_text(entry.ttl_s(now_ms))
    third = [
        Content(f"value {size}"),
        Content(f"expires in {left}" if left else "time to live not known, or over"),
    ]
    if entry.error:
        third.append(
            Content.styled(
                f"≈ up to {number_text(entry.error)} operations before were not counted",
                "$text-warning",
            )
        )
    muted = Content.styled(" · ", "$text-muted")
    return Content("\n").join(muted.join(parts) for parts in (first, second, third))
