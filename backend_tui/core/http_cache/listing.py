"""What the cache holds, a line an answer."""

from __future__ import annotations

from dataclasses import dataclass

from backend_tui.core.http_cache.entry import Entry
from backend_tui.core.http_cache.freshness import Freshness


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One answer: `varied` are the request's fields it is for, `login` tells whose it is apart.

    `age_s` and `fresh_s` in seconds; `source` is the field that says how long it is fresh.
    """

    url: str
    status: int
    size: int
    wire_bytes: int
    hits: int
    age_s: float
    fresh_s: float
    source: str
    etag: str
    varied: tuple[tuple[str, str | None], ...] = ()
    login: str = ""
    asks_always: bool = False


def stored_answer(entry: Entry, found: Freshness) -> StoredAnswer:
    """The entry as it stands now."""
    return StoredAnswer(
        entry.url,
        entry.head.status,
        entry.size,
        entry.wire_bytes,
        entry.hits,
        found.age,
        found.left,
        found.source,
        entry.etag or "",
        entry.varied,
        entry.partition,
        found.asks_always or "no-cache" in entry.directives,
    )
