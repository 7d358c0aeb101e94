"""All of one span: its SQL over lines, parameters, rows, key, plan on demand, exception."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from backend_tui.core import waterfall
from backend_tui.core.counting import cache_result, statement
from backend_tui.core.errors import BackendError
from backend_tui.core.place import Place
from backend_tui.core.sql_text import sql_lines
from backend_tui.core.text import clean, clean_line, shorten
from backend_tui.core.trace import AttributeValue, Span, Trace
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.ui.pane import Pane

Plan = Callable[[Trace, Span], Awaitable[tuple[str, ...]]]

_LONGEST: Final = 20_000
_SAID: Final = frozenset(
    {"db.query.text", "db.statement", "db.query.parameters", "db.response.returned_rows"}
    | {"db.fetch_us", "db.duplicate", "cache.key", "cache.hit", "cache.result", "cache.strategy"}
    | {"cache.ttl_s", "cache.operation", "cache.item.size", "in_us", "out_us"}
    | {"exception.type", "exception.message", "exception.stacktrace"}
)


class SpanDetail(VerticalScroll, can_focus=True):
    """One span in full; `plan` is asked when the person wants it, and may be left out."""

    DEFAULT_CSS = """
    SpanDetail {
        height: 1fr;
        padding: 0 1;
        background: $background;
        scrollbar-size-vertical: 1;
    }
    SpanDetail > Static { width: 1fr; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "explain", "Explain", tooltip="How the database runs this statement"),
        Binding("y", "copy", "Copy", tooltip="The statement, the key or the name"),
        Binding("g", "go", "Cache", tooltip="All about this key, in the Cache pane"),
        Binding("escape", "close", "Back"),
        Binding("j", "scroll_down", "Down", show=False),
        Binding("k", "scroll_up", "Up", show=False),
    ]

    @dataclass
    class Closed(Message):
        """The person is done with the span."""

        detail: SpanDetail

    def __init__(self, *, plan: Plan | None = None, id: str | None = None) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self._plan = plan
        self._trace: Trace | None = None
        self._row: waterfall.Row | None = None
        self._steps: tuple[str, ...] = ()
        self._problem: BackendError | None = None
        self.span: Span | None = None

    def compose(self) -> ComposeResult:
        yield Static(markup=False)

    def show(self, span: Span, trace: Trace, row: waterfall.Row | None = None) -> None:
        """Show the span from its top; a plan shown before is gone. `row` saves laying it out."""
        self.span, self._trace = span, trace
        self._row = row or next((each for each in waterfall.rows(trace) if each.span is span), None)
        self._steps, self._problem = (), None
        self.scroll_to(y=0, animate=False, immediate=True)
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "explain":
            return self._plan is not None and self.span is not None and bool(statement(self.span))
        if action == "go":
            return bool(self._cache_key)
        return super().check_action(action, parameters)

    def action_go(self) -> None:
        """Lead to what the span was about: a cache key to the Cache pane."""
        if self._cache_key:
            self.post_message(Pane.Go(Place("cache", "key", self._cache_key)))

    @property
    def _cache_key(self) -> str:
        """The clean key that the span looked up; empty for another kind of span."""
        key = self.span.attributes.get("cache.key") if self.span is not None else None
        return clean_line(key) if isinstance(key, str) else ""

    def action_explain(self) -> None:
        """Ask for the plan of the statement; shown below it, or why there is none."""
        self.run_worker(self._explain(), exclusive=True)

    def action_copy(self) -> None:
        if self.span is not None:
            key = self.span.attributes.get("cache.key")
            text = statement(self.span) or (key if isinstance(key, str) else self.span.name)
            self.app.copy_to_clipboard(text)
            self.notify("Copied.", markup=False, timeout=2)

    def action_close(self) -> None:
        self.post_message(self.Closed(self))

    async def _explain(self) -> None:
        span, trace = self.span, self._trace
        if self._plan is None or span is None or trace is None:
            return
        steps: tuple[str, ...] = ()
        problem: BackendError | None = None
        try:
            steps = await self._plan(trace, span)
        except BackendError as why:
            problem = why
        if span is self.span:
            self._steps, self._problem = steps, problem
            self._draw()
            self.call_after_refresh(self.scroll_end, animate=False)

    def _draw(self) -> None:
        if self.span is None or self._trace is None or not self.is_mounted:
            return
        width = max(self.scrollable_content_region.width - 4, 20)
        parts = _sections(self.span, self._trace, self._row, width)
        if self._steps:
            parts.append(_block("Plan", "\n".join(clean(step) for step in self._steps)))
        elif self._problem is not None:
            words = str(self._problem)
            parts.append(_block("Plan", f"✗ {words}"))
        elif self._plan is not None and statement(self.span):
            parts.append(_block("Plan", "Press e to ask the database.", "$text-muted"))
        self.query_one(Static).update(Content("\n").join(parts))


def _sections(span: Span, trace: Trace, row: waterfall.Row | None, width: int) -> list[Content]:
    symbol = row.symbol if row else "·"
    parts = [Content.styled(f"{symbol} {clean_line(span.name)}", "bold"), _timing(span, trace, row)]
    if row is not None and row.is_duplicate:
        words = "▲ The same statement ran before in this journey: a join or a batch would save it."
        parts.append(Content.styled(words, "$text-warning"))
    parts.append(Content(""))
    parts += _exception(span)
    parts += _statement(span, width)
    parts += _cache(span)
    if "in_us" in span.attributes:
        way_in, way_out = (_us(span.attributes.get(key)) for key in ("in_us", "out_us"))
        parts.append(_pair("Own time", f"{way_in} on the way in, {way_out} on the way out"))
    rest = {key: value for key, value in span.attributes.items() if key not in _SAID}
    if rest:
        wide = min(max(len(key) for key in rest), 34)
        lines = [f"{shorten(key, wide):<{wide}}  {_shown(value)}" for key, value in rest.items()]
        parts.append(_block("Attributes", "\n".join(lines)))
    return parts


def _timing(span: Span, trace: Trace, row: waterfall.Row | None) -> Content:
    whole = waterfall.window(trace)
    begin = span.start_us - whole.start_us
    words = [duration_text(span.duration_us)]
    if row is not None and row.below:
        words.append(f"{duration_text(row.own_us)} of it itself")
    words.append(f"{span.duration_us * 100 // whole.length_us} % of the journey")
    words.append(f"from {duration_text(begin)} to {duration_text(begin + span.duration_us)}")
    words.append(span.kind)
    if row is not None and row.is_critical:
        words.append("on the critical path")
    return Content.styled(" · ".join(words), "$text-muted")


def _exception(span: Span) -> list[Content]:
    kind, message = (span.attributes.get(f"exception.{part}") for part in ("type", "message"))
    if not span.is_error and kind is None:
        return []
    words = (
        ": ".join(str(part) for part in (kind, message) if part) or "The span ended in an error."
    )
    parts = [Content.styled(f"✗ {clean(words)}", "bold $text-error")]
    stack = span.attributes.get("exception.stacktrace")
    if isinstance(stack, str):
        parts.append(_block("Stack", _limited(stack)))
    return [*parts, Content("")]


def _statement(span: Span, width: int) -> list[Content]:
    text = statement(span)
    if not text:
        return []
    parts = [_block("Statement", "\n".join(sql_lines(_limited(text), width)))]
    given = span.attributes
    if given.get("db.query.parameters") not in (None, ""):
        parts.append(_pair("Parameters", _shown(given["db.query.parameters"])))
    if given.get("db.response.returned_rows") is not None:
        parts.append(_pair("Rows", _shown(given["db.response.returned_rows"])))
    fetch = given.get("db.fetch_us")
    if isinstance(fetch, int) and not isinstance(fetch, bool):
        execution = duration_text(max(span.duration_us - fetch, 0))
        parts.append(_pair("Execution", f"{execution}, then {duration_text(fetch)} to fetch"))
    return [*parts, Content("")]


def _cache(span: Span) -> list[Content]:
    given = span.attributes
    if not isinstance(given.get("cache.key"), str):
        return []
    parts = [_pair("Key", _shown(given["cache.key"]))]
    found = cache_result(span)
    if found is not None:
        parts.append(_pair("Result", "● hit" if found == "hit" else "○ miss"))
    elif given.get("cache.result") is not None:
        parts.append(_pair("Result", _shown(given["cache.result"])))
    for name, key in (("Operation", "cache.operation"), ("Strategy", "cache.strategy")):
        if given.get(key) is not None:
            parts.append(_pair(name, _shown(given[key])))
    if given.get("cache.ttl_s") is not None:
        parts.append(_pair("Lives for", f"{_shown(given['cache.ttl_s'])} s"))
    size = given.get("cache.item.size")
    if isinstance(size, int):
        parts.append(_pair("Size", bytes_text(size)))
    return [*parts, Content("")]


def _pair(name: str, value: str) -> Content:
    return Content.assemble((f"{name:<12}", "$text-muted"), value)


def _block(name: str, text: str, style: str = "") -> Content:
    indented = "\n".join(f"  {line}" for line in text.splitlines())
    return Content.assemble((name, "$text-muted"), "\n", (indented, style))


def _shown(value: AttributeValue) -> str:
    return clean_line(_limited("null" if value is None else str(value)))


def _us(value: AttributeValue) -> str:
    return duration_text(int(value)) if isinstance(value, int | float) else "?"


def _limited(text: str) -> str:
    text = clean(text)
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… ({len(text) - _LONGEST} more characters; y copies all)"
