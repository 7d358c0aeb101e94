"""What the cache backend needs of a store: a handful of Redis commands, with or without waiting."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

Command = tuple[str | bytes | int, ...]


class Unreachable(Exception):  # noqa: N818 - a state of the store, as the reader meets it
    """The store did not answer in time, refused the connection or refused the command."""


class Facts(NamedTuple):
    """What a store can be relied on for; `fsync` is when it brings a write to the disk."""

    tells_expiry: bool
    """Whether the feed hears of every key that expires or is evicted."""
    fsync: str | None
    """`always`, `everysec`, `no` (also: keeps nothing on disk), or None: it does not say."""


class Store(Protocol):
    """GET MGET SET(PX, NX) DEL EXISTS INCRBY PEXPIRE PERSIST, replies as Redis gives them;
    TAKE FILL PUT NEWER RELEASE, as scripts.py says."""

    kind: str

    def execute(self, command: Command) -> Any:
        """The reply to one command, from any thread. Raises `Unreachable`."""

    async def aexecute(self, command: Command) -> Any:
        """The reply to one command, on the running event loop. Raises `Unreachable`."""

    async def is_reachable(self) -> bool:
        """Whether the store answers now."""

    async def facts(self) -> Facts:
        """What it can be relied on for, as it is configured now. Raises `Unreachable`."""

    def settle(self) -> float | None:
        """Let go of what has expired; seconds until there may be more, None: it needs no call."""

    def clear(self, prefix: str) -> int:
        """Delete every key that starts with `prefix`; how many there were."""
