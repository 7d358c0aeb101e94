"""A journey and its spans while they are being recorded."""

from __future__ import annotations

from itertools import count
from os import urandom
from threading import Lock
from time import perf_counter_ns, time_ns
from typing import Any, Literal

Kind = Literal[
    "server", "setup", "middleware", "routing", "auth", "view", "cache", "db", "serialize", "send",
    "graphql", "task",
]  # fmt: skip

MAX_SPANS = 2000
_ID_MASK = (1 << 64) - 1


class Span:
    """One step of a journey; times are `perf_counter_ns`, `ended` is 0 while it is open."""

    __slots__ = (
        "attributes", "ended", "is_error", "journey", "kind", "name", "number", "parent", "started",
    )  # fmt: skip

    def __init__(
        self, journey: Journey, parent: Span | None, number: int, kind: Kind, name: str
    ) -> None:
        self.journey = journey
        self.parent = parent
        self.number = number
        self.kind: Kind = kind
        self.name = name
        self.started = 0
        self.ended = 0
        self.is_error = False
        self.attributes: dict[str, Any] = {}

    @property
    def id(self) -> str:
        """16 hex digits, unique in the journey."""
        return f"{(self.journey.id_base + self.number) & _ID_MASK or 1:016x}"

    def fail(self, error: BaseException) -> None:
        """Keep what went wrong: its type and the first line it says, never a traceback."""
        self.is_error = True
        kind = type(error)
        self.attributes["exception.type"] = f"{kind.__module__}.{kind.__qualname__}"
        first = error.args[0] if error.args else ""
        says = first if isinstance(first, str) else ""
        self.attributes["exception.message"] = says.partition("\n")[0][:300]


class MiddlewareSpan(Span):
    """A middleware: when what it wraps began and ended, 0 when it never asked for it."""

    __slots__ = ("inner_ended", "inner_started")

    def __init__(self, journey: Journey, parent: Span, number: int, name: str) -> None:
        super().__init__(journey, parent, number, "middleware", name)
        self.inner_started = 0
        self.inner_ended = 0


class StatementSpan(Span):
    """An SQL statement: its text and parameters, the rows that came and the time they took."""

    __slots__ = ("fetch_ns", "parameters", "rows", "text")

    def __init__(self, journey: Journey, parent: Span, number: int, name: str) -> None:
        super().__init__(journey, parent, number, "db", name)
        self.text = ""
        self.parameters: Any = None
        self.rows: int | None = None
        self.fetch_ns = 0


class Journey:
    """One request on its way through the server, with exact counters beside the spans."""

    __slots__ = (
        "_lock", "_numbers", "bytes_in", "bytes_out", "cache_hits", "cache_misses", "client_left",
        "duplicates", "id_base", "is_finished", "method", "parent_id", "path", "query", "root",
        "route", "rows", "sequence", "spans", "spans_dropped", "spent", "sql", "started_at_ns",
        "statements", "status", "trace_id",
    )  # fmt: skip

    def __init__(
        self, method: str, path: str, query: str, trace_id: str = "", parent_id: str | None = None
    ) -> None:
        chance = urandom(24)
        self.trace_id = trace_id or chance[8:].hex()
        self.parent_id = parent_id
        self.id_base = int.from_bytes(chance[:8])
        self.method = method
        self.path = path
        self.query = query
        self.route: str | None = None
        self.status: int | None = None
        self.sequence = 0
        self.is_finished = False
        self.client_left = False
        self.sql = self.rows = self.duplicates = self.spans_dropped = 0
        self.cache_hits = self.cache_misses = 0
        self.bytes_in = self.bytes_out = 0
        self.statements: dict[int, int] = {}
        self.spent: dict[str, int] = {}
        self.spans: list[Span] = []
        self._numbers = count()
        self._lock = Lock()
        self.started_at_ns = time_ns()
        self.root = self.open(None, "server", f"{method} {path}")

    def open(self, parent: Span | None, kind: Kind, name: str) -> Span:
        """A span that begins now; beyond `MAX_SPANS` it is counted and not kept."""
        span = Span(self, parent, next(self._numbers), kind, name)
        self._keep(span)
        return span

    def open_middleware(self, parent: Span, name: str) -> MiddlewareSpan:
        """A middleware that begins now."""
        span = MiddlewareSpan(self, parent, next(self._numbers), name)
        self._keep(span)
        return span

    def open_statement(self, parent: Span, name: str) -> StatementSpan:
        """A statement that begins now."""
        span = StatementSpan(self, parent, next(self._numbers), name)
        self._keep(span)
        return span

    def _keep(self, span: Span) -> None:
        if span.number < MAX_SPANS:
            self.spans.append(span)
        span.started = perf_counter_ns()

    def close(self, span: Span, at: int = 0) -> None:
        """End a span now or at `at`, and add its own time to its phase."""
        span.ended = at or perf_counter_ns()
        kind, spent = span.kind, span.ended - span.started
        if isinstance(span, MiddlewareSpan):
            spent -= span.inner_ended - span.inner_started
        elif span.parent is not None and span.parent.kind == kind:
            return
        self.spent[kind] = self.spent.get(kind, 0) + spent

    def count_statement(self, text: str) -> bool:
        """Count one SQL statement; whether the same text came before in this journey."""
        key = hash(text)
        with self._lock:
            before = self.statements.get(key, 0)
            self.statements[key] = before + 1
            self.sql += 1
            self.duplicates += before > 0
        return before > 0

    def count_rows(self, number: int) -> None:
        """Count rows that came back."""
        with self._lock:
            self.rows += number

    def extend(self, span: Span, ended: int, rows: int) -> None:
        """A statement goes on until `ended` and has brought `rows` more."""
        with self._lock:
            self.rows += rows
            self.spent[span.kind] = self.spent.get(span.kind, 0) + ended - span.ended
            span.ended = ended

    def count_lookup(self, is_hit: bool) -> None:
        """Count one cache lookup."""
        with self._lock:
            self.cache_hits += is_hit
            self.cache_misses += not is_hit

    def finish(self) -> None:
        """End the root and whatever is still open."""
        now = perf_counter_ns()
        self.is_finished = True
        self.spans_dropped = max(0, next(self._numbers) - MAX_SPANS)
        for span in self.spans:
            if not span.ended:
                span.ended = now

    def timeline(self) -> list[Span]:
        """The steps in order of their start; the gap before the first is a step of its own."""
        root = self.root
        spans = sorted(self.spans, key=lambda span: span.started)
        first = next((span.started for span in spans if span.parent is root), 0)
        if first > root.started:
            setup = Span(self, root, MAX_SPANS + self.spans_dropped, "setup", "server and body")
            setup.started, setup.ended = root.started, first
            spans.insert(1, setup)
        return spans

    def release(self) -> None:
        """Let go of the steps, so that a forgotten journey is freed at once: they point back."""
        self.spans.clear()
        del self.root
