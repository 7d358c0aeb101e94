"""Counts by name for the most frequent names only, with a bound on what was missed (Space-Saving).

Metwally, Agrawal, El Abbadi: Efficient Computation of Frequent and Top-k Elements in Data Streams.
"""

from __future__ import annotations

from heapq import heapify, heappush, heapreplace
from typing import Final

from backend_tui.panes.cache.live.counts import Counts
from backend_tui.panes.cache.row import Row

CAPACITY: Final = 2_000


class Entry:
    """One name's counts and what is known of it; `error` operations at most were not counted.

    `prefix` groups keys; `expires_at_ms` is Unix time in ms, None without or with unknown TTL.
    """

    __slots__ = ("counts", "error", "expires_at_ms", "last", "name", "prefix", "size")

    def __init__(self, name: str) -> None:
        self.counts = Counts()
        self.begin(name, 0)

    def begin(self, name: str, error: int) -> None:
        """Count this name from now on; `error` is what it may have had before."""
        self.name = name
        self.prefix = ""
        self.error = error
        self.size: int | None = None
        self.expires_at_ms: float | None = None
        self.last: Row | None = None
        self.counts.zero()

    @property
    def weight(self) -> int:
        """The most operations that it can have had."""
        return self.counts.operations + self.error

    def ttl_s(self, now_ms: float) -> float | None:
        """Seconds until it expires, counted down from its last set; None when unknown or over."""
        if self.expires_at_ms is None or self.expires_at_ms <= now_ms:
            return None
        return (self.expires_at_ms - now_ms) / 1_000


class Bounded:
    """At most `capacity` entries. A new name takes the place of the rarest, and its weight."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self.capacity = capacity
        self.entries: dict[str, Entry] = {}
        self.order: list[Entry] = []
        self.replaced = 0
        self._heap: list[tuple[int, int, Entry]] = []

    def entry(self, name: str) -> Entry:
        """The name's entry, made when it has none. Whoever asks adds to its counts."""
        found = self.entries.get(name)
        if found is not None:
            return found
        if len(self.order) < self.capacity:
            entry = Entry(name)
            self.order.append(entry)
            heappush(self._heap, (0, len(self.order), entry))
        else:
            entry = self._rarest()
            del self.entries[entry.name]
            self.replaced += 1
            entry.begin(name, entry.weight)
        self.entries[name] = entry
        return entry

    @property
    def is_exact(self) -> bool:
        """True while every name has an entry of its own."""
        return self.replaced == 0

    @property
    def bound(self) -> int:
        """The most operations that any name can have had unseen; 0 while exact."""
        return self._rarest().weight if self.replaced else 0

    def zero(self) -> None:
        """Count anew; sizes and times to live stay known."""
        for entry in self.order:
            entry.counts.zero()
            entry.error = 0
        self.replaced = 0
        self._heap = [(0, number, entry) for number, entry in enumerate(self.order, 1)]
        heapify(self._heap)

    def _rarest(self) -> Entry:
        """Weights only grow, so an old one on top of the heap is put right where it is met."""
        while True:
            weight, number, entry = self._heap[0]
            if entry.weight == weight:
                return entry
            heapreplace(self._heap, (entry.weight, number, entry))
