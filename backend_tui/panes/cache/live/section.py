"""The Live tab: gauges, the feed of operations, and a table per key, prefix and strategy."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, ClassVar, Final, assert_never, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from backend_tui.core.feed import Live, Lost, reconnecting
from backend_tui.core.place import Place
from backend_tui.core.text import clean
from backend_tui.feature import Surroundings
from backend_tui.panes.cache.client import CacheClient
from backend_tui.panes.cache.live.columns import FEED
from backend_tui.panes.cache.live.count_table import CountTable
from backend_tui.panes.cache.live.filter import FilterError, parse_filter, without_beginning
from backend_tui.panes.cache.live.key_detail import KeyDetail
from backend_tui.panes.cache.live.ladder import Ladder, Watching
from backend_tui.panes.cache.live.model import (
    KEPT,
    Counted,
    Event,
    FeedChosen,
    FeedLost,
    Filtered,
    FilterRefused,
    Grouped,
    KeyClosed,
    KeyOpened,
    LiveState,
    ObservationArrived,
    ObservationBegan,
    Paused,
    Resumed,
    Zeroed,
)
from backend_tui.panes.cache.live.redraw import Redraw
from backend_tui.panes.cache.live.statistics import By
from backend_tui.panes.cache.live.words import (
    rate_line,
    ratio_line,
    source_line,
    state_words,
)
from backend_tui.panes.cache.model import Connected
from backend_tui.panes.cache.row import Row
from backend_tui.panes.cache.wire import Operations
from backend_tui.ui.pane import Pane
from backend_tui.ui.record_table import RecordTable
from backend_tui.ui.sections import Sections

_ORDER: Final[tuple[By, ...]] = ("key", "prefix", "strategy")
_PLACEHOLDER: Final = "/ filter: products:* result:miss strategy:cache-aside load>10ms"
_EMPTY: Final = """\
No operations yet.

Every request to the shop that touches its cache appears here at once.
Send GET /api/products from the REST pane twice: a miss, then a hit."""
_EMPTY_OBSERVED: Final = """\
No operations yet.

Every look-up that any client makes appears here, as far as this rung tells it."""
_EMPTY_COUNTERS: Final = """\
The server's counters name no keys: the figures above are all that they tell.

A closer look: o."""
_NONE_PASSES: Final = "No operation passes the filter “{}”.\n\nEscape in the filter takes it away."


class LiveSection(Watching):
    """What the cache does, as it does it; counts stay exact while the feed is paused."""

    DEFAULT_CSS = """
    LiveSection {
        #live-gauges { height: 3; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
        #live-top { height: 1; background: $surface; }
        #live-filter { width: 1fr; border: none; height: 1; padding: 0 1; background: $surface; }
        #live-filter:focus { background: $primary 20%; }
        #live-state { width: auto; padding: 0 1; background: $surface; }
        #live-refused {
            height: auto; padding: 0 1; display: none; color: $text-error;
            &.-shown { display: block; }
        }
        #live-lists { height: 1fr; }
        #live-feed { height: 1fr; }
        #live-tables { height: 1fr; }
        KeyDetail { display: none; }
        &.-detail #live-lists { display: none; }
        &.-detail KeyDetail { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("space", "pause", "Pause", tooltip="The feed stands still; the counts go on"),
        Binding("b", "by", "By", tooltip="The table per key, per prefix, per strategy"),
        Binding("0", "zero", "Zero", tooltip="Count from now on; the cache itself is not touched"),
        Binding("o", "observe", "Observe", tooltip="How closely to watch: feed, INFO, MONITOR …"),
        Binding("t", "journey", "Journey", tooltip="The journey of the request behind it"),
        Binding("y", "copy", "Copy key", show=False),
        Binding("escape", "back", "Back", show=False),
    ]

    @dataclass
    class ValueWanted(Message):
        """The person wants to see a key's value, on the Keys tab."""

        key: str

    def __init__(self, client: CacheClient, surroundings: Surroundings) -> None:
        super().__init__(id="cache-live")
        self.state = LiveState()
        self._client = client
        self._ladder = Ladder(self, surroundings)
        self._clock = surroundings.clock
        self._held: deque[Row] = deque(maxlen=KEPT)
        self._untold = 0
        self._redraw = Redraw(self)
        self._drawn: dict[str, object] = {}

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="live-gauges")
        with Horizontal(id="live-top"):
            yield Input(placeholder=_PLACEHOLDER, id="live-filter", compact=True)
            yield Static(markup=False, id="live-state")
        yield Static(markup=False, id="live-refused")
        with Vertical(id="live-lists"):
            yield RecordTable[Row](FEED, capacity=KEPT, id="live-feed", empty=_EMPTY)
            yield Sections(
                {
                    by: (f"Per {by}", lambda by=by: self._count_table(by))  # type: ignore[misc]
                    for by in _ORDER
                },
                id="live-tables",
            )
        yield KeyDetail(self.now_ms)

    def on_mount(self) -> None:
        self._redraw.begin(self)
        self._draw()

    def feeds(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        return self._ladder.feeds() or (self._follow,)

    def disappear(self) -> None:
        super().disappear()
        self._redraw.rest()

    def appear(self) -> None:
        super().appear()
        self._touch()

    def now_ms(self) -> float:
        """The server's time as we know it, Unix time in ms."""
        return self._clock.now().timestamp() * 1_000 + self.state.ahead_ms

    @property
    def feed(self) -> RecordTable[Row]:
        return self.query_one("#live-feed", RecordTable)

    def focus_first(self) -> None:
        """Work begins in the feed, or where the key that is open is read."""
        is_open = self.state.opened is not None
        (self.query_one(KeyDetail).events if is_open else self.feed).focus()

    @property
    def tables(self) -> Sections:
        return self.query_one("#live-tables", Sections)

    async def on_unmount(self) -> None:
        await self._ladder.aclose()

    def begin_anew(self) -> None:
        """The source has changed: its reader takes the place of the one before."""
        super().disappear()
        super().appear()

    async def _follow(self) -> None:
        source = reconnecting(lambda: self._client.follow(is_from_start=True), self._clock)
        async with aclosing(source) as items:
            async for item in items:
                match item:
                    case Operations() | Connected():
                        self.happen(item)
                    case Lost(error, retry_in):
                        self.happen(FeedLost(error, retry_in))
                    case Live():
                        pass

    def happen(self, event: Event) -> None:
        """The event changes the state, and the state what is seen."""
        before = self.state
        self.state = before.after(event)
        self._show(event)
        if self.state is not before:
            self._draw()
        if not isinstance(event, Operations | ObservationArrived):
            self.post_message(self.Happened(event))

    def _show(self, event: Event) -> None:
        match event:
            case Operations(rows=rows):
                self._untold += len(rows)
                self._take(rows)
            case Connected():
                self.post_message(self.Failed(None, self))
            case ObservationBegan() | FeedChosen():
                self._held.clear()
                self.feed.clear()
                self._touch()
            case ObservationArrived(told, _):
                self._untold += len(told.rows)
                self._take(told.rows)
            case FeedLost(error, _):
                self.post_message(self.Failed(error, self))
            case Resumed():
                self.feed.extend(list(self._held))
                self._held.clear()
            case Filtered(chosen):
                self.feed.set_filter(chosen.passes if chosen.terms else None)
                self._touch()
            case Grouped(by):
                self.run_worker(self.tables.show(by, focus=self._is_in_tables()), group="by")
            case KeyOpened(key):
                self.feed.flush()
                self.set_class(True, "-detail")
                kept = [row for _, row in self.feed.ring.view() if row.key == key]
                self.query_one(KeyDetail).open(key, kept)
            case KeyClosed():
                self.set_class(False, "-detail")
                self.screen.set_focus(self.feed)
            case Zeroed() | Paused() | FilterRefused():
                self._touch()
            case _:
                assert_never(event)

    def _take(self, rows: Sequence[Row]) -> None:
        if self.state.is_paused:
            self._held.extend(rows)
        else:
            self.feed.ring.extend(rows)
        if self.state.opened is not None:
            self.query_one(KeyDetail).extend(rows)
        self._touch(len(rows))

    def _touch(self, rows: int = 0) -> None:
        """Something is to be drawn with the next tick."""
        self._redraw.touch(rows)
        if self.is_shown:
            self._redraw.resume()

    def draw_feed(self) -> None:
        """The operations that came; a paused feed stands still."""
        if not self.state.is_paused:
            self.feed.flush(force=True)

    def is_still(self) -> bool:
        """No window is left to move, no time to live to count down."""
        now_ms, books = self.now_ms(), self.state.statistics
        return books.windows.is_quiet(now_ms) and all(
            each.ttl_s(now_ms) is None for each in books.keys.order
        )

    def draw_counts(self) -> None:
        """Gauges, the table on screen and the key that is open."""
        if self._untold:
            self.post_message(self.Happened(Counted(self._untold)))
            self._untold = 0
        now_ms, width = self.now_ms(), max(self.size.width - 2, 20)
        gauges = Content("\n").join(
            (
                ratio_line(self.state, now_ms, width),
                rate_line(self.state, now_ms, width),
                source_line(self.state, width),
            )
        )
        self._update("#live-gauges", gauges)
        if self.state.opened is not None:
            keys = self.state.statistics.keys
            entry = keys.entries.get(self.state.opened)
            self.query_one(KeyDetail).draw(entry, is_exact=keys.is_exact)
            return
        table = self.tables.content
        if isinstance(table, CountTable):
            passes = self.state.filter.passes_key if self.state.filter.key_terms else None
            table.passes_name = passes if table.by == "key" else None
            table.renew()

    def _draw(self) -> None:
        state = self.state
        refused = self.query_one("#live-refused", Static)
        refused.set_class(state.filter_problem is not None, "-shown")
        if state.filter_problem is not None:
            problem = state.filter_problem
            refused.update(Content(f"✗ {clean(problem.what)} {clean(problem.hint)}"))
        self.query_one("#live-state", Static).update(state_words(state))
        is_filtered = bool(state.filter.terms)
        empty = _EMPTY
        if state.observed is not None:
            is_blind = state.observed.rung == "counters"
            empty = _EMPTY_COUNTERS if is_blind else _EMPTY_OBSERVED
        self.feed.set_empty(_NONE_PASSES.format(clean(state.filter.text)) if is_filtered else empty)

    def _update(self, which: str, content: Content) -> None:
        """Nothing is written when it says the same."""
        if self._drawn.get(which) != content:
            self._drawn[which] = content
            self.query_one(which, Static).update(content, layout=False)

    def _count_table(self, by: By) -> CountTable:
        return CountTable(
            by,
            lambda: self.state.statistics.table(by),
            self.now_ms,
            lambda: self.state.observed is None or self.state.observed.tells_hits,
        )

    def _is_in_tables(self) -> bool:
        focused = self.screen.focused
        return focused is not None and self.tables in focused.ancestors

    @property
    def _chosen_key(self) -> str | None:
        """The key under the cursor of what has the focus."""
        if self.state.opened is not None:
            return self.state.opened
        table = self.tables.content
        if self._is_in_tables() and isinstance(table, CountTable):
            entry = table.highlighted
            return entry.name if entry is not None and table.by == "key" else None
        row = self.feed.highlighted
        return row.key if row is not None else None

    def action_filter(self) -> None:
        """The filter is about the feed: a key that is open is closed."""
        if self.state.opened is not None:
            self.happen(KeyClosed())
        self.screen.set_focus(self.query_one("#live-filter", Input))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a key is open there is no table to group."""
        del parameters
        return not (action == "by" and self.state.opened is not None)

    def action_pause(self) -> None:
        self.happen(Resumed() if self.state.is_paused else Paused())

    def action_zero(self) -> None:
        self.happen(Zeroed(self.now_ms()))

    def action_by(self) -> None:
        at = _ORDER.index(self.state.by)
        self.happen(Grouped(_ORDER[(at + 1) % len(_ORDER)]))

    def action_observe(self) -> None:
        """Choose how closely to watch: the shop's feed, or a rung that asks the cache itself."""
        self.run_worker(self._ladder.choose(), group="ladder", exclusive=True)

    def action_journey(self) -> None:
        is_open = self.state.opened is not None
        row = (self.query_one(KeyDetail).events if is_open else self.feed).highlighted
        if row is not None and row.trace_id:
            self.post_message(Pane.Go(Place("traces", "trace", row.trace_id)))
        elif row is not None:
            self.notify("No request stands behind this operation.", markup=False, timeout=3)

    def action_copy(self) -> None:
        key = self._chosen_key
        if key is not None:
            self.app.copy_to_clipboard(key)
            self.notify("Copied.", markup=False, timeout=2)

    def action_back(self) -> None:
        if self.state.opened is not None:
            self.happen(KeyClosed())

    def on_sections_shown(self, event: Sections.Shown) -> None:
        event.stop()
        if event.tab != self.state.by:
            self.state = self.state.after(Grouped(cast(By, event.tab)))
        self._touch()

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        event.stop()
        record = event.record
        if isinstance(record, Row):
            self.happen(KeyOpened(record.key))
        elif isinstance(event.table, CountTable):
            self._chosen_entry(event.table, record.name)

    def _chosen_entry(self, table: CountTable, name: str) -> None:
        """A key opens; a prefix or a strategy becomes the filter."""
        if table.by == "key":
            self.happen(KeyOpened(name))
            return
        words = f'"{name}"' if " " in name else name
        text = f"{words}*" if table.by == "prefix" else f"strategy:{words}"
        self.query_one("#live-filter", Input).value = text
        if table.by == "prefix":
            self.happen(Grouped("key"))

    def on_key_detail_closed(self, event: KeyDetail.Closed) -> None:
        event.stop()
        self.happen(KeyClosed())

    def on_key_detail_journey_wanted(self, event: KeyDetail.JourneyWanted) -> None:
        event.stop()
        self.post_message(Pane.Go(Place("traces", "trace", event.trace_id)))

    def on_key_detail_value_wanted(self, event: KeyDetail.ValueWanted) -> None:
        event.stop()
        self.post_message(self.ValueWanted(event.key))

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._filter(without_beginning(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._filter(event.value)
        if self.state.filter_problem is None:
            self.focus_first()

    def _filter(self, text: str) -> None:
        try:
            self.happen(Filtered(parse_filter(text)))
        except FilterError as problem:
            self.happen(FilterRefused(problem))

    def on_key(self, event: Any) -> None:
        field = self.query_one("#live-filter", Input)
        if event.key in ("escape", "down") and field.has_focus:
            event.stop()
            if event.key == "escape":
                field.value = ""
            self.focus_first()
