"""Exact counts of cache operations, and the rates that Caffeine's CacheStats makes of them."""

from __future__ import annotations

from typing import Any, Final

_KINDS: Final[dict[tuple[str, str], str]] = {
    ("get", "hit"): "hits",
    ("get", "miss"): "misses",
    ("set", "stored"): "sets",
    ("add", "stored"): "sets",
    ("delete", "deleted"): "deletes",
    ("clear", "deleted"): "clears",
    ("load", "loaded"): "loads",
    ("load", "failed"): "load_failures",
    ("expire", "expired"): "expirations",
    ("evict", "evicted"): "evictions",
    ("flush", "flushed"): "flushes",
}
_RESULTS: Final = {"error": "errors", "refused": "refusals"}
_CAUSES: Final = {"stale": "stale_reads", "negative": "negative_hits", "joined": "joined"}
NONE: Final = "\u2013"
"""What is said for a rate of nothing, and for a strategy that is not told."""

NAMES: Final = (
    "operations",
    *dict.fromkeys(_KINDS.values()),
    *_RESULTS.values(),
    *_CAUSES.values(),
    "load_us",
)


class Counts:
    """How often each thing happened; `load_us` is what all loads took, failed ones too."""

    __slots__ = NAMES

    operations: int
    hits: int
    misses: int
    sets: int
    deletes: int
    clears: int
    loads: int
    load_failures: int
    expirations: int
    evictions: int
    flushes: int
    errors: int
    refusals: int
    stale_reads: int
    negative_hits: int
    joined: int
    load_us: float

    def __init__(self) -> None:
        self.zero()

    def zero(self) -> None:
        """Begin anew."""
        for name in NAMES:
            setattr(self, name, 0)

    def take(self, op: str, result: str, cause: str | None, number: int) -> None:
        """So many operations of one kind happened."""
        self.operations += number
        if op == "get":
            if result == "hit":
                self.hits += number
                if cause == "stale":
                    self.stale_reads += number
                elif cause == "negative":
                    self.negative_hits += number
                elif cause == "joined":
                    self.joined += number
                return
            if result == "miss":
                self.misses += number
                return
        name = _KINDS.get((op, result)) or _RESULTS.get(result)
        if name is not None:
            setattr(self, name, getattr(self, name) + number)

    @property
    def requests(self) -> int:
        """What asked for a value: hits and misses."""
        return self.hits + self.misses

    @property
    def ratio(self) -> float | None:
        """Hits of all requests, 0 to 1; None without requests, never a made-up 1."""
        requests = self.hits + self.misses
        return self.hits / requests if requests else None

    @property
    def average_load_us(self) -> float | None:
        """What one load takes; None before the first."""
        loads = self.loads + self.load_failures
        return self.load_us / loads if loads else None

    @property
    def saved_us(self) -> float | None:
        """What the hits would have cost as loads; None while no load was seen."""
        average = self.average_load_us
        return None if average is None else self.hits * average

    def document(self) -> dict[str, Any]:
        """Caffeine's names; rates are null without anything to divide by, times in ms."""
        requests, loads = self.requests, self.loads + self.load_failures
        average, saved = self.average_load_us, self.saved_us
        return {
            "requestCount": requests,
            "hitCount": self.hits,
            "hitRate": self.ratio,
            "missCount": self.misses,
            "missRate": self.misses / requests if requests else None,
            "loadSuccessCount": self.loads,
            "loadFailureCount": self.load_failures,
            "loadFailureRate": self.load_failures / loads if loads else None,
            "averageLoadPenalty": None if average is None else round(average / 1_000, 3),
            "totalLoadTime": round(self.load_us / 1_000, 3),
            "evictionCount": self.expirations + self.evictions,
            "evictionCountByCause": {"EXPIRED": self.expirations, "SIZE": self.evictions},
            "loadTimeSaved": None if saved is None else round(saved / 1_000, 3),
            "staleReadCount": self.stale_reads,
            "negativeHitCount": self.negative_hits,
            "setCount": self.sets,
            "deleteCount": self.deletes,
            "flushCount": self.flushes,
            "refusalCount": self.refusals,
            "errorCount": self.errors,
            "operationCount": self.operations,
        }
