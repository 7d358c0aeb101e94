"""The Traces pane: the live list of journeys, one of them as a waterfall, two side by side."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Callable, Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any, ClassVar, Final, assert_never

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Input, Static
from textual.worker import Worker

from backend_tui.core.clock import Clock
from backend_tui.core.errors import BackendError
from backend_tui.core.feed import Dropped, Live, Lost, batched, reconnecting
from backend_tui.core.otlp import export_document
from backend_tui.core.place import Place
from backend_tui.core.text import clean, is_clean
from backend_tui.core.trace import Span, Trace
from backend_tui.panes.traces.client import Connected, TraceClient
from backend_tui.panes.traces.columns import COLUMNS
from backend_tui.panes.traces.comparison_view import ComparisonView
from backend_tui.panes.traces.filter import GRAMMAR, FilterError, parse_filter, without_beginning
from backend_tui.panes.traces.journey import Journey
from backend_tui.panes.traces.model import (
    KEPT,
    Cleared,
    Compared,
    Event,
    FeedCondition,
    FeedLost,
    FeedOpened,
    Filtered,
    FilterRefused,
    JourneyClosed,
    JourneyMarked,
    JourneyOpened,
    JourneysArrived,
    JourneysDropped,
    Paused,
    ReceiverClosed,
    ReceiverOpened,
    Resumed,
    TracesState,
)
from backend_tui.panes.traces.receiver import PORT, Receiving
from backend_tui.panes.traces.words import state_words, title
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.ui.pane import Condition, Pane
from backend_tui.ui.record_table import RecordTable
from backend_tui.ui.span_detail import SpanDetail
from backend_tui.ui.timeline import Timeline

_EMPTY: Final = """\
No journeys yet.

Every request to the shop appears here as it ends, whoever sends it:
the REST pane, a browser, curl.
{shop}
For an app of your own press o: it may then send OpenTelemetry to this pane."""
_NONE_PASSES: Final = """\
No journey passes the filter “{text}”.

{count} are kept. / changes the filter, escape in it takes it away."""


_PLACEHOLDER: Final = "/ filter: status>=400 duration>50ms sql>10 dup path:/api"
_CONDITIONS: Final[dict[FeedCondition, Condition]] = {
    "waiting": "busy",
    "live": "live",
    "lost": "problem",
}


class TracesPane(Pane):
    """Every journey as it happens; what is open does not move when others arrive."""

    HELP: ClassVar[str] = (
        "Every request is a **journey**: its counters are exact, its spans say where the time "
        "went. `▲` marks statements that ran more than once (N+1), `●` cache hits, `○` misses.\n\n"
        f"Filter: `{GRAMMAR}`\n\n"
        "To see an app of your own, press `o` and start it with "
        "`OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf "
        f"OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:{PORT}`."
    )
    DEFAULT_CSS = """
    TracesPane {
        #traces-top { height: 1; background: $surface; }
        #traces-filter { width: 1fr; border: none; height: 1; padding: 0 1; background: $surface; }
        #traces-filter:focus { background: $primary 20%; }
        #traces-state { width: auto; padding: 0 1; color: $text-muted; background: $surface; }
        #traces-refused {
            height: auto; padding: 0 1; display: none; color: $text-error;
            &.-shown { display: block; }
        }
        #traces-list { height: 2fr; }
        #traces-line { height: 1; padding: 0 1; display: none; background: $surface; }
        Timeline, SpanDetail, ComparisonView { height: 3fr; display: none; }
        &.-journey #traces-line, &.-journey Timeline { display: block; }
        &.-span #traces-line, &.-span SpanDetail { display: block; }
        &.-comparison ComparisonView { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("p", "pause", "Pause", tooltip="The list stands still; what comes is kept"),
        Binding("c", "compare", "Compare", tooltip="Mark this journey, then compare another"),
        Binding("x", "export", "Export", tooltip="The journey as OTLP JSON, in a file"),
        Binding("y", "copy", "Copy as curl"),
        Binding("o", "receive", "OTLP", tooltip="Receive OpenTelemetry from an app of your own"),
        Binding("ctrl+l", "clear", "Clear", show=False),
        Binding("escape", "back", "Back", show=False),
    ]

    def __init__(
        self, *, client: TraceClient, clock: Clock, exports: Path, otlp_port: int = PORT
    ) -> None:
        super().__init__(name="traces")
        self.state = TracesState()
        self._client = client
        self._clock = clock
        self._exports = exports
        self._otlp_port = otlp_port
        self._receiving: Worker[None] | None = None
        self._shop = ""
        self._told: tuple[Condition, str] | None = None

    def compose(self) -> ComposeResult:
        yield ErrorBanner()
        with Horizontal(id="traces-top"):
            yield Input(placeholder=_PLACEHOLDER, id="traces-filter", compact=True)
            yield Static(markup=False, id="traces-state")
        yield Static(markup=False, id="traces-refused")
        yield RecordTable[Journey](
            COLUMNS, capacity=KEPT, identity=lambda journey: journey.identity, id="traces-list"
        )
        yield Static(markup=False, id="traces-line")
        yield Timeline()
        yield SpanDetail(plan=self._client.plan)
        yield ComparisonView()

    def on_mount(self) -> None:
        self._draw()

    async def on_unmount(self) -> None:
        await self._client.aclose()

    def focus_first(self) -> None:
        self._list.focus()

    def feeds(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        return (self._follow,)

    async def visit(self, place: Place) -> None:
        """Show the journey of a trace id, from the list or from the shop."""
        if place.kind != "trace":
            return
        journey = self.state.find(place.subject)
        if journey is None:
            trace = await self.attempt(self._client.trace(place.subject))
            if trace is None:
                return
            journey = Journey(trace)
            self._happen(JourneysArrived((journey,)))
        self._open(journey)

    @property
    def _list(self) -> RecordTable[Journey]:
        return self.query_one("#traces-list", RecordTable)

    @property
    def _chosen(self) -> Journey | None:
        return self._list.highlighted

    async def _follow(self) -> None:
        source = reconnecting(lambda: self._client.follow(is_from_start=True), self._clock)
        async with aclosing(batched(source, limit=KEPT)) as batches:
            async for batch in batches:
                arrived: list[Journey] = []
                for item in batch:
                    match item:
                        case Journey():
                            arrived.append(item)
                        case Dropped(count):
                            self._happen(JourneysDropped(count))
                        case Connected(url):
                            self._shop = url
                            self._happen(FeedOpened())
                        case Lost(error, retry_in):
                            self._happen(FeedLost(error, retry_in))
                        case Live():
                            pass
                if arrived:
                    self._happen(JourneysArrived(tuple(arrived)))

    async def _receive(self) -> None:
        try:
            async with aclosing(batched(self._client.receive(self._otlp_port))) as batches:
                async for batch in batches:
                    arrived: list[Journey] = []
                    for item in batch:
                        match item:
                            case Receiving(url):
                                self._happen(ReceiverOpened(url))
                            case Dropped(count):
                                self._happen(JourneysDropped(count))
                            case Journey():
                                arrived.append(item)
                    if arrived:
                        self._happen(JourneysArrived(tuple(arrived)))
        except BackendError as problem:
            self._happen(ReceiverClosed(problem))

    def _happen(self, event: Event) -> None:
        before = self.state
        self.state = self.state.after(event)
        self._show(event, before)
        self._draw()
        self.post_message(self.Happened(self, event))

    def _show(self, event: Event, before: TracesState) -> None:
        """Tell the widgets what the event changed for them."""
        match event:
            case JourneysArrived(journeys):
                if not self.state.is_paused:
                    self._list.extend(journeys)
                if self.state.opened is not before.opened and self.state.opened is not None:
                    self.query_one(Timeline).show(self.state.opened.trace)
            case Resumed():
                self._list.extend(before.held)
            case Filtered(chosen):
                self._list.set_filter(chosen.passes if chosen.terms else None)
            case JourneyOpened(journey):
                self.query_one(Timeline).show(journey.trace)
                self._layer("-journey")
            case Compared():
                if self.state.compared is not None:
                    self.query_one(ComparisonView).show(*self.state.compared)
                    self._layer("-comparison")
            case JourneyClosed():
                self._layer("")
            case Cleared():
                self._list.clear()
            case FeedLost(error, _):
                self.show_problem(error)
            case ReceiverClosed(error):
                if error is not None:
                    self.show_problem(error)
            case FeedOpened():
                self.clear_problem()
            case Paused() | FilterRefused() | JourneyMarked() | JourneysDropped():
                pass
            case ReceiverOpened():
                pass
            case _:
                assert_never(event)

    def _draw(self) -> None:
        state = self.state
        refused = self.query_one("#traces-refused", Static)
        refused.set_class(state.filter_problem is not None, "-shown")
        if state.filter_problem is not None:
            problem = state.filter_problem
            refused.update(Content(f"✗ {clean(problem.what)} {clean(problem.hint)}"))
        self.query_one("#traces-state", Static).update(state_words(state))
        opened = state.opened
        if opened is not None:
            self.query_one("#traces-line", Static).update(title(opened))
        if state.filter.terms and state.journeys:
            words = _NONE_PASSES.format(text=clean(state.filter.text), count=len(state.journeys))
        else:
            words = _EMPTY.format(
                shop=f"\n  curl {self._shop}/api/products\n" if self._shop else ""
            )
        self._list.set_empty(words)
        told = (_CONDITIONS[state.feed], str(len(state.journeys) or ""))
        if told != self._told:
            self._told = told
            self.post_message(self.StateChanged(self, *told))

    def _layer(self, name: str) -> None:
        """What lies under the list: nothing, a journey, a span or a comparison."""
        for each in ("-journey", "-span", "-comparison"):
            self.set_class(each == name, each)
        match name:
            case "-journey":
                self.query_one(Timeline).focus()
            case "-span":
                self.query_one(SpanDetail).focus()
            case "-comparison":
                self.query_one(ComparisonView).focus()
            case _:
                self._list.focus()

    def _open(self, journey: Journey) -> None:
        self._list.flush()
        self._list.hold()
        self._list.highlight(lambda each: each.identity == journey.identity)
        self._list.hold()
        self._happen(JourneyOpened(journey))

    def action_filter(self) -> None:
        self.query_one("#traces-filter", Input).focus()

    def action_pause(self) -> None:
        self._happen(Resumed() if self.state.is_paused else Paused())

    def action_compare(self) -> None:
        """Mark the journey under the cursor, or compare it with the marked one."""
        journey = self._chosen
        if journey is None:
            return
        marked = self.state.marked
        if marked is None or self.state.compared is not None:
            self._happen(JourneyMarked(journey))
        elif marked.identity == journey.identity:
            self._happen(JourneyMarked(None))
        else:
            self._list.hold()
            self._happen(Compared(journey))

    def action_receive(self) -> None:
        """Start or stop the OTLP receiver."""
        if self._receiving is not None and self._receiving.is_running:
            self._receiving.cancel()
            self._receiving = None
            self._happen(ReceiverClosed())
        else:
            self._receiving = self.run_worker(self._receive(), group="otlp", exit_on_error=True)

    def action_clear(self) -> None:
        self._happen(Cleared())

    def action_back(self) -> None:
        if self.has_class("-span"):
            self._layer("-journey")
        elif self.state.opened is not None or self.state.compared is not None:
            self._happen(JourneyClosed())
        elif self.state.marked is not None:
            self._happen(JourneyMarked(None))

    def action_copy(self) -> None:
        """The request of the journey as a curl command, without its headers and body."""
        journey = self.state.opened or self._chosen
        if journey is None:
            return
        url = f"{self._shop}{journey.target}"
        method = journey.trace.method
        words = ["curl", *(("-X", method) if method not in ("GET", "") else ()), url]
        if not is_clean(url):
            return
        self.app.copy_to_clipboard(shlex.join(words))
        self.notify("Copied as curl.", markup=False, timeout=2)

    def action_export(self) -> None:
        journey = self.state.opened or self._chosen
        if journey is not None:
            self.run_worker(self._export(journey.trace), group="export")

    async def _export(self, trace: Trace) -> None:
        target = self._exports / f"trace-{trace.trace_id[:8]}.otlp.json"
        if await self.attempt(asyncio.to_thread(_write, target, trace)):
            self.notify(f"Written to {target}", title="OTLP JSON", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        self._filter(without_beginning(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self._filter(event.value)
        if self.state.filter_problem is None:
            self._list.focus()

    def _filter(self, text: str) -> None:
        try:
            self._happen(Filtered(parse_filter(text)))
        except FilterError as problem:
            self._happen(FilterRefused(problem))

    def on_key(self, event: Any) -> None:
        field = self.query_one("#traces-filter", Input)
        if event.key == "escape" and field.has_focus:
            event.stop()
            field.value = ""
            self._list.focus()
        elif event.key == "down" and field.has_focus:
            event.stop()
            self._list.focus()

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        self._happen(JourneyOpened(event.record))

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        """With a journey open, the waterfall follows the cursor that the person moves."""
        if self.state.opened is not None and self._list.has_focus:
            self.state = self.state.after(JourneyOpened(event.record))
            self.query_one(Timeline).show(event.record.trace)
            self.set_class(True, "-journey")
            self.set_class(False, "-span")
            self._draw()

    def on_timeline_span_chosen(self, event: Timeline.SpanChosen) -> None:
        self.query_one(SpanDetail).show(event.span, event.trace, event.timeline.cursor_row)
        self._layer("-span")

    def on_span_detail_closed(self) -> None:
        self._layer("-journey")

    def on_comparison_view_closed(self) -> None:
        self._happen(JourneyClosed())

    def span_shown(self) -> Span | None:
        """The span that is read in full."""
        return self.query_one(SpanDetail).span if self.has_class("-span") else None


def _write(target: Path, trace: Trace) -> bool:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        document = json.dumps(export_document([trace]), ensure_ascii=False, indent=2)
        target.write_text(document, encoding="utf-8")
    except OSError as failed:
        raise BackendError(
            f"The journey could not be written to {target}.",
            failed.strerror or str(failed),
            "Make room, or start with another --data-dir.",
        ) from failed
    return True
