"""One cache operation as it is told: by the shop's own feed, or inferred from a foreign server."""

from __future__ import annotations

from typing import Literal, NamedTuple

Op = Literal[
    "get",
    "add",
    "set",
    "delete",
    "incr",
    "touch",
    "exists",
    "clear",
    "load",
    "expire",
    "evict",
    "flush",
]
Result = Literal[
    "hit",
    "miss",
    "stored",
    "deleted",
    "refused",
    "error",
    "expired",
    "evicted",
    "loaded",
    "failed",
    "flushed",
]


class Row(NamedTuple):
    """One operation, in the order and units of the wire; every text is clean.

    `at_ms` is Unix time in ms, `us` the operation's own µs, `load_us` what a load took, `size` in
    bytes, `ttl_s` in seconds. `cause` says why: joined, stale, negative, early, lease, refresh,
    pending, many. None is: not known or not applicable.
    """

    sequence: int
    at_ms: float
    op: str
    key: str
    result: str
    strategy: str | None = None
    us: float | None = None
    size: int | None = None
    ttl_s: float | None = None
    load_us: float | None = None
    cause: str | None = None
    trace_id: str | None = None
    route: str | None = None
