"""What each route's cache has done, counted exactly: the numbers of the strategy lab."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(slots=True)
class Counters:
    """Since the server started or the counters were last zeroed."""

    requests: int = 0
    hits: int = 0
    misses: int = 0
    negative_hits: int = 0
    """Hits on a cached absence; they are among the hits."""
    stale_reads: int = 0
    """Hits on a value that was known to be old; they are among the hits."""
    loads: int = 0
    load_failures: int = 0
    load_us: float = 0.0
    """Time spent in all loads, in microseconds."""
    joined: int = 0
    """Misses that took the value of a load already in progress in this process."""
    early: int = 0
    """Values loaded anew before their time was over (XFetch)."""
    lease_waits: int = 0
    """Misses that waited because somebody else held the lease."""
    refused_fills: int = 0
    """Values not stored: something newer had happened since they were read from the source."""
    statements: int = 0
    """SQL statements of all loads."""


_of_route: dict[str, Counters] = {}


def of(route: str) -> Counters:
    """The counters of a route; they stay the same object when they are zeroed."""
    found = _of_route.get(route)
    if found is None:
        found = _of_route[route] = Counters()
    return found


def zero() -> None:
    """Count from nothing again, all routes."""
    for counters in _of_route.values():
        counters.__init__()  # type: ignore[misc]


def document(route: str) -> dict[str, float]:
    """The counters of a route by name."""
    return asdict(of(route))
