"""Somebody else's cache backend, such as Django's own, behind the shop's strategies and feed.

It is asked through Django's cache API, in threads, so that any backend in CACHES will do. What
needs several steps is guarded in this process only, and nothing is told of what expires.
"""

from __future__ import annotations

import asyncio
from threading import RLock
from time import time
from typing import TYPE_CHECKING, Any

from django.core.cache import caches

from demo_server.caching.backend import ObservedCache
from demo_server.caching.store import Facts, Unreachable
from demo_server.caching.values import version_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo_server.caching.store import Command

ALIAS = "default"
_ASKED_FOR = "demo-server:is-reachable"


class ForeignStore:
    """`caches["default"]`; values lie there as pairs of the bytes and when their time is over."""

    kind = "foreign"

    def __init__(self) -> None:
        self._lock = RLock()
        self._commands: dict[str, Callable[..., Any]] = {
            "GET": self._get,
            "MGET": lambda *keys: [self._get(key) for key in keys],
            "SET": self._set,
            "DEL": lambda *keys: sum(caches[ALIAS].delete(key) for key in keys),
            "EXISTS": lambda key: int(self._get(key) is not None),
            "INCRBY": self._incrby,
            "PEXPIRE": lambda key, ms: self._again(key, time() + ms / 1000),
            "PERSIST": lambda key: self._again(key, None),
            "TAKE": self._take,
            "FILL": self._fill,
            "PUT": self._put,
            "NEWER": self._newer,
            "RELEASE": self._release,
        }

    def execute(self, command: Command) -> Any:
        """The reply to one command, as Redis would give it. Raises `Unreachable`."""
        name, *arguments = command
        answer = self._commands[str(name)]
        try:
            if name in {"GET", "MGET", "EXISTS"}:
                return answer(*arguments)
            with self._lock:
                return answer(*arguments)
        except Exception as error:  # each backend has exceptions of its own
            raise Unreachable(f"The cache refused: {type(error).__name__}.") from error

    async def aexecute(self, command: Command) -> Any:
        """The same, in a thread. Raises `Unreachable`."""
        return await asyncio.to_thread(self.execute, command)

    async def is_reachable(self) -> bool:
        """Whether it can be asked for anything."""
        try:
            await self.aexecute(("GET", _ASKED_FOR))
        except Unreachable:
            return False
        return True

    async def facts(self) -> Facts:
        """Nothing is known of it."""
        return Facts(tells_expiry=False, fsync=None)

    def settle(self) -> float | None:
        """It lets go by itself."""
        return None

    def clear(self, prefix: str) -> int:
        """Nothing: its keys cannot be listed, and to empty it would take what others keep there."""
        del prefix
        raise Unreachable("This cache cannot list its keys.")

    def _found(self, key: str) -> tuple[bytes | None, float | None]:
        """The bytes and when their time is over (Unix seconds); two times None without them."""
        found = caches[ALIAS].get(key)
        if not isinstance(found, tuple) or len(found) != 2 or not isinstance(found[0], bytes):
            return None, None
        value, ends = found
        return (None, None) if ends is not None and ends <= time() else (value, ends)

    def _get(self, key: str) -> bytes | None:
        return self._found(key)[0]

    def _keep(self, key: str, value: bytes, ends: float | None) -> None:
        caches[ALIAS].set(key, (value, ends), None if ends is None else max(0.001, ends - time()))

    def _set(self, key: str, value: bytes, *options: str | int) -> bool | None:
        if "NX" in options and self._get(key) is not None:
            return None
        milliseconds = int(options[options.index("PX") + 1]) if "PX" in options else 0
        self._store(key, value, milliseconds)
        return True

    def _store(self, key: str, value: bytes, milliseconds: int) -> int:
        self._keep(key, value, time() + milliseconds / 1000 if milliseconds else None)
        return 1

    def _incrby(self, key: str, delta: int) -> int:
        value, ends = self._found(key)
        number = int(value or 0) + delta
        self._keep(key, b"%d" % number, ends)
        return number

    def _again(self, key: str, ends: float | None) -> bool:
        value = self._get(key)
        if value is not None:
            self._keep(key, value, ends)
        return value is not None

    # What scripts.py says of these five.

    def _take(self, key: str, lease: str, token: str, milliseconds: int) -> bytes | int:
        value = self._get(key)
        if value is not None:
            return value
        return int(bool(self._set(lease, token.encode(), "PX", milliseconds, "NX")))

    def _fill(self, key: str, lease: str, token: str, value: bytes, milliseconds: int) -> int:
        return self._release(lease, token) and self._store(key, value, milliseconds)

    def _put(
        self, key: str, lease: str, token: str, value: bytes, milliseconds: int, version: int
    ) -> int:
        there = version_of(self._get(key))
        is_held = self._release(lease, token)
        if there is not None and there > version:
            return 0
        if is_held or there:
            return self._store(key, value, milliseconds)
        caches[ALIAS].delete_many([key, lease])
        return 0

    def _newer(self, key: str, value: bytes, milliseconds: int, version: int) -> int:
        there = version_of(self._get(key))
        if there is not None and there > version:
            return 0
        return self._store(key, value, milliseconds)

    def _release(self, lease: str, token: str) -> int:
        is_ours = self._get(lease) == token.encode()
        return int(is_ours and caches[ALIAS].delete(lease))


class ForeignCache(ObservedCache):
    """`caches["default"]` when it is none of ours; keys are named as Django names them there."""

    store = ForeignStore()

    def __init__(self) -> None:
        super().__init__({"TIMEOUT": caches[ALIAS].default_timeout})


_foreign: ForeignCache | None = None


def default_cache() -> ObservedCache:
    """The shop's cache as its strategies need it."""
    global _foreign
    found = caches[ALIAS]
    if isinstance(found, ObservedCache):
        return found
    if _foreign is None:
        _foreign = ForeignCache()
    return _foreign
