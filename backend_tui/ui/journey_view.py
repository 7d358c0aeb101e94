"""The journey of a request under its answer, with the one before it for comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean
from backend_tui.core.trace import Counters, Trace
from backend_tui.core.units import duration_text
from backend_tui.ui.span_detail import Plan, SpanDetail
from backend_tui.ui.timeline import Timeline

_COUNTERS = (
    ("sql", "sql"),
    ("rows", "rows"),
    ("cache_hits", "● hits"),
    ("cache_misses", "○ misses"),
    ("duplicates", "▲ repeated"),
)


@dataclass(frozen=True, slots=True)
class Journey:
    """The journey of one sent request: its number, what is known of it, how long it took in all.

    `is_traced` says whether the server was sent a trace context, `is_from_cache` that it was not
    asked at all.
    """

    number: int
    trace: Trace | None
    problem: BackendError | None = None
    is_traced: bool = False
    total_us: int = 0
    is_from_cache: bool = False


class JourneyView(Vertical):
    """Waterfall; Enter opens a span in its place, Escape leads back."""

    DEFAULT_CSS = """
    JourneyView {
        & > #journey-compared { height: 2; padding: 0 1; display: none;
            text-wrap: nowrap; text-overflow: ellipsis; }
        & > #journey-compared.-shown { display: block; }
        & > #journey-note { height: auto; max-height: 2; padding: 0 1; display: none;
            color: $text-muted; }
        & > #journey-note.-shown { display: block; }
        & > SpanDetail { display: none; }
        &.-detail > SpanDetail { display: block; }
        &.-detail > Timeline { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "back", show=False)]

    def __init__(self, plan: Plan | None = None) -> None:
        super().__init__()
        self._plan = plan
        self._trace: Trace | None = None

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="journey-compared")
        yield Static(markup=False, id="journey-note")
        yield Timeline(empty="No journey yet: send a request.", id="journey-timeline")
        yield SpanDetail(plan=self._plan, id="journey-span")

    def show(self, journey: Journey | None, before: Journey | None) -> None:
        """Show a journey, with a trace or still without; `before` is that of the same request."""
        trace = journey.trace if journey else None
        if trace != self._trace:
            self.remove_class("-detail")
            self._trace = trace
        note = self.query_one("#journey-note", Static)
        words = _note(journey)
        note.set_class(bool(words), "-shown")
        note.update(Content(words))
        compared = self.query_one("#journey-compared", Static)
        lines = _compared(journey, before)
        compared.set_class(lines is not None, "-shown")
        if lines is not None:
            compared.update(lines)
        waiting = journey is not None and trace is None
        empty = "The journey is on its way …" if waiting else "No journey yet: send a request."
        self.query_one(Timeline).show(trace, empty)

    def on_timeline_span_chosen(self, event: Timeline.SpanChosen) -> None:
        event.stop()
        detail = self.query_one(SpanDetail)
        self.add_class("-detail")
        detail.show(event.span, event.trace)
        detail.focus()

    def on_span_detail_closed(self, event: SpanDetail.Closed) -> None:
        event.stop()
        self.action_back()

    def action_back(self) -> None:
        self.remove_class("-detail")
        self.query_one(Timeline).focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "back":
            return self.has_class("-detail")
        return super().check_action(action, parameters)


def _note(journey: Journey | None) -> str:
    if journey is None or journey.trace is None:
        return ""
    if journey.problem is not None:
        return f"✗ {clean(journey.problem.what)} {clean(journey.problem.why)}"
    if journey.is_from_cache:
        return "No request left: the answer came from the workbench's own HTTP cache."
    if not journey.is_traced and not journey.trace.route:
        return "Only the client's side: this server was sent no trace context."
    if all(span.kind == "client" for span in journey.trace.spans):
        return "Only the client's side: this server tells no journey here."
    return ""


def _compared(journey: Journey | None, before: Journey | None) -> Content | None:
    """Two lines of counters, what became less or more in colour and with an arrow."""
    if journey is None or before is None or journey.trace is None or before.trace is None:
        return None
    if not (journey.trace.route and before.trace.route):
        return None
    old, new = before.trace.counters, journey.trace.counters
    names = [
        (name, title)
        for name, title in _COUNTERS
        if name in ("sql", "rows") or getattr(old, name) or getattr(new, name)
    ]
    first = _line(f"#{before.number} before", old, old, names, before.total_us)
    second = _line(f"#{journey.number} now", old, new, names, journey.total_us)
    return Content("\n").join([first, second])


def _line(
    lead: str, old: Counters, new: Counters, names: list[tuple[str, str]], total_us: int
) -> Content:
    parts = [Content.styled(f"{lead:<10}", "$text-muted")]
    for name, title in names:
        was, now = getattr(old, name), getattr(new, name)
        arrow = "↓" if now < was else "↑" if now > was else " "
        tone = "" if now == was else "bold $text-success"
        if now != was and (now > was) != (name == "cache_hits"):
            tone = "bold $text-warning"
        parts.append(Content.styled(f"{now:>3} {title} {arrow}", tone))
    parts.append(Content.styled(f"{duration_text(total_us):>9}", "$text-muted"))
    return Content(" ").join(parts)
