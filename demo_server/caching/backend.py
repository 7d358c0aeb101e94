"""The Django cache backend of the shop: natively async, and every operation is announced.

`RedisCache`, `MemcachedCache` and `LocalCache` are one backend over three stores. Each operation is
written once, as a generator that yields the commands it needs; `_run` drives it in a thread,
`_arun` on the loop. When the store does not answer, the cache degrades: a get is a miss, a set is
dropped, both are announced as errors, and no request fails for it.
"""

from __future__ import annotations

from functools import cache
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache

from demo_server.caching.expirations import Expirations
from demo_server.caching.feed import Result, announce
from demo_server.caching.local import LocalStore
from demo_server.caching.remote import RedisStore
from demo_server.caching.store import Facts, Unreachable
from demo_server.caching.values import decode, encode

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from demo_server.caching.store import Command, Store

T = TypeVar("T")
Steps: TypeAlias = "Generator[Command, Any, T]"


def readable_key(key: str, prefix: str, version: int) -> str:
    """`prefix:key`, and the version only when it is not the first: as short as it can be."""
    name = f"{prefix}:{key}" if prefix else str(key)
    return name if version == 1 else f"{name}:v{version}"


class ObservedCache(BaseCache):
    """A Django cache on a `Store`, in which a stored None or False is a hit."""

    store: Store

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__({"KEY_FUNCTION": readable_key, **params})

    @property
    def kind(self) -> str:
        """Which store: `redis`, `memcached` or `local`."""
        return self.store.kind

    async def is_reachable(self) -> bool:
        """Whether the store answers a PING now."""
        return await self.store.is_reachable()

    async def describe(self) -> dict[str, Any]:
        """The store for the workbench; what it does not say now, is None."""
        try:
            facts = await self.store.facts()
        except Unreachable:
            facts = Facts(tells_expiry=False, fsync=None)
        return {"kind": self.kind, "prefix": self.key_prefix, **facts._asdict()}

    def settle(self) -> float | None:
        """Let go of what has expired; seconds until there may be more, None: it needs no call."""
        return self.store.settle()

    def validate_key(self, key: str) -> None:
        """Any text is a key here; the rules of memcached do not apply."""

    # The operations, each once.

    def _get(self, key: str, default: Any, version: int | None) -> Steps[Any]:
        name, started = self.make_key(key, version), perf_counter_ns()
        try:
            stored = yield ("GET", name)
        except Unreachable:
            announce("get", name, "error", started)
            return default
        if stored is None:
            announce("get", name, "miss", started)
            return default
        value = decode(stored)
        announce("get", name, "hit", started, size=len(stored), value=value)
        return value

    def _get_many(self, keys: Iterable[str], version: int | None) -> Steps[dict[str, Any]]:
        names = {key: self.make_key(key, version) for key in keys}
        if not names:
            return {}
        started = perf_counter_ns()
        try:
            found = yield ("MGET", *names.values())
        except Unreachable:
            for name in names.values():
                announce("get", name, "error", started, cause="many")
            return {}
        values = {}
        for (key, name), stored in zip(names.items(), found, strict=True):
            if stored is None:
                announce("get", name, "miss", started, cause="many")
            else:
                announce("get", name, "hit", started, size=len(stored), cause="many")
                values[key] = decode(stored)
        return values

    def _set(self, key: str, value: Any, timeout: Any, version: int | None) -> Steps[bool]:
        name, ttl = self.make_key(key, version), self._seconds(timeout)
        started, stored = perf_counter_ns(), encode(value)
        try:
            if ttl is not None and ttl <= 0:
                yield ("DEL", name)
            else:
                yield ("SET", name, stored, *_px(ttl))
        except Unreachable:
            announce("set", name, "error", started, size=len(stored), ttl=ttl)
            return False
        announce("set", name, "stored", started, size=len(stored), ttl=ttl)
        return True

    def _add(self, key: str, value: Any, timeout: Any, version: int | None) -> Steps[bool]:
        name, ttl = self.make_key(key, version), self._seconds(timeout)
        started, stored = perf_counter_ns(), encode(value)
        try:
            if ttl is not None and ttl <= 0:
                is_added = not (yield ("EXISTS", name))
            else:
                is_added = bool((yield ("SET", name, stored, *_px(ttl), "NX")))
        except Unreachable:
            announce("add", name, "error", started, size=len(stored), ttl=ttl)
            return False
        result: Result = "stored" if is_added else "refused"
        announce("add", name, result, started, size=len(stored), ttl=ttl)
        return is_added

    def _touch(self, key: str, timeout: Any, version: int | None) -> Steps[bool]:
        name, ttl, started = (
            self.make_key(key, version),
            self._seconds(timeout),
            perf_counter_ns(),
        )
        try:
            if ttl is None:
                yield ("PERSIST", name)
                is_there = bool((yield ("EXISTS", name)))
            elif ttl <= 0:
                is_there = bool((yield ("DEL", name)))
            else:
                is_there = bool((yield ("PEXPIRE", name, int(ttl * 1000))))
        except Unreachable:
            announce("touch", name, "error", started, ttl=ttl)
            return False
        announce("touch", name, "hit" if is_there else "miss", started, ttl=ttl)
        return is_there

    def _delete(self, key: str, version: int | None) -> Steps[bool]:
        name, started = self.make_key(key, version), perf_counter_ns()
        try:
            is_deleted = bool((yield ("DEL", name)))
        except Unreachable:
            announce("delete", name, "error", started)
            return False
        announce("delete", name, "deleted" if is_deleted else "miss", started)
        return is_deleted

    def _has_key(self, key: str, version: int | None) -> Steps[bool]:
        name, started = self.make_key(key, version), perf_counter_ns()
        try:
            is_there = bool((yield ("EXISTS", name)))
        except Unreachable:
            announce("exists", name, "error", started)
            return False
        announce("exists", name, "hit" if is_there else "miss", started)
        return is_there

    def _incr(self, key: str, delta: int, version: int | None) -> Steps[int]:
        """Raises ValueError when the key is missing, or cannot be known for now."""
        name, started = self.make_key(key, version), perf_counter_ns()
        try:
            number = (yield ("INCRBY", name, delta)) if (yield ("EXISTS", name)) else None
        except Unreachable:
            announce("incr", name, "error", started)
            raise ValueError(f"Key {key!r} cannot be counted: the cache is away") from None
        if number is None:
            announce("incr", name, "miss", started)
            raise ValueError(f"Key {key!r} not found")
        announce("incr", name, "stored", started)
        return int(number)

    # The public methods, in threads and on the loop.

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._run(self._get(key, default, version))

    async def aget(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return await self._arun(self._get(key, default, version))

    def get_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        return self._run(self._get_many(keys, version))

    async def aget_many(self, keys: Iterable[str], version: int | None = None) -> dict[str, Any]:
        return await self._arun(self._get_many(keys, version))

    def set(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        self._run(self._set(key, value, timeout, version))

    async def aset(
        self,
        key: str,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - Django's own signature
        version: int | None = None,
    ) -> None:
        await self._arun(self._set(key, value, timeout, version))

    def add(
        self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return self._run(self._add(key, value, timeout, version))

    async def aadd(
        self,
        key: str,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - Django's own signature
        version: int | None = None,
    ) -> bool:
        return await self._arun(self._add(key, value, timeout, version))

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._run(self._touch(key, timeout, version))

    async def atouch(
        self,
        key: str,
        timeout: Any = DEFAULT_TIMEOUT,  # noqa: ASYNC109 - Django's own signature
        version: int | None = None,
    ) -> bool:
        return await self._arun(self._touch(key, timeout, version))

    def delete(self, key: str, version: int | None = None) -> bool:
        return self._run(self._delete(key, version))

    async def adelete(self, key: str, version: int | None = None) -> bool:
        return await self._arun(self._delete(key, version))

    def has_key(self, key: str, version: int | None = None) -> bool:
        return self._run(self._has_key(key, version))

    async def ahas_key(self, key: str, version: int | None = None) -> bool:
        return await self._arun(self._has_key(key, version))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return self._run(self._incr(key, delta, version))

    async def aincr(self, key: str, delta: int = 1, version: int | None = None) -> int:
        return await self._arun(self._incr(key, delta, version))

    def clear(self) -> bool:  # type: ignore[override]  # Django's own backends answer too
        """Delete the keys under this cache's prefix; everybody else's stay.

        Raises ValueError on a shared server without a prefix: whose keys are ours is unknown.
        """
        if self.kind != "local" and not self.key_prefix:
            raise ValueError("Set KEY_PREFIX: clear() would delete the keys of others too.")
        started = perf_counter_ns()
        try:
            self.store.clear(f"{self.key_prefix}:" if self.key_prefix else "")
        except Unreachable:
            announce("clear", "*", "error", started)
            return False
        announce("clear", "*", "deleted", started)
        return True

    def _seconds(self, timeout: Any) -> float | None:
        """The time to live in seconds, None for ever."""
        if timeout is DEFAULT_TIMEOUT:
            timeout = self.default_timeout
        return None if timeout is None else float(timeout)

    def _run(self, steps: Steps[T]) -> T:
        execute = self.store.execute
        try:
            command = next(steps)
            while True:
                try:
                    reply = execute(command)
                except Unreachable as error:
                    command = steps.throw(error)
                else:
                    command = steps.send(reply)
        except StopIteration as done:
            return cast("T", done.value)

    async def _arun(self, steps: Steps[T]) -> T:
        execute = self.store.aexecute
        try:
            command = next(steps)
            while True:
                try:
                    reply = await execute(command)
                except Unreachable as error:
                    command = steps.throw(error)
                else:
                    command = steps.send(reply)
        except StopIteration as done:
            return cast("T", done.value)


class RedisCache(ObservedCache):
    """On a Redis or Valkey server: `LOCATION` is its URL."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.store: RedisStore = _shared_redis(location)

    async def follow(self) -> None:
        """Tell in the feed what the server lets expire and evicts, until cancelled."""
        await Expirations(self.store, self.key_prefix).follow()


class MemcachedCache(ObservedCache):
    """On a Memcached server: `LOCATION` is `memcached://host:port`."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.store = _shared_memcached(location)


class LocalCache(ObservedCache):
    """In this process: `LOCATION` names the store, `OPTIONS["MAX_ENTRIES"]` bounds it."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.store = _shared_local(location, self._max_entries or 10_000)


# Django makes a cache object for each request; connections and contents must outlive it.


@cache
def _shared_redis(url: str) -> RedisStore:
    return RedisStore(url)


@cache
def _shared_memcached(url: str) -> Store:
    from demo_server.caching import memcached  # pymemcache is an extra

    return memcached.from_url(url)


@cache
def _shared_local(name: str, capacity: int) -> LocalStore:  # noqa: ARG001 - the name is the key
    return LocalStore(capacity)


def _px(ttl: float | None) -> tuple[str | int, ...]:
    return () if ttl is None else ("PX", max(1, int(ttl * 1000)))
