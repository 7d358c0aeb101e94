"""A journey as plain text: the waterfall for a terminal without the workbench."""

from __future__ import annotations

from backend_tui.core import waterfall
from backend_tui.core.counting import counter_texts
from backend_tui.core.text import clean_line, shorten
from backend_tui.core.trace import Trace
from backend_tui.core.units import duration_text
from backend_tui.panes.traces.journey import Journey


def journey_line(journey: Journey) -> str:
    """One line: time, status, method, path, duration, counters, and the id at the end."""
    trace = journey.trace
    counters = " · ".join(words for words, _ in counter_texts(trace.counters))
    mark = "✗" if journey.is_failed else "✓"
    return clean_line(
        f"{clock_text(trace.started_at)} {mark} {trace.status or '—':>3} {trace.method:<6} "
        f"{journey.target}  {duration_text(trace.duration_us)}  {counters}  {trace.trace_id}"
    )


def waterfall_text(trace: Trace, width: int) -> str:
    """The whole journey, a line a span, at most `width` characters wide."""
    columns = waterfall.columns(width)
    window = waterfall.window(trace)
    lines = [" · ".join(words for words, _ in counter_texts(trace.counters))]
    lines.append(" " * (columns.name + 3) + waterfall.ruler(window, window.start_us, columns.bar))
    for row in waterfall.rows(trace):
        label = f"{'  ' * min(row.depth, 12)}{row.symbol} {clean_line(row.span.name)}"
        bar = "".join(piece.text for piece in waterfall.bar(row, window, columns.bar))
        lines.append(
            f"{shorten(label, columns.name):<{columns.name}} {row.mark or ' '} {bar}"
            f"{duration_text(row.span.duration_us):>{columns.time}}"
        )
    return "\n".join(line.rstrip() for line in lines)


def clock_text(started_at: str) -> str:
    """The time of day in UTC with milliseconds, as sent: 10:00:00.123."""
    return started_at.partition("T")[2][:12].rstrip("Z") or started_at[:12]
