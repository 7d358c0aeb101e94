"""The interface that every caching strategy has: how a route reads and writes one cached item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

Protection = Literal["none", "flight", "lease", "early"]
Invalidation = Literal["delete", "tag", "version"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a route is cached; the defaults are what the shop does when nobody touches the lab."""

    strategy: str = "cache-aside"
    ttl_s: float = 60.0
    """Time to live of a value in seconds."""
    jitter: float = 0.1
    """The time to live is drawn from ttl x [1 - jitter, 1 + jitter]: not all end at once."""
    protection: Protection = "flight"
    """What keeps many who miss together from loading all: nothing, joining the load in progress
    in this process, a lease in the cache, or reloading early by chance (XFetch)."""
    beta: float = 1.0
    """XFetch: above 1 earlier, below 1 later."""
    negative_ttl_s: float = 0.0
    """How long an absence is kept in seconds; 0: it is not."""
    refresh_at: float = 0.8
    """Refresh-ahead: the share of the time to live after which a value is refreshed."""
    invalidation: Invalidation = "delete"
    """What a writer does after its commit: deletes the key, renews its tag or its version."""


class Item(NamedTuple):
    """One cached thing: its key (without the cache's prefix), its route, how it is cached now."""

    key: str
    route: str
    policy: Policy
    tag: str = ""
    """The group that outdates it as a whole, such as `products`."""
    numbered_by: str = ""
    """Whose number stands in the key when the policy is `version`: the item, or a whole group."""
    epoch: int = 0
    """How many policies the route had before this one."""


class Sourced(NamedTuple):
    """What the source gave: the value as it is to be cached, and its version (0: it has none)."""

    value: Any
    version: int = 0


class Absent(Exception):  # noqa: N818 - an answer of the source, not a failure
    """The source says that there is no such thing; `reason` says why and may be cached."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


if TYPE_CHECKING:
    Load = Callable[[], Awaitable[Sourced]]
    """Reads the source. Raises `Absent` when there is no such thing, anything when it fails."""
    Change = Mapping[str, Any]
    """Members and their new values, as JSON can say them."""
    Apply = Callable[[Change], Awaitable[Sourced]]
    """Writes a change to the source and returns, after the commit, how the item reads then."""


class Strategy(Protocol):
    """One way to keep a cache in front of a source; it has no state of its own per item."""

    name: str

    async def read(self, item: Item, load: Load) -> Any:
        """The item's value. Raises `Absent`, and what `load` raises; never for the cache's sake."""

    async def write(self, item: Item, change: Change, apply: Apply) -> Any:
        """Change the item; its new value. Raises what `apply` raises."""

    async def enter(self, route: str) -> None:
        """The route comes to this strategy. Raises `CannotEnter` when it cannot be had now."""

    async def leave(self, route: str) -> None:
        """The route goes over to another strategy: bring what only the cache has to the source."""


class CannotEnter(Exception):  # noqa: N818 - an answer to whoever asked for it
    """A strategy cannot be had now; the text says why."""


class Stateless:
    """A strategy with nothing to prepare and nothing to bring home."""

    async def enter(self, route: str) -> None:
        """At once."""

    async def leave(self, route: str) -> None:
        """At once."""
