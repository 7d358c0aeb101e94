"""What the Traces pane knows: the newest journeys, the filter, what is open, and the feeds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, assert_never

from backend_tui.core.errors import BackendError
from backend_tui.panes.traces.filter import EVERYTHING, Filter, FilterError
from backend_tui.panes.traces.journey import Identity, Journey

KEPT: Final = 2_000

FeedCondition = Literal["waiting", "live", "lost"]


@dataclass(frozen=True, slots=True)
class JourneysArrived:
    """Journeys ended, or parts of known ones arrived; in order."""

    journeys: tuple[Journey, ...]


@dataclass(frozen=True, slots=True)
class JourneysDropped:
    """So many were never seen, for they came faster than they could be read."""

    count: int


@dataclass(frozen=True, slots=True)
class FeedOpened:
    """The shop's feed is live."""


@dataclass(frozen=True, slots=True)
class FeedLost:
    """The shop's feed broke; it is opened again after so many seconds."""

    error: BackendError
    retry_in: float


@dataclass(frozen=True, slots=True)
class Paused:
    """The person wants the list to stand still."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """The list goes on, with what came meanwhile."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """A filter was written, and can be read."""

    filter: Filter


@dataclass(frozen=True, slots=True)
class FilterRefused:
    """A filter was written that cannot be read; the one before stays."""

    problem: FilterError


@dataclass(frozen=True, slots=True)
class JourneyOpened:
    """The person reads this one."""

    journey: Journey


@dataclass(frozen=True, slots=True)
class JourneyClosed:
    """Back to the list; a comparison ends too."""


@dataclass(frozen=True, slots=True)
class JourneyMarked:
    """This one is the left side of the next comparison; None forgets it."""

    journey: Journey | None


@dataclass(frozen=True, slots=True)
class Compared:
    """The marked journey and this one are side by side."""

    right: Journey


@dataclass(frozen=True, slots=True)
class ReceiverOpened:
    """Instrumented apps may send OTLP to this URL."""

    url: str


@dataclass(frozen=True, slots=True)
class ReceiverClosed:
    """OTLP is no longer received; the error says why when nobody asked for it."""

    error: BackendError | None = None


@dataclass(frozen=True, slots=True)
class Cleared:
    """The person wants an empty list."""


Event = (
    JourneysArrived
    | JourneysDropped
    | FeedOpened
    | FeedLost
    | Paused
    | Resumed
    | Filtered
    | FilterRefused
    | JourneyOpened
    | JourneyClosed
    | JourneyMarked
    | Compared
    | ReceiverOpened
    | ReceiverClosed
    | Cleared
)


@dataclass(frozen=True, slots=True)
class TracesState:
    """Everything the pane shows; `held` arrived while paused."""

    journeys: tuple[Journey, ...] = ()
    held: tuple[Journey, ...] = ()
    is_paused: bool = False
    filter: Filter = EVERYTHING
    filter_problem: FilterError | None = None
    opened: Journey | None = None
    marked: Journey | None = None
    compared: tuple[Journey, Journey] | None = None
    feed: FeedCondition = "waiting"
    problem: BackendError | None = None
    receiver: str | None = None
    dropped: int = 0

    def after(self, event: Event) -> TracesState:
        """The state once the event has happened."""
        match event:
            case JourneysArrived(journeys):
                return self._with(journeys)
            case JourneysDropped(count):
                return replace(self, dropped=self.dropped + count)
            case FeedOpened():
                return replace(self, feed="live", problem=None)
            case FeedLost(error):
                return replace(self, feed="lost", problem=error)
            case Paused():
                return replace(self, is_paused=True)
            case Resumed():
                kept = _newest((*self.journeys, *self.held))
                return replace(self, is_paused=False, journeys=kept, held=())
            case Filtered(chosen):
                return replace(self, filter=chosen, filter_problem=None)
            case FilterRefused(problem):
                return replace(self, filter_problem=problem)
            case JourneyOpened(journey):
                return replace(self, opened=journey, compared=None)
            case JourneyClosed():
                return replace(self, opened=None, compared=None)
            case JourneyMarked(journey):
                return replace(self, marked=journey, compared=None)
            case Compared(right):
                pair = (self.marked, right) if self.marked else None
                return replace(self, compared=pair, opened=None)
            case ReceiverOpened(url):
                return replace(self, receiver=url)
            case ReceiverClosed(error):
                return replace(self, receiver=None, problem=error or self.problem)
            case Cleared():
                return replace(self, journeys=(), held=(), dropped=0)
        assert_never(event)

    def find(self, trace_id: str) -> Journey | None:
        """The newest kept journey of that trace id or its beginning."""
        kept = reversed((*self.journeys, *self.held))
        return next((each for each in kept if each.trace.trace_id.startswith(trace_id)), None)

    def _with(self, journeys: tuple[Journey, ...]) -> TracesState:
        opened = self.opened
        if opened is not None and opened.source == "otlp":
            grown = (each for each in journeys if each.identity == opened.identity)
            opened = next(grown, opened)
        if self.is_paused:
            return replace(self, held=_newest((*self.held, *journeys)), opened=opened)
        return replace(self, journeys=_newest((*self.journeys, *journeys)), opened=opened)


def _newest(journeys: Iterable[Journey]) -> tuple[Journey, ...]:
    """The last ones, each identity once, its newest state in its first place."""
    known: dict[Identity, Journey] = {}
    for journey in journeys:
        known[journey.identity] = journey
    return tuple(known.values())[-KEPT:]
