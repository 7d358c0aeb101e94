"""How the strategies announce what they do: always with their route, and with the cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo_server.caching.feed import announce, told

if TYPE_CHECKING:
    from demo_server.caching.feed import Result, Verb


def tell(
    by: str,
    route: str,
    op: Verb,
    key: str,
    result: Result,
    started_ns: int,
    *,
    size: int | None = None,
    ttl: float | None = None,
    load_ns: int | None = None,
    cause: str | None = None,
) -> None:
    """Announce an operation of the strategy `by` that has just ended."""
    with told(strategy=by, route=route or None):
        announce(op, key, result, started_ns, size=size, ttl=ttl, load_ns=load_ns, cause=cause)
