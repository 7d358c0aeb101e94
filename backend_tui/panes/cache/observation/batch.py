"""What an observation tells: rows, exact counts per key, and how far they can be trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

from backend_tui.core.errors import BackendError
from backend_tui.panes.cache.observation.figures import Counters
from backend_tui.panes.cache.row import Row

Rung = Literal["counters", "misses", "exact"]
RUNGS: tuple[Rung, ...] = ("counters", "misses", "exact")


class KeyCount(NamedTuple):
    """Look-ups of one key since the observation began; `hits` is None where only misses are told.

    `key` is clean text and belongs to this key alone, unless it holds a secret that is masked.
    """

    key: str
    hits: int | None
    misses: int


@dataclass(frozen=True, slots=True)
class Check:
    """Our counts held against the server's own over exactly the same span.

    `is_exact` is None as long as nothing was compared. `lost` messages came faster than they were
    read; `difference` look-ups were counted by the server and not by us; `unseen` names commands
    whose look-ups cannot be told apart.
    """

    is_exact: bool | None = None
    lost: int = 0
    difference: int = 0
    unseen: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """`exact ✓`, or what is wrong with the counts."""
        if self.lost:
            return f"approx: {self.lost} lost"
        if self.is_exact is None:
            return "not checked yet"
        if self.is_exact:
            return "exact ✓"
        because = f" ({', '.join(self.unseen)})" if self.unseen else ""
        if self.difference:
            sign = "more" if self.difference > 0 else "fewer"
            return f"approx: the server counts {abs(self.difference)} {sign}{because}"
        return f"approx{because}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Nothing was heard from one moment to another (Unix ms); None as long as it lasts."""

    from_ms: float
    to_ms: float | None
    problem: BackendError

    is_restart: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """What happened since the last one.

    `counts` holds the keys of this batch with their counts since the beginning; `counters` comes
    once a second. `ended` says why this is the last batch, and is empty before.
    """

    rung: Rung
    rows: tuple[Row, ...] = ()
    counts: tuple[KeyCount, ...] = ()
    counters: Counters | None = None
    check: Check = Check()
    seconds_left: float | None = None
    gap: Gap | None = None
    ended: str = ""

    @property
    def is_exact(self) -> bool | None:
        """Whether our counts are the server's."""
        return self.check.is_exact

    @property
    def lost(self) -> int:
        """Messages that came faster than they were read."""
        return self.check.lost
