"""The cache feed: every operation is announced here, numbered, kept for a while and told on.

It is always on. An announcement is one tuple in a ring; who wants to know reads the ring at its
own pace (`ring`), or is called with each operation (`subscribe`).
"""

from __future__ import annotations

from contextvars import ContextVar
from itertools import count
from os import urandom
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from demo_server.caching.ring import Ring

if TYPE_CHECKING:
    from collections.abc import Callable

Verb = Literal[
    "get", "add", "set", "delete", "incr", "touch", "exists", "clear", "load", "expire", "evict",
    "flush", "join",
]  # fmt: skip
Result = Literal[
    "hit", "miss", "stored", "deleted", "refused", "error", "loaded", "failed", "expired",
    "evicted", "flushed",
]  # fmt: skip

KEPT: Final = 100_000
SOURCE: Final = urandom(8).hex()
"""This life of the process: the numbers of another one have nothing to do with ours."""


class Operation(NamedTuple):
    """One finished cache operation; times are `perf_counter_ns`, size in bytes, ttl in seconds.

    `load_ns` is what loading from the source took; `cause` says why it went as it went.
    """

    sequence: int
    ended_ns: int
    op: Verb
    key: str
    result: Result
    strategy: str | None
    started_ns: int
    size: int | None
    ttl: float | None
    load_ns: int | None
    cause: str | None
    trace_id: str | None
    route: str | None


if TYPE_CHECKING:
    Judge = Callable[[Any], str | None]
    """Tells from the value that was found why it is a hit of a special kind, such as "stale"."""
    Told = tuple[str | None, str | None, str | Judge | None]

# Rows are plain tuples with the members of `Operation`: the garbage collector lets those be.
ring: Final[Ring[tuple[Any, ...]]] = Ring(KEPT)
_numbers: Final = count(1)
_listeners: tuple[Callable[[Operation], None], ...] = ()
_told: ContextVar[Told] = ContextVar("cache_told", default=(None, None, None))
_new: Final = tuple.__new__
_rows: Final = ring.rows


_trace_id: Callable[[], str | None] | None = None


def subscribe(listener: Callable[[Operation], None]) -> Callable[[], None]:
    """Call `listener` with every operation from now on; the returned function ends that.

    Listeners run in the thread of the operation, right after it, and must be quick.
    """
    global _listeners
    _listeners = (*_listeners, listener)

    def unsubscribe() -> None:
        global _listeners
        _listeners = tuple(each for each in _listeners if each is not listener)

    return unsubscribe


def trace_by(trace_id: Callable[[], str | None] | None) -> None:
    """Ask this for the id of the request that the running code is part of."""
    global _trace_id
    _trace_id = trace_id


def announce(
    op: Verb,
    key: str,
    result: Result,
    started_ns: int,
    *,
    size: int | None = None,
    ttl: float | None = None,
    load_ns: int | None = None,
    cause: str | None = None,
    value: Any = None,
) -> None:
    """Tell of an operation that has just ended; `key` is the whole key as the store has it.

    Without a `cause` the context's is taken (see `told`), which may judge by the `value`.
    """
    ended_ns = perf_counter_ns()
    strategy, route, known = _told.get()
    if cause is None and known is not None:
        cause = known if isinstance(known, str) else known(value)
    number = next(_numbers)
    row = (
        number, ended_ns, op, key, result, strategy, started_ns, size, ttl, load_ns, cause,
        _trace_id and _trace_id(), route,
    )  # fmt: skip
    _rows[number % KEPT] = row
    ring.last = number
    if ring.sleepers:
        ring.wake()
    if listeners := _listeners:
        operation = _new(Operation, row)
        for listener in listeners:
            listener(operation)


def tell(op: Verb, key: str, result: Result) -> None:
    """Tell of something that happened by itself, as part of no request."""
    now_ns = perf_counter_ns()
    operation = Operation(
        next(_numbers), now_ns, op, key, result, None, now_ns, None, None, None, None, None, None
    )
    ring.put(tuple(operation))
    for listener in _listeners:
        listener(operation)


class told:  # noqa: N801 - used as a statement: `with told(strategy="aside"):`
    """What the operations inside are parts of; what is not given stays as it was outside.

    A `cause` that is a function is asked, at each hit, with the value that was found.
    """

    __slots__ = ("_cause", "_route", "_strategy", "_token")

    def __init__(
        self,
        *,
        strategy: str | None = None,
        route: str | None = None,
        cause: str | Judge | None = None,
    ) -> None:
        self._strategy = strategy
        self._route = route
        self._cause = cause

    def __enter__(self) -> None:
        strategy, route, cause = _told.get()
        self._token = _told.set(
            (self._strategy or strategy, self._route or route, self._cause or cause)
        )

    def __exit__(self, *_: object) -> None:
        _told.reset(self._token)


def strategy(name: str) -> told:
    """Announce the operations inside as parts of this caching strategy."""
    return told(strategy=name)
