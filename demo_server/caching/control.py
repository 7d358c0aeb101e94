"""Reading and writing by the policy a route has now, and changing policies while the shop runs."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, replace
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Final

from asgiref.sync import sync_to_async

from demo_server.caching import clock, counters, policies, routes, statements
from demo_server.caching.feed import announce, told
from demo_server.caching.fitness import fitting
from demo_server.caching.foreign import default_cache
from demo_server.caching.store import Unreachable
from demo_server.caching.strategies import STRATEGIES, flights, numbers
from demo_server.caching.strategies.slot import lease_key, slot_of
from demo_server.caching.strategies.strategy import Item
from demo_server.caching.strategies.through import is_stored_by_its_writer
from demo_server.caching.write_back.switch import switch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from demo_server.caching.routes import Route
    from demo_server.caching.store import Command
    from demo_server.caching.strategies.strategy import Apply, Change, Load, Policy

SETTLING_S: Final = 0.003
"""What was left one millisecond to live is gone after this."""


def item_of(route: Route, key: str) -> Item:
    """An item of this route as it is cached now."""
    numbered_by = route.group if route.is_listing else key
    policy, epoch = policies.current(route.name), policies.epoch(route.name)
    return Item(key, route.name, policy, route.group, numbered_by, epoch)


async def read(route: Route, key: str, load: Load) -> Any:
    """The value of `key` by the route's strategy. Raises `Absent`, and what `load` raises."""
    item = item_of(route, key)
    return await STRATEGIES[item.policy.strategy].read(item, load)


async def write(route: Route, key: str, change: Change, apply: Apply) -> Any:
    """Write by the route's strategy; the new value. Raises what `apply` raises."""
    item = item_of(route, key)
    try:
        return await STRATEGIES[item.policy.strategy].write(item, change, apply)
    finally:
        if policies.has_changed_since(item):
            await (await slot_of(item_of(route, key), item.policy.strategy)).delete()


def outdate(group: str, keys: Iterable[str]) -> None:
    """After a commit, in its thread: of these keys, and of every list of the group, nothing that
    is cached is true any more."""
    names = [key for key in keys if not is_stored_by_its_writer(key)]
    for route in routes.ITEMS_OF.get(group, ()):
        policy = policies.current(route.name)
        if policy.strategy == "none":
            continue
        with told(strategy=policy.strategy, route=route.name):
            for key in names:
                if policy.invalidation == "version":
                    numbers.renew(key)
                elif policy.invalidation == "delete":
                    _drop(key, route, policy)
    numbers.renew(group)


def _drop(key: str, route: Route, policy: Policy) -> None:
    """The lease first: who gets it after that loads what is true by now."""
    cache = default_cache()
    name = cache.make_key(key)
    flights.outdate(flights.named(name, policies.epoch(route.name)))
    if _uses_leases(policy):
        cache.delete(lease_key(name))
    cache.delete(key)


def _uses_leases(policy: Policy) -> bool:
    return policy.protection == "lease" or policy.strategy in {"write-through", "refresh-ahead"}


async def change(route: Route, members: Mapping[str, Any]) -> None:
    """Give the route another policy; what the old one has cached is dropped.

    Who reads or writes meanwhile ends by the old policy and drops what it has stored.
    Raises `Unfit`, `CannotEnter`.
    """
    before = policies.current(route.name)
    after = fitting(route, before, members)
    if after == before:
        return
    await _go_over(route, after)


async def resume() -> None:
    """When a server starts: what was deferred before is shown, and is deferred further on."""
    await switch.resume()
    for name in switch.routes & routes.BY_NAME.keys():
        policy = replace(policies.current(name), strategy="write-back", invalidation="delete")
        policies.put(name, policy)


async def reset() -> None:
    """The policies the shop starts with, empty caches, counters and a clock at zero."""
    for route in routes.ALL:
        await _go_over(route, route.default)
    counters.zero()
    clock.put_right()


async def _go_over(route: Route, after: Policy) -> None:
    """The new strategy first: what it cannot take over, the old one keeps."""
    before = policies.current(route.name)
    if after.strategy != before.strategy:
        await STRATEGIES[after.strategy].enter(route.name)
    policies.put(route.name, after)
    if after.strategy != before.strategy:
        await STRATEGIES[before.strategy].leave(route.name)
    await empty(route)


async def advance(seconds: float) -> int | None:
    """Let time pass on the cache's clock: soft expiries come nearer, and every real time to live
    under our prefix shrinks. How many keys did; None when the store does not tell its keys.

    The feed tells it as one touch of all keys, with the negative seconds as their time to live."""
    started = perf_counter_ns()
    clock.put_forward(seconds)
    cache = default_cache()
    shrink = getattr(cache.store, "shrink", None)
    if shrink is None:
        return None
    changed = await sync_to_async(shrink, thread_sensitive=False)(cache.make_key(""), seconds)
    announce("touch", "*", "stored", started, ttl=-seconds, cause="clock")
    await asyncio.sleep(SETTLING_S)
    return int(changed)


async def expire(key: str) -> bool:
    """Let a key's time be over now; whether it was there. `key` is whole, or without our prefix."""
    cache = default_cache()
    prefix = cache.make_key("")
    name = key if prefix and key.startswith(prefix) else cache.make_key(key)
    # Where times to live are whole seconds, it is deleted.
    can_wait = hasattr(cache.store, "shrink")
    command: Command = ("PEXPIRE", name, 1) if can_wait else ("DEL", name)
    was_there = bool(await cache.store.aexecute(command))
    await asyncio.sleep(SETTLING_S)
    return was_there


async def empty(route: Route) -> None:
    """Drop all that is cached for this route; its leases, too."""
    cache = default_cache()
    await numbers.arenew(route.group)
    if route.is_listing or route.kept_by or not hasattr(cache.store, "clear"):
        return
    items = cache.make_key(f"{route.group}:")
    clear = sync_to_async(cache.store.clear, thread_sensitive=False)
    try:
        await clear(cache.make_key(f"lease:{{{items}"))
        await clear(items)
    except Unreachable:
        return  # what cannot be read now is outdated when the store is back: its number is new


def document(route: Route) -> dict[str, Any]:
    """The route as the workbench reads it."""
    return {
        "name": route.name,
        "reads": route.reads,
        "writes": route.writes,
        "policy": asdict(policies.current(route.name)),
        "strategies": [name for name in route.strategies if name in STRATEGIES or route.kept_by],
        "invalidations": list(route.invalidations),
        "limits": _limits(default_cache().kind),
        "counters": counters.document(route.name),
    }


def _limits(kind: str) -> list[str]:
    """What the store cannot do for the strategies, in sentences."""
    if kind == "memcached":
        return [
            "Memcached has no scripts: a fill that comes too late is there for a moment, then gone."
        ]
    if kind == "foreign":
        return ["Leases hold in this process only: the cache offers no step that cannot be split."]
    return []


def documents() -> list[dict[str, Any]]:
    """Every route as the workbench reads it."""
    return [document(route) for route in routes.ALL]


for _route in routes.ALL:
    policies.put(_route.name, _route.default)
statements.install()
