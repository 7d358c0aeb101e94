"""A journey and its spans while they are being recorded."""

from __future__ import annotations

from copy import copy
from itertools import count
from os import urandom
from threading import Lock
from time import perf_counter_ns, time_ns
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from demo_server.caching.feed import Operation

Kind = Literal[
    "server", "setup", "middleware", "routing", "auth", "view", "cache", "db", "serialize", "send",
    "graphql", "task",
]  # fmt: skip

MAX_SPANS = 2000
_ID_MASK = (1 << 64) - 1


class Span:
    """One step of a journey, which begins when it is made.

    Times are `perf_counter_ns`, `ended` is 0 while it is open. `function` is the dotted name of
    what ran, or what ran itself. Beyond `MAX_SPANS` a journey counts its steps and keeps no more.
    """

    __slots__ = (
        "attributes", "ended", "function", "is_error", "journey", "kind", "name", "number",
        "parent", "started",
    )  # fmt: skip

    def __init__(self, journey: Journey, parent: Span | None, kind: Kind, name: str) -> None:
        self.journey = journey
        self.parent = parent
        self.kind: Kind = kind
        self.name = name
        self.function: object = None
        self.ended = 0
        self.is_error = False
        self.attributes: dict[str, Any] = {}
        self.number = number = next(journey.numbers)
        if number < MAX_SPANS:
            journey.spans.append(self)
        self.started = perf_counter_ns()

    @property
    def id(self) -> str:
        """16 hex digits, unique in the journey."""
        return f"{(self.journey.id_base + self.number) & _ID_MASK or 1:016x}"

    def end(self) -> None:
        """It is over; a journey that ended before it has ended it, too."""
        if not self.ended:
            self.ended = perf_counter_ns()

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

    def __init__(self, parent: Span, name: str) -> None:
        self.inner_started = 0
        self.inner_ended = 0
        super().__init__(parent.journey, parent, "middleware", name)


class StatementSpan(Span):
    """An SQL statement: its text and parameters, the rows that came and the time they took."""

    __slots__ = (
        "affected", "fetch_ns", "is_duplicate", "parameters", "rows", "system", "text", "verb",
    )  # fmt: skip

    def __init__(self, parent: Span, name: str, text: str) -> None:
        self.text = text
        self.verb = ""
        self.system = ""
        self.parameters: Any = None
        self.is_duplicate = False
        self.rows: int | None = None
        self.affected: int | None = None
        self.fetch_ns = 0
        super().__init__(parent.journey, parent, "db", name)


class CacheSpan(Span):
    """A cache operation, told when it is over."""

    __slots__ = ("operation",)

    def __init__(self, parent: Span, operation: Operation) -> None:
        super().__init__(parent.journey, parent, "cache", operation.op)
        self.operation = operation
        self.started = operation.started_ns
        self.ended = operation.ended_ns
        self.is_error = operation.result == "error"


class Journey:
    """One request on its way through the server, with exact counters beside the spans."""

    __slots__ = (
        "_lock", "bytes_in", "bytes_out", "cache_hits", "cache_misses", "client_left",
        "duplicates", "id_base", "is_finished", "method", "numbers", "parent_id", "path", "query",
        "root", "route", "rows", "sequence", "spans", "spans_dropped", "sql", "started_at_ns",
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
        self.spans: list[Span] = []
        self.numbers = count()
        self._lock = Lock()
        self.started_at_ns = time_ns()
        self.root = Span(self, None, "server", f"{method} {path}")

    def phases(self) -> dict[str, int]:
        """Nanoseconds that the steps which are over took, by kind; each counts its own time."""
        spent: dict[str, int] = {}
        for span in self.spans:
            ended, kind, parent = span.ended, span.kind, span.parent
            if not ended:
                continue
            own = ended - span.started
            if type(span) is MiddlewareSpan:
                own -= span.inner_ended - span.inner_started
            elif parent is not None and parent.kind == kind:
                continue
            spent[kind] = spent.get(kind, 0) + own
        return spent

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
        self.spans_dropped = max(0, next(self.numbers) - MAX_SPANS)
        for span in self.spans:
            if not span.ended:
                span.ended = now

    def timeline(self) -> list[Span]:
        """The steps in order of their start; the gap before the first is a step of its own."""
        root = self.root
        spans = sorted(self.spans, key=lambda span: span.started)
        first = next((span.started for span in spans if span.parent is root), 0)
        if first > root.started:
            setup = copy(root)
            setup.kind, setup.name, setup.parent = "setup", "server and body", root
            setup.number = MAX_SPANS + self.spans_dropped
            setup.ended, setup.is_error, setup.attributes = first, False, {}
            spans.insert(1, setup)
        return spans

    def release(self) -> None:
        """Let go of the steps, so that a forgotten journey is freed at once: they point back."""
        self.spans.clear()
        del self.root
