"""What one journey did, counted: statements, repeated statements, rows, hits, misses, bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from backend_tui.core.trace import Counters, Span
from backend_tui.core.units import bytes_text

CacheResult = Literal["hit", "miss"]


def counter_texts(counters: Counters) -> tuple[tuple[str, str], ...]:
    """The exact counts as (words, tone); tone is plain, good, warning or muted."""
    found: list[tuple[str, str]] = [
        (f"{counters.sql} {'query' if counters.sql == 1 else 'queries'}", "plain"),
        (f"{counters.rows} {'row' if counters.rows == 1 else 'rows'}", "plain"),
    ]
    if counters.cache_hits:
        found.append((f"● {counters.cache_hits} {_plural('hit', counters.cache_hits)}", "good"))
    if counters.cache_misses:
        words = _plural("miss", counters.cache_misses, "misses")
        found.append((f"○ {counters.cache_misses} {words}", "plain"))
    if counters.duplicates:
        found.append((f"▲ N+1: {counters.duplicates} repeated", "warning"))
    if counters.request_bytes:
        found.append((f"{bytes_text(counters.request_bytes)} in", "muted"))
    if counters.response_bytes:
        found.append((f"{bytes_text(counters.response_bytes)} out", "muted"))
    if counters.spans_dropped:
        found.append((f"{counters.spans_dropped} spans left out", "warning"))
    return tuple(found)


def cache_result(span: Span) -> CacheResult | None:
    """Hit or miss of a cache lookup; None for everything else."""
    found = span.attributes.get("cache.hit")
    if span.kind != "cache" or not isinstance(found, bool):
        return None
    return "hit" if found else "miss"


def statement(span: Span) -> str:
    """The SQL text of a span, or an empty text."""
    text = span.attributes.get("db.query.text") or span.attributes.get("db.statement")
    return text if isinstance(text, str) and span.kind == "db" else ""


def repeated_statements(spans: Sequence[Span]) -> frozenset[int]:
    """Indices of the spans whose statement ran before in this journey."""
    seen: set[str] = set()
    repeated: set[int] = set()
    for index, span in enumerate(spans):
        text = statement(span)
        said = span.attributes.get("db.duplicate")
        if said is True or (said is None and text and text in seen):
            repeated.add(index)
        if text:
            seen.add(text)
    return frozenset(repeated)


def count(spans: Sequence[Span], request_bytes: int = 0, response_bytes: int = 0) -> Counters:
    """The counters of spans that came without them."""
    statements = [span for span in spans if span.kind == "db"]
    row_counts = [span.attributes.get("db.response.returned_rows") for span in statements]
    results = [cache_result(span) for span in spans]
    return Counters(
        sql=len(statements),
        rows=sum(number for number in row_counts if isinstance(number, int)),
        cache_hits=results.count("hit"),
        cache_misses=results.count("miss"),
        duplicates=len(repeated_statements(spans)),
        request_bytes=request_bytes,
        response_bytes=response_bytes,
    )


def _plural(word: str, number: int, many: str = "") -> str:
    return word if number == 1 else many or word + "s"
