"""What the Cache pane knows of itself: the tab on screen, the feed, what went wrong where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from backend_tui.core.errors import BackendError

FeedCondition = Literal["waiting", "live", "lost"]


@dataclass(frozen=True, slots=True)
class CacheStatus:
    """The shop's cache: the server's life it counts in, its store, how much its ring keeps.

    `sequence` is the number of the last operation; `tells_expiry` says whether the store tells
    what expired and was evicted; `fsync` how surely a write is on disk.
    """

    source: str
    sequence: int
    kind: str = ""
    prefix: str = ""
    fsync: str | None = None
    tells_expiry: bool = False
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Connected:
    """The feed is open; the server's clock is `ahead_ms` ahead of ours."""

    status: CacheStatus
    ahead_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class TabShown:
    """The person looks at this tab."""

    tab: str


@dataclass(frozen=True, slots=True)
class FeedChanged:
    """The live feed came or went; `words` are at most two for the navigator."""

    condition: FeedCondition
    words: str = ""


@dataclass(frozen=True, slots=True)
class TabFailed:
    """What a tab asked for failed."""

    tab: str
    problem: BackendError


@dataclass(frozen=True, slots=True)
class TabMended:
    """What a tab asks for works again."""

    tab: str


Event = TabShown | FeedChanged | TabFailed | TabMended


@dataclass(frozen=True, slots=True)
class CacheState:
    """Everything that the pane itself decides by; the tabs have states of their own."""

    tab: str
    feed: FeedCondition = "waiting"
    words: str = ""
    problems: tuple[tuple[str, BackendError], ...] = ()

    def after(self, event: Event) -> CacheState:
        """The state once the event has happened."""
        match event:
            case TabShown(tab):
                return replace(self, tab=tab)
            case FeedChanged(condition, words):
                return replace(self, feed=condition, words=words)
            case TabFailed(tab, problem):
                return replace(self, problems=(*self._others(tab), (tab, problem)))
            case TabMended(tab):
                return replace(self, problems=self._others(tab))
        assert_never(event)

    @property
    def problem(self) -> BackendError | None:
        """What is wrong on the tab that is seen."""
        return dict(self.problems).get(self.tab)

    def _others(self, tab: str) -> tuple[tuple[str, BackendError], ...]:
        return tuple(pair for pair in self.problems if pair[0] != tab)
