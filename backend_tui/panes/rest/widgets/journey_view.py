"""The journey of a request under its answer, with the one before it for comparison."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from backend_tui.core.text import clean
from backend_tui.core.trace import Counters
from backend_tui.core.units import duration_text
from backend_tui.panes.rest.exchanges import Exchange
from backend_tui.ui.span_detail import Plan, SpanDetail
from backend_tui.ui.timeline import Timeline

_COUNTERS = (
    ("sql", "sql"),
    ("rows", "rows"),
    ("cache_hits", "● hits"),
    ("cache_misses", "○ misses"),
    ("duplicates", "▲ repeated"),
)


class JourneyView(Vertical):
    """Waterfall; Enter opens a span in its place, Escape leads back."""

    DEFAULT_CSS = """
    JourneyView {
        & > #journey-compared { height: auto; max-height: 3; padding: 0 1; display: none; }
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
        self._exchange: Exchange | None = None

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="journey-compared")
        yield Static(markup=False, id="journey-note")
        yield Timeline(empty="No journey yet: send a request.", id="journey-timeline")
        yield SpanDetail(plan=self._plan, id="journey-span")

    def show(self, exchange: Exchange | None, before: Exchange | None) -> None:
        """Show the journey of the exchange; `before` is the last one of the same request."""
        if exchange is not self._exchange:
            if self._exchange is None or exchange is None or exchange.trace != self._exchange.trace:
                self.remove_class("-detail")
            self._exchange = exchange
        note = self.query_one("#journey-note", Static)
        words = _note(exchange)
        note.set_class(bool(words), "-shown")
        note.update(Content(words))
        compared = self.query_one("#journey-compared", Static)
        lines = _compared(exchange, before)
        compared.set_class(lines is not None, "-shown")
        if lines is not None:
            compared.update(lines)
        waiting = exchange is not None and exchange.trace is None
        empty = "The journey is on its way …" if waiting else "No journey yet: send a request."
        self.query_one(Timeline).show(exchange.trace if exchange else None, empty)

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


def _note(exchange: Exchange | None) -> str:
    if exchange is None or exchange.trace is None:
        return ""
    if exchange.trace_problem is not None:
        return f"✗ {clean(exchange.trace_problem.what)} {clean(exchange.trace_problem.why)}"
    if exchange.context is None and not exchange.trace.route:
        return "Only the client's side: this server was sent no trace context."
    if all(span.kind == "client" for span in exchange.trace.spans):
        return "Only the client's side: this server tells no journey here."
    return ""


def _compared(exchange: Exchange | None, before: Exchange | None) -> Content | None:
    """Two lines of counters, what became less or more in colour and with an arrow."""
    if exchange is None or before is None or exchange.trace is None or before.trace is None:
        return None
    if not (exchange.trace.route and before.trace.route):
        return None
    old, new = before.trace.counters, exchange.trace.counters
    names = [
        (name, title)
        for name, title in _COUNTERS
        if name in ("sql", "rows") or getattr(old, name) or getattr(new, name)
    ]
    first = _line(f"#{before.number} before", old, old, names, before.timings.total_us)
    second = _line(f"#{exchange.number} now", old, new, names, exchange.timings.total_us)
    return Content("\n").join([first, second])


def _line(
    lead: str, old: Counters, new: Counters, names: list[tuple[str, str]], total_us: int
) -> Content:
    parts = [Content.styled(f"{lead:<12}", "$text-muted")]
    for name, title in names:
        was, now = getattr(old, name), getattr(new, name)
        arrow = "↓" if now < was else "↑" if now > was else " "
        tone = "" if now == was else "bold $text-success"
        if now != was and (now > was) != (name == "cache_hits"):
            tone = "bold $text-warning"
        parts.append(Content.styled(f"{now:>4} {title} {arrow}", tone))
    parts.append(Content.styled(f"{duration_text(total_us):>10}", "$text-muted"))
    return Content(" ").join(parts)
