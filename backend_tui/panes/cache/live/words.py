"""The Live tab's words and glyphs: results, rates, gauges, and how the feed is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from textual.content import Content

from backend_tui.core.units import duration_text
from backend_tui.panes.cache.live.counts import NONE
from backend_tui.panes.cache.live.model import LiveState, Observed
from backend_tui.panes.cache.live.windows import SPANS
from backend_tui.panes.cache.row import Row
from backend_tui.ui.record_table import Cell, Tone
from backend_tui.ui.spark import spark

WIDE: Final = 90
"""Cells from which on every number has its words and stands still."""

LONGEST: Final = 60
"""Cells and seconds of a sparkline."""

_RESULTS: Final[Mapping[tuple[str, str], tuple[str, Tone]]] = {
    ("get", "hit"): ("✓ HIT", "good"),
    ("get", "miss"): ("✗ MISS", "warning"),
    ("get", "error"): ("! ERROR", "error"),
    ("set", "stored"): ("● SET", "plain"),
    ("add", "stored"): ("● ADD", "plain"),
    ("set", "refused"): ("⊘ REFUSED", "warning"),
    ("add", "refused"): ("⊘ REFUSED", "muted"),
    ("delete", "deleted"): ("○ DELETE", "plain"),
    ("delete", "miss"): ("○ DELETE", "muted"),
    ("clear", "deleted"): ("○ CLEAR", "warning"),
    ("touch", "stored"): ("● TOUCH", "plain"),
    ("load", "loaded"): ("↓ LOAD", "accent"),
    ("load", "failed"): ("! LOAD", "error"),
    ("expire", "expired"): ("▼ EXPIRED", "muted"),
    ("evict", "evicted"): ("▲ EVICTED", "warning"),
    ("flush", "flushed"): ("→ FLUSH", "accent"),
}
_CAUSES: Final[Mapping[str, str]] = {
    "joined": "another's load",
    "stale": "stale",
    "negative": "known absent",
    "early": "early refresh",
    "lease": "lease",
    "refresh": "refresh",
    "many": "many",
    "pending": "write-back log",
    "clock": "clock forward",
}


def result_cell(row: Row) -> Cell:
    """Glyph, word and tone of what happened."""
    known = _RESULTS.get((row.op, row.result))
    if known is not None:
        return known
    if row.result in ("error", "failed"):
        return (f"! {row.op.upper()}", "error")
    return (f"· {row.op.upper()}", "muted")


def cause_text(cause: str | None) -> str:
    """Why, in words; an unknown cause as it is told."""
    return "" if cause is None else _CAUSES.get(cause, cause)


def ratio_text(ratio: float | None, width: int = 0) -> str:
    """98.2 %, or a dash for no requests; never rounded up to 100 %."""
    if ratio is None:
        return NONE.rjust(width)
    percent = ratio * 100
    text = "100" if ratio == 1 else f"{min(percent, 99.9):.1f}"
    return f"{text} %".rjust(width)


def us_text(us: float | None) -> str:
    """A duration, or nothing for an unknown one."""
    return "" if us is None else duration_text(round(us)) if us >= 1 else "< 1 µs"


def ttl_text(seconds: float | None) -> str:
    """Time left, coarse when there is much of it: 42 s, 12 min, 3 h."""
    if seconds is None:
        return ""
    if seconds < 120:
        return f"{int(seconds)} s"
    if seconds < 7_200:
        return f"{int(seconds / 60)} min"
    return f"{int(seconds / 3_600)} h"


def clock_text(at_ms: float) -> str:
    """The time of day in UTC: 10:00:00.123."""
    try:
        text = datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%H:%M:%S.%f")
    except (ValueError, OverflowError, OSError):
        return NONE
    return text[:12]


def number_text(number: int) -> str:
    """Thousands apart by a thin blank: 12 345."""
    return f"{number:,}".replace(",", " ")


def ratio_line(state: LiveState, now_ms: float, width: int) -> Content:
    """The hit ratio over each window, and its course over the seconds that fit."""
    books = state.statistics
    is_wide = width >= WIDE
    parts = [Content.styled("Hit ratio " if is_wide else "Ratio ", "bold")]
    for seconds, name in SPANS:
        counts = books.windows.over(seconds, now_ms)
        parts.append(Content.styled(f" {name} ", "$text-muted"))
        text = ratio_text(counts.ratio, 6 if is_wide else 0)
        parts.append(Content.styled(f"{text} ", "bold" if counts.requests else "$text-muted"))
    since = "" if books.zeroed_at_ms is None else f" {clock_text(books.zeroed_at_ms)[:8]}"
    parts.append(Content.styled(f" since{since} ", "$text-muted"))
    parts.append(Content.styled(ratio_text(books.total.ratio, 6 if is_wide else 0), "bold"))
    return _with_course(
        Content("").join(parts),
        width,
        lambda room: [each.ratio for each in books.windows.by_second(room, now_ms)],
        1.0,
        "$text-success",
    )


def rate_line(state: LiveState, now_ms: float, width: int) -> Content:
    """Requests in the last second, what all came to, and their course over the seconds."""
    books = state.statistics
    total = books.total
    second = books.windows.over(1, now_ms)
    parts = [
        Content.assemble(
            ("Requests  " if width >= WIDE else "", "bold"),
            (f"{number_text(second.requests)}/s", "bold" if second.requests else "$text-muted"),
        ),
        Content.styled(f"✓ {number_text(total.hits)} hits", "$text-success"),
        Content.styled(f"✗ {number_text(total.misses)} misses", "$text-warning"),
        Content.styled(f"↓ {number_text(total.loads)} loads", "$text-primary"),
    ]
    if width >= WIDE:
        parts += [Content.styled(text, tone) for text, tone in _gone(state)]
    return _with_course(
        Content("  ").join(parts),
        width,
        lambda room: [float(each.requests) for each in books.windows.by_second(room, now_ms)],
        None,
        "$text-primary",
    )


def _with_course(
    line: Content,
    width: int,
    course: Callable[[int], Sequence[float | None]],
    top: float | None,
    tone: str,
) -> Content:
    """The line with a sparkline at its right end, as long as there is room."""
    room = min(width - line.cell_length - 2, LONGEST)
    if room < 6:
        return line
    values = course(room)
    blank = " " * (width - line.cell_length - room)
    return line + Content(blank) + Content.styled(spark(values, top), tone)


def _gone(state: LiveState) -> list[tuple[str, str]]:
    """What the store let go, or that it cannot tell."""
    total, status = state.statistics.total, state.status
    is_told = state.observed is not None or status is None or status.tells_expiry
    if status is None or is_told or total.expirations or total.evictions:
        return [
            (f"▼ {number_text(total.expirations)} expired", ""),
            (f"▲ {number_text(total.evictions)} evicted", ""),
        ]
    return [(f"{status.kind or 'the store'} cannot tell what expired", "$text-muted")]


def source_line(state: LiveState, width: int) -> Content:
    """Where the counts come from and how exact they are; what was saved, stale, lost."""
    books = state.statistics
    total = books.total
    table = books.table(state.by)
    parts: list[tuple[str, str]] = []
    observed = state.observed
    if observed is not None:
        parts += _observed(observed)
    elif books.unseen:
        parts.append((f"▲ {number_text(books.unseen)} operations not seen", "$text-warning"))
    else:
        words = "exact ✓" if table.is_exact else "exact in all ✓"
        parts.append((f"app feed: {words}", "$text-success"))
    if not table.is_exact:
        bound = number_text(table.bound)
        words = f"≈ approx.: more than {number_text(table.capacity)} names, ± {bound} each"
        parts.append((words, "$text-warning"))
    if width < WIDE:
        parts += _gone(state)
    saved = books.saved_us
    if saved is not None:
        parts.append((f"{duration_text(round(saved))} saved", ""))
    for number, words in (
        (total.stale_reads, "stale"),
        (total.negative_hits, "known absent"),
        (total.load_failures, "loads failed"),
        (total.errors, "errors"),
    ):
        if number:
            parts.append((f"{number_text(number)} {words}", ""))
    if books.restarts and books.zeroed_at_ms is not None:
        at = clock_text(books.zeroed_at_ms)[:8]
        parts.insert(1, (f"↻ the shop restarted: counted anew since {at}", "$text-warning"))
    return Content.styled(" · ", "$text-muted").join(
        Content.styled(text, tone or "$text-muted") for text, tone in parts
    )


def _observed(observed: Observed) -> list[tuple[str, str]]:
    """The rung that is watched, what is left of it, and how far it can be trusted."""
    if observed.is_gap:
        return [("✗ the cache is not heard, trying again", "$text-error")]
    if observed.rung == "counters":
        return [("server counters: look-ups in all, no keys", "$text-primary")]
    if observed.rung == "misses":
        return [("server notifications: misses by key, hits in all", "$text-primary")]
    tone = "$text-success" if observed.check.startswith("exact") else "$text-warning"
    check = (observed.check, tone)
    if observed.ended:
        why = observed.ended[:1].lower() + observed.ended[1:].rstrip(".")
        return [(f"MONITOR is off: {why}", "$text-primary"), check]
    if observed.seconds_left is None:
        return [("◌ MONITOR is being switched on", "$text-warning")]
    return [(f"▲ MONITOR is on: {observed.seconds_left:.0f} s left", "bold $text-warning"), check]


def state_words(state: LiveState) -> Content:
    """How the feed is, at the right end of the filter."""
    if state.is_paused:
        words = f"‖ paused, {number_text(state.held)} waiting"
        return Content.styled(words, "bold $text-warning")
    return Content.styled(
        *{
            "waiting": ("◌ waiting for the shop", "$text-muted"),
            "live": ("● live", "$text-success"),
            "lost": ("✗ lost, trying again", "$text-error"),
        }[state.feed]
    )
