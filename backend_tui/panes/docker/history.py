"""What containers used in the last quarter of an hour: every sample that was read, kept a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from backend_tui.panes.docker.engine.stats import Sample

KEPT: Final = 900.0
"""Seconds of samples kept for a container."""
MOST: Final = 48
"""Containers remembered; the one that was measured longest ago is forgotten first."""
HELD: Final = 2.5
"""Seconds for which a value counts when no newer one comes: the engine's second is no exact one."""


class History:
    """Samples by container, the oldest first."""

    def __init__(self) -> None:
        self._samples: dict[str, deque[Sample]] = {}

    def add(self, sample: Sample) -> None:
        """Keep it; one that is not newer than the last is left out."""
        kept = self._samples.pop(sample.id, None)
        if kept is None:
            kept = deque()
            while len(self._samples) >= MOST:
                del self._samples[next(iter(self._samples))]
        self._samples[sample.id] = kept
        if kept and sample.at <= kept[-1].at:
            if kept[-1].at - sample.at <= HELD:
                return
            kept.clear()  # the engine's clock was set back
        kept.append(sample)
        while kept[0].at < sample.at - KEPT:
            kept.popleft()

    def of(self, identity: str) -> Sequence[Sample]:
        """All that is known of one container."""
        return self._samples.get(identity, ())


Point = tuple[float, float]
"""Unix time in seconds, and a value."""


def rates(samples: Sequence[Sample], counts: Sequence[int | None]) -> list[Point]:
    """How fast a counter grew, per second; nothing where it restarted or was not told."""
    found: list[Point] = []
    pairs = pairwise(zip(samples, counts, strict=True))
    for (before, first), (after, second) in pairs:
        elapsed = after.at - before.at
        if first is not None and second is not None and second >= first and 0 < elapsed <= 5:
            found.append((after.at, (second - first) / elapsed))
    return found


def slots(points: Sequence[Point], end: float, seconds: float, count: int) -> list[float | None]:
    """The points as `count` equal spans of the `seconds` before `end`, each the largest of its own.

    A span without a point repeats the last value for `HELD` seconds; after that it is None.
    """
    width = seconds / count
    begin = end - seconds
    largest: list[float | None] = [None] * count
    last: list[float | None] = [None] * count
    for at, value in points:
        slot = min(int((at - begin) / width), count - 1) if begin <= at <= end else -1
        if slot >= 0:
            known = largest[slot]
            largest[slot] = value if known is None else max(known, value)
            last[slot] = at
    held: float | None = None
    since = 0.0
    for slot in range(count):
        at_slot, value_slot = last[slot], largest[slot]
        if at_slot is not None and value_slot is not None:
            held, since = value_slot, at_slot
        elif held is not None and begin + slot * width - since <= HELD:
            largest[slot] = held
    return largest
