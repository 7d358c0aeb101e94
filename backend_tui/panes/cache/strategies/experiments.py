"""Experiments on one route: each does something real and tells the counters before and after."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from backend_tui.core.errors import UsageError
from backend_tui.core.units import duration_text
from backend_tui.panes.cache.strategies.client import Burst, StrategyClient
from backend_tui.panes.cache.strategies.lab import Counters, Policy, Route
from backend_tui.panes.cache.strategies.target import Target, target_of

CLIENTS: Final = 20
REQUESTS: Final = 100
STEP_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Run:
    """One experiment as it went: the counters before and after, and what the clients saw."""

    number: int
    experiment: str
    route: str
    policy: Policy
    before: Counters
    after: Counters
    seen: tuple[str, ...] = ()
    total_us: int = 0

    @property
    def change(self) -> Counters:
        """What the experiment itself did."""
        return self.after.since(self.before)

    def document(self) -> dict[str, Any]:
        """The run with stable keys."""
        return {
            "experiment": self.experiment,
            "route": self.route,
            "policy": asdict(self.policy),
            "before": asdict(self.before),
            "after": asdict(self.after),
            "change": asdict(self.change),
            "seen": list(self.seen),
            "total_us": self.total_us,
        }


Act = Callable[[StrategyClient, Route], Awaitable[tuple[str, ...]]]


async def _nothing(_client: StrategyClient, _route: Route) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Experiment:
    """`prepare` is not counted; `act` is, and says what the clients saw.

    `obstacle` says why a route cannot show it, empty when it can.
    """

    name: str
    title: str
    act: Act
    prepare: Callable[[StrategyClient, Route], Awaitable[None]] = _nothing
    obstacle: Callable[[Route], str] = lambda _: ""


async def conduct(client: StrategyClient, name: str, route_name: str, number: int = 1) -> Run:
    """Do the experiment; the counters around it are the server's own. Raises `BackendError`."""
    experiment = BY_NAME[name]
    route = _known(await client.lab(), route_name)
    why = experiment.obstacle(route)
    if why:
        raise UsageError(f"{route_name} cannot show this.", why, "Choose lab-a or lab-b.")
    await experiment.prepare(client, route)
    before = _known(await client.lab(), route_name)
    began = time.perf_counter()
    seen = await experiment.act(client, before)
    total_us = round((time.perf_counter() - began) * 1_000_000)
    after = _known(await client.lab(), route_name)
    return Run(
        number, name, route_name, after.policy, before.counters, after.counters, seen, total_us
    )


async def burst(
    client: StrategyClient, route_name: str, clients: int, requests: int, number: int = 1
) -> tuple[Run, Burst]:
    """Requests by so many clients at once, with the counters around them."""
    before = _known(await client.lab(), route_name)
    result = await client.burst(target_of(before).reads, clients, requests)
    after = _known(await client.lab(), route_name)
    run = Run(
        number,
        "burst",
        route_name,
        after.policy,
        before.counters,
        after.counters,
        (burst_words(result),),
        result.total_us,
    )
    return run, result


def burst_words(result: Burst) -> str:
    """How the clients fared."""
    bad = result.sent - result.good
    lost = f", {bad} not answered with 2xx" if bad else ""
    slowest = duration_text(result.slowest_us)
    return f"{result.sent} requests by {result.clients} clients{lost}, slowest {slowest}"


async def _burst(client: StrategyClient, route: Route) -> tuple[str, ...]:
    return (burst_words(await client.burst(target_of(route).reads, CLIENTS, REQUESTS)),)


async def _warm(client: StrategyClient, route: Route) -> None:
    await client.ask("GET", target_of(route, load_ms=0).reads)


async def _make_expire(client: StrategyClient, route: Route) -> None:
    """The key is there, and its time is over."""
    target = target_of(route)
    await _warm(client, route)
    if target.key and route.policy.invalidation == "delete":
        await client.expire(target.key)
    elif route.policy.strategy != "none":
        await client.advance(route.policy.ttl_s * (1 + route.policy.jitter) + 1)


async def _rush(client: StrategyClient, route: Route) -> tuple[str, ...]:
    return (burst_words(await client.burst(target_of(route).reads, CLIENTS, CLIENTS)),)


async def _stale(client: StrategyClient, route: Route) -> tuple[str, ...]:
    """Write the table as another program would, and see what the route goes on serving."""
    target = target_of(route, load_ms=0)
    await client.ask("POST", f"{target.writes}?around=true")
    return (await _compared(client, target),)


async def _write(client: StrategyClient, route: Route) -> tuple[str, ...]:
    """Write by the route's own way, then read."""
    target = target_of(route, load_ms=0)
    await client.ask("POST", target.writes)
    return (await _compared(client, target),)


async def _advance(client: StrategyClient, route: Route) -> tuple[str, ...]:
    """Let time pass, then read once: what has expired is loaded."""
    target = target_of(route, load_ms=0)
    offset = await client.advance(STEP_S)
    words = f"the cache's clock is {offset:g} s ahead"
    if target.can_stale:
        return (words, await _compared(client, target))
    await client.ask("GET", target.reads)
    return (words,)


async def _compared(client: StrategyClient, target: Target) -> str:
    told = await client.ask("GET", f"{target.reads}&compare=true")
    served, source = told.get("version"), told.get("source_version", told.get("version"))
    if served == source:
        return f"✓ served version {served}, the source has {source}"
    return f"▲ stale: served version {served}, the source has {source}"


def _needs_lab(route: Route) -> str:
    return "" if target_of(route).can_stale else "Only a lab route can be written past its cache."


EXPERIMENTS: Final = (
    Experiment("burst", f"{REQUESTS} requests by {CLIENTS} clients", _burst),
    Experiment("expire", f"expire it under {CLIENTS} clients", _rush, _make_expire),
    Experiment("stale", "write the source past the cache", _stale, _warm, _needs_lab),
    Experiment("write", "write by the strategy, then read", _write, _warm, _needs_lab),
    Experiment("advance", f"let {STEP_S:g} s pass, then read", _advance),
)
BY_NAME: Final = {each.name: each for each in EXPERIMENTS}


def _known(lab: Any, name: str) -> Route:
    route: Route | None = lab.route(name)
    if route is None:
        known = ", ".join(each.name for each in lab.routes)
        raise UsageError(f"There is no route “{name}”.", "", f"Known: {known}.")
    return route
