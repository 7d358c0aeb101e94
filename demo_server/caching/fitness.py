"""Which policies a route can have, and why not the others."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from demo_server.caching.strategies import STRATEGIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo_server.caching.routes import Route
    from demo_server.caching.strategies.strategy import Policy

PROTECTIONS: Final = ("none", "flight", "lease", "early")
BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "ttl_s": (0.05, 86_400),
    "jitter": (0, 0.9),
    "beta": (0.01, 100),
    "negative_ttl_s": (0, 3600),
    "refresh_at": (0.01, 0.99),
}
MEMBERS: Final = ("strategy", "protection", "invalidation", *BOUNDS)


class Unfit(Exception):  # noqa: N818 - an answer to whoever asked for it
    """A policy that a route cannot have; `member` says which part of it, the text what and why."""

    def __init__(self, member: str, detail: str) -> None:
        super().__init__(detail)
        self.member = member


def fitting(route: Route, before: Policy, members: Mapping[str, Any]) -> Policy:
    """The route's policy with these members changed. Raises `Unfit`."""
    if route.kept_by:
        member = next(iter(members), "strategy")
        raise Unfit(member, f"{route.name} is kept by {route.kept_by}: it has no policy to change.")
    for name, value in members.items():
        if name in BOUNDS:
            _check_number(name, value)
    strategies = tuple(name for name in route.strategies if name in STRATEGIES)
    _check_choice("strategy", members.get("strategy", before.strategy), strategies, route)
    _check_choice("protection", members.get("protection", before.protection), PROTECTIONS, route)
    chosen = members.get("invalidation", before.invalidation)
    _check_choice("invalidation", chosen, route.invalidations, route)
    numbers = {name: float(value) for name, value in members.items() if name in BOUNDS}
    policy = replace(before, **{**members, **numbers})
    if policy.strategy == "read-through" and policy.protection == "none":
        detail = "A read-through cache loads by itself, once for all who wait: choose flight, lease"
        raise Unfit("protection", f"{detail} or early.")
    if policy.strategy in {"write-through", "write-back"} and policy.invalidation != "delete":
        detail = "A value that is written into the cache is overwritten there: choose delete."
        raise Unfit("invalidation", detail)
    return policy


def _check_choice(member: str, value: object, choices: tuple[str, ...], route: Route) -> None:
    if value in choices:
        return
    why = ""
    if member == "strategy" and value in ("write-through", "write-back"):
        why = " Nobody writes this answer as a whole, so it cannot be written to the cache."
    if member == "invalidation" and route.is_listing:
        why = " Nobody knows the keys of all pages of a list, so they cannot be deleted."
    raise Unfit(
        member,
        f"The {member} of {route.name} cannot be {value!r:.40}: choose {', '.join(choices)}.{why}",
    )


def _check_number(member: str, value: object) -> None:
    lowest, highest = BOUNDS[member]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not isfinite(value) or not lowest <= value <= highest:  # type: ignore[arg-type, operator]
        raise Unfit(member, f"{member} is a number from {lowest:g} to {highest:g}.")
