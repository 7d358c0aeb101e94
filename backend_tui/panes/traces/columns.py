"""The columns of the journeys' table."""

from __future__ import annotations

from typing import Final

from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.traces.drawing import clock_text
from backend_tui.panes.traces.journey import Journey
from backend_tui.ui.record_table import Cell, Column


def _status(journey: Journey) -> Cell:
    status = journey.trace.status
    if journey.is_failed:
        return (f"✗ {status or '—'}", "error")
    if status >= 400:
        return (f"! {status}", "warning")
    return (f"✓ {status}" if status else "✓", "good")


def _lookups(journey: Journey) -> Cell:
    counters = journey.trace.counters
    hits = f"●{counters.cache_hits}" if counters.cache_hits else ""
    misses = f"○{counters.cache_misses}" if counters.cache_misses else ""
    return (" ".join(part for part in (hits, misses) if part), "good" if hits else "plain")


def _repeated(journey: Journey) -> Cell:
    number = journey.trace.counters.duplicates
    return (f"▲ {number}" if number else "", "warning")


COLUMNS: Final[tuple[Column[Journey], ...]] = (
    Column("time", lambda j: (clock_text(j.trace.started_at), "muted"), 12, above=90),
    Column("status", _status, 6, key=lambda j: j.trace.status),
    Column("method", lambda j: (j.trace.method, "plain"), 7),
    Column("path", lambda j: (j.target, "plain"), 0, key=lambda j: j.target),
    Column("service", lambda j: (j.trace.service, "muted"), 12, above=116),
    Column(
        "sql",
        lambda j: (str(j.trace.counters.sql or ""), "strong"),
        4,
        is_number=True,
        key=lambda j: j.trace.counters.sql,
    ),
    Column("N+1", _repeated, 5, key=lambda j: j.trace.counters.duplicates),
    Column("cache", _lookups, 6, key=lambda j: j.trace.counters.cache_hits),
    Column(
        "rows",
        lambda j: (str(j.trace.counters.rows or ""), "plain"),
        6,
        is_number=True,
        key=lambda j: j.trace.counters.rows,
        above=96,
    ),
    Column(
        "bytes",
        lambda j: (bytes_text(j.trace.counters.response_bytes), "muted"),
        7,
        is_number=True,
        key=lambda j: j.trace.counters.response_bytes,
        above=106,
    ),
    Column(
        "duration",
        lambda j: (duration_text(j.trace.duration_us), "plain"),
        9,
        is_number=True,
        key=lambda j: j.trace.duration_us,
    ),
)
