"""The state of the REST pane: the draft, the shop's routes, the exchanges of this run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, assert_never

from backend_tui.panes.rest.exchanges import (
    BodyGrew,
    CacheAnswered,
    Exchange,
    JourneyArrived,
    JourneyMissing,
    RedirectFollowed,
    RequestSent,
    ResponseBegan,
    ResponseFinished,
    SendCancelled,
    SendEvent,
    SendFailed,
    SendStarted,
)
from backend_tui.panes.rest.request import Draft

if TYPE_CHECKING:
    from backend_tui.core.errors import BackendError
    from backend_tui.core.http_cache.listing import StoredAnswer
    from backend_tui.panes.rest.routes import Route

KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class DraftChanged:
    """The person wrote something, or took it from a route or from history."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class RoutesLoaded:
    """What can be asked, and of which base URL."""

    base: str
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True)
class RoutesMissing:
    """The list of routes could not be had; every request works without it."""

    problem: BackendError


@dataclass(frozen=True, slots=True)
class ExchangeChosen:
    """Another exchange of this run is shown."""

    number: int


@dataclass(frozen=True, slots=True)
class CacheSwitched:
    """Requests go through the workbench's own HTTP cache from now on, or no longer do."""

    is_on: bool


@dataclass(frozen=True, slots=True)
class StoreChanged:
    """What the HTTP cache holds now, the most recently used first."""

    stored: tuple[StoredAnswer, ...]


Event = (
    DraftChanged
    | RoutesLoaded
    | RoutesMissing
    | ExchangeChosen
    | CacheSwitched
    | StoreChanged
    | SendEvent
)


@dataclass(frozen=True, slots=True)
class RestState:
    """What the pane shows; `exchanges` are ordered by number, the newest last."""

    draft: Draft = Draft("GET", "/api/products")  # noqa: RUF009 - frozen
    base: str = ""
    routes: tuple[Route, ...] = ()
    routes_problem: BackendError | None = None
    exchanges: tuple[Exchange, ...] = ()
    shown: int | None = None
    is_caching: bool = False
    stored: tuple[StoredAnswer, ...] = ()

    @property
    def current(self) -> Exchange | None:
        """The exchange on screen."""
        return self.exchange(self.shown)

    @property
    def running(self) -> Exchange | None:
        """The one under way, if any."""
        last = self.exchanges[-1] if self.exchanges else None
        return last if last is not None and last.is_running else None

    @property
    def next_number(self) -> int:
        return self.exchanges[-1].number + 1 if self.exchanges else 1

    def exchange(self, number: int | None) -> Exchange | None:
        """The exchange of that number while it is kept."""
        return next((each for each in self.exchanges if each.number == number), None)

    def before(self, exchange: Exchange) -> Exchange | None:
        """The last answered exchange before this one with the same method and URL."""
        return next(
            (
                each
                for each in reversed(self.exchanges)
                if each.number < exchange.number
                and each.target == exchange.target
                and each.head is not None
            ),
            None,
        )

    def neighbour(self, step: int) -> Exchange | None:
        """The exchange `step` places later (or earlier) in history, None at its ends."""
        numbers = [each.number for each in self.exchanges]
        if self.shown not in numbers:
            return None
        place = numbers.index(self.shown) + step
        return self.exchanges[place] if 0 <= place < len(numbers) else None

    def after(self, event: Event) -> RestState:
        """The state once the event has taken place; one of a forgotten exchange changes nothing."""
        match event:
            case DraftChanged(draft):
                return replace(self, draft=draft)
            case RoutesLoaded(base, routes):
                return replace(self, base=base, routes=routes, routes_problem=None)
            case RoutesMissing(problem):
                return replace(self, routes_problem=problem)
            case ExchangeChosen(number):
                return self if self.exchange(number) is None else replace(self, shown=number)
            case CacheSwitched(is_on):
                return replace(self, is_caching=is_on)
            case StoreChanged(stored):
                return replace(self, stored=stored)
            case SendStarted(number, draft, at):
                kept = (*self.exchanges, Exchange(number, draft, at))[-KEPT:]
                return replace(self, exchanges=kept, shown=number)
            case _:
                return self._with_exchange(event)

    def _with_exchange(self, event: SendEvent) -> RestState:
        changed = tuple(
            progressed(each, event) if each.number == event.number else each
            for each in self.exchanges
        )
        return replace(self, exchanges=changed)


def progressed(exchange: Exchange, event: SendEvent) -> Exchange:
    """The exchange after one more event of it; what comes late for a stopped one is left out."""
    match event:
        case JourneyArrived(_, trace):
            return replace(exchange, trace=trace, trace_problem=None)
        case JourneyMissing(_, problem, trace):
            return replace(exchange, trace=trace, trace_problem=problem)
        case _ if not exchange.is_running:
            return exchange
        case SendStarted():
            return exchange
        case RequestSent(_, request, headers, context):
            return replace(exchange, request=request, sent_headers=headers, context=context)
        case RedirectFollowed(_, hop):
            return replace(exchange, hops=(*exchange.hops, hop))
        case ResponseBegan(_, head, body):
            return replace(exchange, phase="receiving", head=head, body=body)
        case BodyGrew(_, size, wire_bytes):
            return replace(exchange, size=size, wire_bytes=wire_bytes)
        case CacheAnswered(_, outcome):
            return replace(exchange, cache=outcome)
        case ResponseFinished(_, timings):
            return replace(exchange, phase="done", timings=timings)
        case SendFailed(_, problem, timings):
            return replace(exchange, phase="failed", problem=problem, timings=timings)
        case SendCancelled(_, timings):
            return replace(exchange, phase="cancelled", timings=timings)
        case _:
            assert_never(event)
