"""The state of the Strategies tab: the routes, the one in hand, what runs, the last two runs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, assert_never

from backend_tui.panes.cache.strategies.experiments import Run
from backend_tui.panes.cache.strategies.lab import Lab, Route

KEPT: Final = 2


@dataclass(frozen=True, slots=True)
class LabArrived:
    """The routes with their counters, as they are now."""

    lab: Lab


@dataclass(frozen=True, slots=True)
class RouteChosen:
    """The person put the cursor on a route."""

    name: str


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """A route has another policy."""

    route: Route


@dataclass(frozen=True, slots=True)
class PolicyRefused:
    """A route cannot have what was asked for; `why` says so."""

    why: str


@dataclass(frozen=True, slots=True)
class ExperimentStarted:
    """It runs; another has to wait."""

    title: str
    route: str


@dataclass(frozen=True, slots=True)
class ExperimentEnded:
    """It is over; None when it failed."""

    run: Run | None


@dataclass(frozen=True, slots=True)
class ExperimentStopped:
    """The person stopped it before its end; nothing is compared."""


Event = (
    LabArrived
    | RouteChosen
    | PolicyChanged
    | PolicyRefused
    | ExperimentStarted
    | ExperimentEnded
    | ExperimentStopped
)


@dataclass(frozen=True, slots=True)
class StrategiesState:
    """What the tab shows; of `runs` the newest is last.

    `is_changed`: the last thing done was to give the route in hand another policy; `stopped` is
    the experiment that was stopped as the last thing.
    """

    lab: Lab | None = None
    chosen: str = ""
    running: str = ""
    refused: str = ""
    runs: tuple[Run, ...] = ()
    is_changed: bool = False
    stopped: str = ""

    @property
    def route(self) -> Route | None:
        """The route in hand."""
        return self.lab.route(self.chosen) if self.lab else None

    @property
    def next_number(self) -> int:
        return self.runs[-1].number + 1 if self.runs else 1

    def after(self, event: Event) -> StrategiesState:
        """The state once the event has taken place."""
        match event:
            case LabArrived(lab):
                is_known = lab.route(self.chosen) is not None
                first = lab.routes[0].name if lab.routes else ""
                return replace(self, lab=lab, chosen=self.chosen if is_known else first)
            case RouteChosen(name):
                return replace(self, chosen=name, refused="", is_changed=False, stopped="")
            case PolicyChanged(route):
                changed = self.lab.with_route(route) if self.lab else None
                return replace(self, lab=changed, refused="", is_changed=True, stopped="")
            case PolicyRefused(why):
                return replace(self, refused=why, stopped="")
            case ExperimentStarted(title, route):
                running = f"{title}  {route}"
                return replace(self, running=running, refused="", is_changed=False, stopped="")
            case ExperimentStopped():
                return replace(self, running="", stopped=self.running)
            case ExperimentEnded(run):
                runs = self.runs if run is None else (*self.runs, run)[-KEPT:]
                return replace(self, running="", runs=runs)
            case _:
                assert_never(event)
