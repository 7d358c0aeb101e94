"""The shop's cached routes as values: how each is cached, and what its cache has done."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean_line

PROTECTIONS: Final = ("none", "flight", "lease", "early")
INVALIDATIONS: Final = ("delete", "tag", "version")


@dataclass(frozen=True, slots=True)
class Policy:
    """How a route is cached. Times in seconds; `jitter` and `refresh_at` are shares of the TTL."""

    strategy: str = "none"
    ttl_s: float = 60.0
    jitter: float = 0.0
    protection: str = "none"
    beta: float = 1.0
    negative_ttl_s: float = 0.0
    refresh_at: float = 0.8
    invalidation: str = "delete"


@dataclass(frozen=True, slots=True)
class Counters:
    """What a route's cache has done since its counters were zeroed; `load_us` in µs."""

    requests: int = 0
    hits: int = 0
    misses: int = 0
    loads: int = 0
    statements: int = 0
    joined: int = 0
    lease_waits: int = 0
    stale_reads: int = 0
    refused_fills: int = 0
    early: int = 0
    negative_hits: int = 0
    load_failures: int = 0
    load_us: int = 0

    def since(self, before: Counters) -> Counters:
        """What happened between the two; a smaller number was zeroed meanwhile and counts whole."""
        changes = {}
        for field in fields(self):
            now, then = getattr(self, field.name), getattr(before, field.name)
            changes[field.name] = now - then if now >= then else now
        return Counters(**changes)

    @property
    def ratio(self) -> float | None:
        """Hits of requests; None when there were none."""
        return self.hits / self.requests if self.requests else None


@dataclass(frozen=True, slots=True)
class Route:
    """One kind of answer: what reads and writes it, its policy, and what it could have instead."""

    name: str
    reads: str = ""
    writes: str = ""
    policy: Policy = Policy()
    strategies: tuple[str, ...] = ()
    invalidations: tuple[str, ...] = INVALIDATIONS
    counters: Counters = Counters()

    @property
    def is_lab(self) -> bool:
        """True for a route that is there to be played with."""
        return self.name.startswith("lab-")


@dataclass(frozen=True, slots=True)
class Lab:
    """All routes, those to play with first, in the server's life named by `source`."""

    source: str = ""
    kind: str = ""
    fsync: str | None = None
    clock_offset_s: float = 0.0
    routes: tuple[Route, ...] = ()

    def route(self, name: str) -> Route | None:
        """The route of that name."""
        return next((each for each in self.routes if each.name == name), None)

    def with_route(self, route: Route) -> Lab:
        """The lab with that route as it is now."""
        routes = tuple(route if each.name == route.name else each for each in self.routes)
        return Lab(self.source, self.kind, self.fsync, self.clock_offset_s, routes)


def read_lab(document: Any) -> Lab:
    """The lab from `GET /_cache`. Raises `BackendError` for anything else."""
    try:
        store = document.get("store") or {}
        fsync = store.get("fsync")
        routes = [read_route(each) for each in document["routes"]]
        return Lab(
            clean_line(str(document["source"])),
            clean_line(str(store.get("kind", ""))),
            None if fsync is None else clean_line(str(fsync)),
            float((document.get("clock") or {}).get("offset_s", 0.0)),
            tuple(sorted(routes, key=lambda route: not route.is_lab)),
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise _unreadable("how its routes are cached") from wrong


def read_route(document: Any) -> Route:
    """One route as the shop tells it. Raises `BackendError` for anything else."""
    try:
        policy, counters = document["policy"], document["counters"]
        return Route(
            clean_line(str(document["name"])),
            clean_line(str(document.get("reads", ""))),
            clean_line(str(document.get("writes", ""))),
            _policy(policy),
            tuple(clean_line(str(each)) for each in document.get("strategies", ())),
            tuple(clean_line(str(e)) for e in document.get("invalidations", INVALIDATIONS)),
            Counters(
                **{
                    field.name: int(counters[field.name])
                    for field in fields(Counters)
                    if field.name in counters
                }
            ),
        )
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as wrong:
        raise _unreadable("how a route is cached") from wrong


def _policy(told: Any) -> Policy:
    members: dict[str, Any] = {
        field.name: clean_line(str(told[field.name]))
        if isinstance(field.default, str)
        else float(told[field.name])
        for field in fields(Policy)
        if field.name in told
    }
    return Policy(**members)


def route_document(route: Route) -> dict[str, Any]:
    """The route with stable keys; `hit_ratio` is null when nothing was asked."""
    return {
        "name": route.name,
        "reads": route.reads,
        "writes": route.writes,
        "policy": asdict(route.policy),
        "strategies": list(route.strategies),
        "invalidations": list(route.invalidations),
        "counters": asdict(route.counters),
        "hit_ratio": route.counters.ratio,
    }


def _unreadable(what: str) -> BackendError:
    return BackendError(
        f"The shop did not say {what}.",
        "Its answer is not as agreed.",
        "Check that the server is the bundled shop of the same version.",
    )
