"""Operations and counts as plain text, for a terminal without the workbench."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from backend_tui.core.text import clean_line
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.cache.live.counts import NONE
from backend_tui.panes.cache.row import Row


def operation_line(row: Row) -> str:
    """Time, operation, result, key, then what is known of it; the trace id at the end."""
    at = datetime.fromtimestamp(row.at_ms / 1_000, UTC).strftime("%H:%M:%S.%f")[:12]
    took = row.load_us if row.load_us is not None else row.us
    parts = [
        at,
        f"{row.op:<6} {row.result:<8}",
        row.key,
        "" if took is None else duration_text(round(took)),
        "" if row.size is None else bytes_text(row.size),
        "" if row.ttl_s is None else f"ttl {row.ttl_s:g} s",
        row.strategy or "",
        row.cause or "",
        row.trace_id or "",
    ]
    return clean_line("  ".join(part for part in parts if part))


def stats_rows(document: Mapping[str, Any]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows of a table of counts."""
    by = str(document["by"])
    header = (by, "requests", "hits", "misses", "hit ratio", "loads", "a load", "saved", "stale")
    rows: list[tuple[str, ...]] = [
        (
            str(each[by]),
            str(each["requestCount"]),
            str(each["hitCount"]),
            str(each["missCount"]),
            _ratio(each["hitRate"]),
            str(each["loadSuccessCount"]),
            _ms(each["averageLoadPenalty"]),
            _ms(each["loadTimeSaved"]),
            str(each["staleReadCount"]),
        )
        for each in document["entries"]
    ]
    return header, rows


def summary_line(document: Mapping[str, Any]) -> str:
    """All of it in one sentence, and how exact it is."""
    total = document["total"]
    exact = "exact" if document["exact"] else "approximate"
    if document["unseen"]:
        exact = f"{document['unseen']} operations not seen"
    return (
        f"{total['requestCount']} requests, {total['hitCount']} hits, "
        f"hit ratio {_ratio(total['hitRate'])}; {exact}."
    )


def _ratio(ratio: float | None) -> str:
    if ratio is None:
        return NONE
    return "100 %" if ratio == 1 else f"{min(ratio * 100, 99.9):.1f} %"


def _ms(value: float | None) -> str:
    return NONE if value is None else duration_text(round(value * 1_000))
