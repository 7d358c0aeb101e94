"""Cache operations as a shop would tell them, made by hand or by hypothesis."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import strategies

from backend_tui.panes.cache.row import Row
from backend_tui.panes.cache.wire import Operations

NOON = 1_767_355_200_000.0
"""2026-01-02 12:00 UTC in ms."""

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"

PAIRS = (
    ("get", "hit"),
    ("get", "miss"),
    ("get", "error"),
    ("set", "stored"),
    ("add", "refused"),
    ("delete", "deleted"),
    ("load", "loaded"),
    ("load", "failed"),
    ("expire", "expired"),
    ("evict", "evicted"),
    ("incr", "stored"),
)


def hit(key: str = "product:1", at_ms: float = NOON, cause: str | None = None) -> Row:
    return Row(0, at_ms, "get", key, "hit", "cache-aside", 31.0, 812, None, None, cause, TRACE)


def miss(key: str = "product:1", at_ms: float = NOON) -> Row:
    return Row(0, at_ms, "get", key, "miss", "cache-aside", 40.0, trace_id=TRACE)


def load(key: str = "product:1", at_ms: float = NOON, load_us: float = 2_000.0) -> Row:
    return Row(0, at_ms, "load", key, "loaded", "cache-aside", load_us, 812, None, load_us)


def stored(key: str = "product:1", at_ms: float = NOON, ttl_s: float | None = 60.0) -> Row:
    return Row(0, at_ms, "set", key, "stored", "cache-aside", 52.0, 812, ttl_s)


def expired(key: str = "product:1", at_ms: float = NOON) -> Row:
    return Row(0, at_ms, "expire", key, "expired")


def fill(key: str = "product:1", at_ms: float = NOON) -> tuple[Row, ...]:
    """A miss and what follows it."""
    return (miss(key, at_ms), load(key, at_ms), stored(key, at_ms))


def batch(rows: Iterable[Row], first: int = 1, source: str = "life-1") -> Operations:
    """Rows as one batch of the feed, numbered from `first`."""
    numbered = [row._replace(sequence=number) for number, row in enumerate(rows, first)]
    return Operations(source, first, first + len(numbered) - 1, numbered)


any_row = strategies.builds(
    lambda pair, key, strategy, cause, load_us, at: Row(
        0,
        NOON + at,
        pair[0],
        key,
        pair[1],
        strategy,
        31.0,
        None,
        None,
        load_us if pair[0] == "load" else None,
        cause,
    ),
    strategies.sampled_from(PAIRS),
    strategies.sampled_from(("product:1", "product:2", "list:products:page=2", "x", "/a/b/3")),
    strategies.sampled_from((None, "cache-aside", "refresh-ahead")),
    strategies.sampled_from((None, None, "stale", "negative", "joined")),
    strategies.integers(0, 10_000),
    strategies.integers(0, 3_000),
)
