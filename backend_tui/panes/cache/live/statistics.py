"""The books of the Live tab: every operation counted once, by key, prefix, strategy and time.

Batches are counted as a whole first, so that a flood costs a step for each kind of operation on
each key and not for each operation.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Literal

from backend_tui.panes.cache.live.bounded import Bounded, Entry
from backend_tui.panes.cache.live.counts import NONE, Counts
from backend_tui.panes.cache.live.windows import BIN_MS, SPANS, Windows
from backend_tui.panes.cache.observation.figures import Counters
from backend_tui.panes.cache.row import Row
from backend_tui.panes.cache.wire import Operations

By = Literal["key", "prefix", "strategy"]

_KIND: Final = itemgetter(2, 4, 10)
_STRATEGY_AND_KIND: Final = itemgetter(5, 2, 4, 10)
_KEY_AND_KIND: Final = itemgetter(3, 2, 4, 10)
_KEY: Final = itemgetter(3)
_OP: Final = itemgetter(2)
_STORING: Final = frozenset({"set", "add", "touch"})
_REMOVING: Final = frozenset({"delete", "expire", "evict"})
_TELLING: Final = _STORING | _REMOVING | {"load", "clear"}
_PREFIX: Final = re.compile(r"/?(?:[^:/\d]+[:/])+|[^:/]*[:/]")


class Statistics:
    """Grows with every batch; `zero` begins anew and keeps what is known of sizes and TTLs."""

    def __init__(self, capacity: int = 2_000) -> None:
        self.keys = Bounded(capacity)
        self.prefixes = Bounded(capacity)
        self.strategies = Bounded(capacity)
        self.total = Counts()
        self.windows = Windows()
        self.source = ""
        self.last = 0
        self.unseen = 0
        self.zeroed_at_ms: float | None = None
        self.restarts = 0

    def arrived(self, batch: Operations) -> None:
        """Count a batch of the feed; another source begins anew, a hole in the numbers is noted.

        The very first batch may begin anywhere; a restarted server is known from its first.
        """
        if not self.source:
            self.source, self.last = batch.source, batch.first - 1
        elif batch.source != self.source:
            self.restarts += 1
            self.zero(batch.rows[0].at_ms if batch.rows else None)
            self._forget()
            self.source, self.last = batch.source, 0
        self.unseen += max(batch.last - max(self.last, batch.first - 1) - len(batch.rows), 0)
        self.unseen += max(batch.first - self.last - 1, 0)
        self.last = max(self.last, batch.last)
        self.take(batch.rows)

    def take(self, rows: Sequence[Row]) -> None:
        """Count rows in the order they happened."""
        if not rows:
            return
        if self.zeroed_at_ms is None:
            self.zeroed_at_ms = rows[0].at_ms
        first, last = int(rows[0].at_ms // BIN_MS), int(rows[-1].at_ms // BIN_MS)
        if first != last:
            self._count_times(rows)
        strategy: str | None
        window = self.windows.bin(first)
        counted = Counter(map(_STRATEGY_AND_KIND, rows))
        for (strategy, op, result, cause), number in counted.items():
            self.strategies.entry(strategy or NONE).counts.take(op, result, cause, number)
            self.total.take(op, result, cause, number)
            if first == last:
                window.take(op, result, cause, number)
        self._count_keys(rows)

    def take_keys(self, rows: Sequence[Row]) -> None:
        """Count rows of a source that tells of some kinds only: by key, not in all."""
        if rows:
            self._count_keys(rows)

    def looked_up(self, before: Counters | None, after: Counters, at_ms: float) -> None:
        """Add what a server has counted by itself since it was asked before."""
        if self.zeroed_at_ms is None:
            self.zeroed_at_ms = at_ms
        window = self.windows.bin(int(at_ms // BIN_MS))
        for name, counted in (
            ("hits", after.hits - (before.hits if before else 0)),
            ("misses", after.misses - (before.misses if before else 0)),
            ("expirations", after.expired - (before.expired if before else 0)),
            ("evictions", after.evicted - (before.evicted if before else 0)),
        ):
            for counts in (window, self.total):
                setattr(counts, name, getattr(counts, name) + max(counted, 0))

    def zero(self, now_ms: float | None) -> None:
        """Count from now on."""
        for table in (self.keys, self.prefixes, self.strategies):
            table.zero()
        self.total.zero()
        self.windows.zero()
        self.unseen = 0
        self.zeroed_at_ms = now_ms

    def table(self, by: By) -> Bounded:
        """The entries by key, prefix or strategy."""
        match by:
            case "key":
                return self.keys
            case "prefix":
                return self.prefixes
            case "strategy":
                return self.strategies

    @property
    def saved_us(self) -> float | None:
        """What the hits saved: for each key its hits times its own average load."""
        saved = [each.counts.saved_us for each in self.keys.order]
        known = [each for each in saved if each is not None]
        return sum(known) if known else None

    def document(self, by: By, limit: int | None = None) -> dict[str, Any]:
        """Everything since zeroed as plain values, entries by falling requests."""
        table = self.table(by)
        entries = sorted(used(table), key=lambda each: (-each.counts.requests, each.name))
        saved = self.saved_us
        total = self.total.document()
        total["loadTimeSaved"] = None if saved is None else round(saved / 1_000, 3)
        return {
            "source": self.source,
            "unseen": self.unseen,
            "exact": table.is_exact and not self.unseen,
            "total": total,
            "by": by,
            "errorBound": table.bound,
            "entries": [
                {by: each.name, **each.counts.document(), "error": each.error}
                for each in entries[:limit]
            ],
        }

    def _count_times(self, rows: Sequence[Row]) -> None:
        """Rows that reach over the end of a bin."""
        for number, part in groupby(rows, lambda row: int(row[1] // BIN_MS)):
            counts = self.windows.bin(number)
            for (op, result, cause), many in Counter(map(_KIND, part)).items():
                counts.take(op, result, cause, many)

    def _count_keys(self, rows: Sequence[Row]) -> None:
        entries: dict[str, Entry] = {}
        prefixes: Counter[tuple[str, str, str, str | None]] = Counter()
        for (key, op, result, cause), number in Counter(map(_KEY_AND_KIND, rows)).items():
            entry = entries.get(key)
            if entry is None or entry.name != key:
                entry = entries[key] = self._entry(key)
            entry.counts.take(op, result, cause, number)
            prefixes[entry.prefix, op, result, cause] += number
        for (prefix, op, result, cause), number in prefixes.items():
            self.prefixes.entry(prefix).counts.take(op, result, cause, number)
        if not _TELLING.isdisjoint(map(_OP, rows)):
            self._learn([row for row in rows if row[2] in _TELLING])
        for key, row in dict(zip(map(_KEY, rows), rows, strict=True)).items():
            found = self.keys.entries.get(key)
            if found is not None:
                found.last = row

    def _entry(self, key: str) -> Entry:
        entry = self.keys.entry(key)
        if not entry.prefix:
            entry.prefix = prefix_of(key)
        return entry

    def _learn(self, rows: Sequence[Row]) -> None:
        """What loads took, and what is known of values: size and time to live."""
        known = self.keys.entries
        for row in rows:
            _, at_ms, op, key, result, strategy, _, size, ttl_s, load_us, *_ = row
            entry = known.get(key)
            if op == "load":
                took = load_us or 0
                self.total.load_us += took
                self.strategies.entry(strategy or NONE).counts.load_us += took
                self.prefixes.entry(prefix_of(key)).counts.load_us += took
                if entry is not None:
                    entry.counts.load_us += took
            elif op == "clear":
                for each in self.keys.order:
                    each.size = each.expires_at_ms = None
            elif row.cause == "clock":
                self._put_forward((ttl_s or 0) * 1_000)
            elif entry is None:
                continue
            elif op in _REMOVING:
                entry.size = entry.expires_at_ms = None
            elif result == "stored" or op == "touch":
                entry.expires_at_ms = None if ttl_s is None else at_ms + ttl_s * 1_000
                entry.size = entry.size if size is None else size

    def _put_forward(self, by_ms: float) -> None:
        """The cache's clock was put forward: all that lives for a time ends so much sooner."""
        for each in self.keys.order:
            if each.expires_at_ms is not None:
                each.expires_at_ms += by_ms

    def _forget(self) -> None:
        """Another server: what was known of values may be wrong."""
        for each in self.keys.order:
            each.size = each.expires_at_ms = each.last = None


def used(table: Bounded) -> list[Entry]:
    """The entries that were met since zeroed."""
    return [each for each in table.order if each.counts.operations]


def prefix_of(key: str) -> str:
    """The words a key begins with, up to its first part with a digit or its last: `product:`.

    Parts end with `:` or `/`; a key of one part is its own prefix.
    """
    found = _PREFIX.match(key)
    return found[0] if found else key


def windows_document(statistics: Statistics, now_ms: float) -> dict[str, Any]:
    """Requests and ratio of the last second, ten seconds and minute."""
    found = {}
    for seconds, name in SPANS:
        counts = statistics.windows.over(seconds, now_ms)
        found[name] = {"requestCount": counts.requests, "hitRate": counts.ratio}
    return found
