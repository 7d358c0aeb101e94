"""What the Live tab knows: its books, the feed, the filter, the pause, the key that is read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

from backend_tui.core.errors import BackendError
from backend_tui.panes.cache.live.filter import EVERYTHING, Filter, FilterError
from backend_tui.panes.cache.live.statistics import By, Statistics
from backend_tui.panes.cache.model import CacheStatus, Connected, FeedCondition
from backend_tui.panes.cache.observation.batch import Batch, Rung
from backend_tui.panes.cache.observation.figures import Counters
from backend_tui.panes.cache.wire import Operations

KEPT = 10_000
"""So many operations stay in the feed."""


@dataclass(frozen=True, slots=True)
class FeedLost:
    """The feed broke; it is opened again after so many seconds."""

    error: BackendError
    retry_in: float


@dataclass(frozen=True, slots=True)
class Counted:
    """So many operations were counted since this was last told, at most four times a second."""

    number: int


@dataclass(frozen=True, slots=True)
class ObservationBegan:
    """Another source than the shop's feed is watched: a rung of the ladder, counted anew."""

    rung: Rung


@dataclass(frozen=True, slots=True)
class ObservationArrived:
    """What a rung told at a moment, Unix time in ms."""

    batch: Batch
    at_ms: float


@dataclass(frozen=True, slots=True)
class FeedChosen:
    """The shop's own feed is watched again, counted anew."""


@dataclass(frozen=True, slots=True)
class Paused:
    """The person wants the feed to stand still; the counts go on."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The feed goes on, with what came meanwhile."""


@dataclass(frozen=True, slots=True)
class Zeroed:
    """The person counts from now on, in ms of the server's clock."""

    at_ms: float


@dataclass(frozen=True, slots=True)
class Filtered:
    """A filter was written, and can be read."""

    filter: Filter


@dataclass(frozen=True, slots=True)
class FilterRefused:
    """A filter was written that cannot be read; the one before stays."""

    problem: FilterError


@dataclass(frozen=True, slots=True)
class Grouped:
    """The table shows keys, prefixes or strategies."""

    by: By


@dataclass(frozen=True, slots=True)
class KeyOpened:
    """The person reads all about this key."""

    key: str


@dataclass(frozen=True, slots=True)
class KeyClosed:
    """Back to feed and table."""


Event = (
    Connected
    | Operations
    | FeedLost
    | ObservationBegan
    | ObservationArrived
    | FeedChosen
    | Paused
    | Resumed
    | Zeroed
    | Filtered
    | FilterRefused
    | Grouped
    | KeyOpened
    | KeyClosed
)


@dataclass(frozen=True, slots=True)
class Observed:
    """How the rung is that is watched; `counters` are the server's last."""

    rung: Rung
    check: str = ""
    seconds_left: float | None = None
    ended: str = ""
    counters: Counters | None = None
    is_gap: bool = False

    @property
    def tells_hits(self) -> bool:
        """Whether it tells which keys were hit."""
        return self.rung == "exact"


@dataclass(frozen=True, slots=True)
class LiveState:
    """Everything the tab shows. `statistics` is one book that grows; `held` came while paused."""

    statistics: Statistics = field(default_factory=Statistics, compare=False)
    feed: FeedCondition = "waiting"
    status: CacheStatus | None = None
    ahead_ms: float = 0.0
    problem: BackendError | None = None
    is_paused: bool = False
    held: int = 0
    filter: Filter = EVERYTHING
    filter_problem: FilterError | None = None
    by: By = "key"
    opened: str | None = None
    observed: Observed | None = None

    def after(self, event: Event) -> LiveState:
        """The state once the event has happened."""
        match event:
            case Operations():
                self.statistics.arrived(event)
                held = self.held + len(event.rows) if self.is_paused else 0
                return self if held == self.held else replace(self, held=held)
            case Connected(status, ahead_ms):
                return replace(self, feed="live", status=status, ahead_ms=ahead_ms, problem=None)
            case FeedLost(error):
                return replace(self, feed="lost", problem=error)
            case ObservationBegan(rung):
                return self._anew(Observed(rung))
            case FeedChosen():
                return self._anew(None)
            case ObservationArrived(batch, at_ms):
                return self._observed(batch, at_ms)
            case Paused():
                return replace(self, is_paused=True, held=0)
            case Resumed():
                return replace(self, is_paused=False, held=0)
            case Zeroed(at_ms):
                self.statistics.zero(at_ms)
                return self
            case Filtered(chosen):
                return replace(self, filter=chosen, filter_problem=None)
            case FilterRefused(problem):
                return replace(self, filter_problem=problem)
            case Grouped(by):
                return replace(self, by=by)
            case KeyOpened(key):
                return replace(self, opened=key)
            case KeyClosed():
                return replace(self, opened=None)
        assert_never(event)

    def _anew(self, observed: Observed | None) -> LiveState:
        """Another source: nothing that was counted before belongs to it."""
        return LiveState(
            status=self.status,
            ahead_ms=self.ahead_ms if observed is None else 0.0,
            filter=self.filter,
            by=self.by,
            observed=observed,
        )

    def _observed(self, batch: Batch, at_ms: float) -> LiveState:
        before = self.observed
        if before is None or before.rung != batch.rung:
            return self
        if batch.gap is not None and batch.gap.is_restart:
            return self._anew(Observed(batch.rung))
        books, counters = self.statistics, batch.counters or before.counters
        if before.tells_hits:
            books.take(batch.rows)
        else:
            books.take_keys(batch.rows)
            if batch.counters is not None:
                books.looked_up(before.counters, batch.counters, at_ms)
        observed = replace(
            before,
            check=batch.check.words,
            seconds_left=batch.seconds_left,
            ended=batch.ended,
            counters=counters,
            is_gap=batch.gap is not None and batch.gap.to_ms is None,
        )
        held = self.held + len(batch.rows) if self.is_paused else 0
        return replace(self, observed=observed, held=held, feed="live")
