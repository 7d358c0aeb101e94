"""What happened within the last second, ten seconds and minute, in bins of a quarter second."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from backend_tui.panes.cache.live.counts import Counts

BIN_MS: Final = 250
_PER_SECOND: Final = 1_000 // BIN_MS
_KEPT: Final = 61 * _PER_SECOND
_NOTHING: Final = Counts()
"""What most seconds of a quiet minute hold; only read."""

SPANS: Final = ((1, "1 s"), (10, "10 s"), (60, "1 min"))


class Windows:
    """Counts by the time they happened at, in ms of the server's clock."""

    def __init__(self) -> None:
        self._bins: dict[int, Counts] = {}

    def bin(self, number: int) -> Counts:
        """The counts of one bin: the time in ms divided by `BIN_MS`."""
        found = self._bins.get(number)
        if found is None:
            found = self._bins[number] = Counts()
            if len(self._bins) > _KEPT:
                newest = max(self._bins)
                for old in [each for each in self._bins if each <= newest - _KEPT]:
                    del self._bins[old]
        return found

    def over(self, seconds: int, now_ms: float) -> Counts:
        """What happened in the last so many seconds, up to the last whole bin."""
        end = int(now_ms // BIN_MS)
        return self._sum(range(end - seconds * _PER_SECOND, end))

    def by_second(self, seconds: int, now_ms: float) -> tuple[Counts, ...]:
        """The counts of each of the last seconds, oldest first."""
        end = int(now_ms // BIN_MS)
        starts = range(end - seconds * _PER_SECOND, end, _PER_SECOND)
        return tuple(self._sum(range(start, start + _PER_SECOND)) for start in starts)

    def is_quiet(self, now_ms: float) -> bool:
        """True when nothing is left to move: no bin is younger than a minute."""
        end = int(now_ms // BIN_MS)
        return all(number < end - 61 * _PER_SECOND for number in self._bins)

    def zero(self) -> None:
        """Forget all."""
        self._bins.clear()

    def _sum(self, numbers: Iterable[int]) -> Counts:
        total: Counts | None = None
        for number in numbers:
            each = self._bins.get(number)
            if each is not None:
                total = Counts() if total is None else total
                total.operations += each.operations
                total.hits += each.hits
                total.misses += each.misses
                total.loads += each.loads
                total.load_failures += each.load_failures
                total.expirations += each.expirations
                total.evictions += each.evictions
        return _NOTHING if total is None else total
