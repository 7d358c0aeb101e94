"""The cache feed: every cache operation is announced here, to whoever subscribed."""

from __future__ import annotations

from contextvars import ContextVar
from time import perf_counter_ns
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

Verb = Literal[
    "get", "set", "add", "delete", "incr", "touch", "exists", "clear", "join", "get_many"
]
Result = Literal["hit", "miss", "stored", "deleted", "refused", "error"]


class Operation(NamedTuple):
    """One finished cache operation; times are `perf_counter_ns`, size in bytes, ttl in seconds."""

    op: Verb
    key: str
    result: Result
    strategy: str | None
    started_ns: int
    ended_ns: int
    size: int | None
    ttl: float | None


_listeners: list[Callable[[Operation], None]] = []
_strategy: ContextVar[str | None] = ContextVar("cache_strategy", default=None)


def subscribe(listener: Callable[[Operation], None]) -> Callable[[], None]:
    """Call `listener` with every operation from now on; the returned function ends that.

    Listeners run in the thread of the operation, right after it, and must be quick.
    """
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def announce(
    op: Verb,
    key: str,
    result: Result,
    started_ns: int,
    *,
    size: int | None = None,
    ttl: float | None = None,
) -> None:
    """Tell the listeners of an operation that has just ended."""
    if not _listeners:
        return
    operation = Operation(
        op, key, result, _strategy.get(), started_ns, perf_counter_ns(), size, ttl
    )
    for listener in tuple(_listeners):
        listener(operation)


class strategy:  # noqa: N801 - used as a statement: `with strategy("aside"):`
    """Announce the operations inside as parts of this caching strategy."""

    __slots__ = ("_name", "_token")

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        self._token = _strategy.set(self._name)

    def __exit__(self, *_: object) -> None:
        _strategy.reset(self._token)
