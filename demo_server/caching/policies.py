"""Which policy each route has at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo_server.caching.strategies.strategy import Item, Policy

_of_route: dict[str, Policy] = {}
_epochs: dict[str, int] = {}


def current(route: str) -> Policy:
    """The route's policy. Raises KeyError when there is no such route."""
    return _of_route[route]


def put(route: str, policy: Policy) -> None:
    """From now on the route has this policy; who reads or writes already ends with the old one."""
    _epochs[route] = _epochs.get(route, -1) + 1
    _of_route[route] = policy


def epoch(route: str) -> int:
    """How many policies the route had before this one."""
    return _epochs[route]


def has_changed_since(item: Item) -> bool:
    """Whether the item's route has another policy by now than when the item was asked for."""
    return _epochs.get(item.route, item.epoch) != item.epoch
