"""The write-back log on Redis or Valkey, for the loop and for threads.

An answer that does not come leaves open whether the server has acted. Appending is therefore
repeated with the same operation id, which the log knows again; all other steps may be repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any, Final, Literal, cast
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.db import OperationalError
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.retry import Retry

from demo_server.caching.write_back import scripts
from demo_server.caching.write_back.entry import Entry, Pending, entry_of, pending_of

if TYPE_CHECKING:
    from demo_server.caching.write_back.entry import Change

ANSWER_TIMEOUT: Final = 1.0
PAUSES: Final = (0.0, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds before each attempt."""
PATIENCE: Final = 3.0
"""Seconds after which nothing is tried again."""
OPERATIONS_KEPT_MS: Final = 3_600_000
OPERATIONS_KEPT: Final = 100_000

Appended = Literal["appended", "repeated", "reused", "changed", "closed", "lost"]


class LogAway(OperationalError):  # noqa: N818 - a state of the log, as its reader meets it
    """The log does not answer, or refuses; the text says which.

    To who reads and writes the shop it is what a database that is away is.
    """


class LogLost(LogAway):
    """The log that this database takes its writes from is not there any more."""


@dataclass(frozen=True, slots=True)
class Told:
    """The state of the log; `first_pending` is the oldest id that is not applied, or empty."""

    state: str
    last_id: str
    length: int
    pending: int
    first_pending: str
    dirty_count: int
    dirty: tuple[tuple[str, Pending], ...]


class Log:
    """One log, `name` in braces, at a Redis URL; connections are shared and made when needed."""

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name

    # What the loop asks.

    async def append(
        self,
        key: str,
        operation: str,
        fingerprint: str,
        change: Change,
        *,
        guard: str = "*",
        floor: str,
    ) -> tuple[Appended, str]:
        """Put a change into the log, once for each operation id; what came of it, and its id.

        `guard` is the id of the key's last pending entry that the change was decided upon ("" for
        none, * for any); `floor` the mark of the database. Raises `LogAway`.
        """
        head = (key, operation, fingerprint, change.at, guard, floor)
        kept = (OPERATIONS_KEPT_MS, OPERATIONS_KEPT)
        said = await self._arun(scripts.APPEND, (*head, *kept, *change.flat()))
        return cast("Appended", said[0]), said[1] if len(said) > 1 else ""

    async def pending(self, mark: str, keys: Sequence[str]) -> list[Pending] | None:
        """What is pending of each key beyond the rows that were read with `mark`.

        None when the rows are older than what the log still has: read them again.
        Raises `LogAway`.
        """
        said = await self._arun(scripts.PENDING, (mark, *keys))
        if said[0] == "lost":
            raise LogLost("The log of deferred writes has vanished from the cache.")
        if said[0] == "again":
            return None
        return [pending_of(_mapping(each)) for each in said[1:]]

    async def knows(self, operation: str) -> bool:
        """Whether this operation was appended of late. Raises `LogAway`."""
        return bool(await self.command("HEXISTS", f"{self.name}:ops", operation))

    async def tell(self, mark: str, most: int = 100) -> Told:
        """The state of the log. Raises `LogAway`."""
        said = await self._arun(scripts.STATE, (mark, most))
        if said[0] == "lost":
            raise LogLost("The log of deferred writes has vanished from the cache.")
        dirty = tuple((key, pending_of(_mapping(flat))) for key, flat in said[6])
        return Told(said[0], said[1], said[2], said[3], said[4], said[5], dirty)

    async def newest(self, key: str) -> tuple[str, bool]:
        """The id of the key's newest entry ever ("" for none), and whether it is pending.

        Raises `LogAway`.
        """
        said = await self._arun(scripts.NEWEST, (key,))
        if not said:
            raise LogLost("The log of deferred writes has vanished from the cache.")
        return said[0], bool(said[1])

    async def command(self, *words: str | int) -> Any:
        """The reply to a plain command. Raises `LogAway`."""
        try:
            client: Any = _async_client(self.url)
            return await client.execute_command(*words)
        except (RedisError, OSError) as error:
            raise _away(error) from error

    # What the flusher asks, in a thread or a process of its own.

    def open(self, mark: str, *, may_begin: bool = False, lets_in: bool = False) -> None:
        """Make sure that it is there and that ids go on after `mark`; `lets_in`: open it.

        Raises `LogLost` when it is not there and must not begin now.
        """
        if self._run(scripts.OPEN, (mark, int(may_begin), int(lets_in))) != "open":
            raise LogLost("The log of deferred writes has vanished from the cache.")

    def close(self) -> str:
        """Let no more entries in, if none is pending: `closed`, `pending` or `lost`."""
        return str(self._run(scripts.CLOSE, ()))

    def read(self, limit: int) -> list[Entry]:
        """The oldest entries that are not released. Raises `LogAway`."""
        found = self._try(lambda: _client(self.url).xrange(f"{self.name}:log", count=limit))
        return [entry_of(identity, fields) for identity, fields in found]

    def release(self, mark: str) -> int:
        """Take out what is applied; how many entries that were. Raises `LogAway`."""
        return int(self._run(scripts.RELEASE, (mark,)))

    def wait(self, after: str) -> bool:
        """Block until there is an entry after this id; False when the log is not there."""
        with redis.Redis.from_url(self.url, **{**_OPTIONS, "socket_timeout": None}) as client:
            try:
                if not client.exists(f"{self.name}:log"):
                    return False
                client.xread({f"{self.name}:log": after}, count=1, block=0)
            except (RedisError, OSError) as error:
                raise _away(error) from error
        return True

    def take_lease(self, owner: str, milliseconds: int) -> bool:
        """Be the one flusher for so long; False when another one is."""
        key = f"{self.name}:flusher"

        def take() -> bool:
            client = _client(self.url)
            if client.set(key, owner, nx=True, px=milliseconds):
                return True
            return client.get(key) == owner and bool(client.pexpire(key, milliseconds))

        return bool(self._try(take))

    def give_lease(self, owner: str) -> None:
        """Be it no longer."""
        key = f"{self.name}:flusher"
        client = _client(self.url)
        if self._try(lambda: client.get(key)) == owner:
            self._try(lambda: client.delete(key))

    def _run(self, script: str, arguments: tuple[str | int, ...]) -> Any:
        return self._try(lambda: _client(self.url).register_script(script)([self.name], arguments))

    def _try(self, ask: Any) -> Any:
        ends = monotonic() + PATIENCE
        for pause in PAUSES:
            sleep(pause)
            try:
                return ask()
            except (RedisError, OSError) as error:
                if pause == PAUSES[-1] or monotonic() > ends or not _may_pass(error):
                    raise _away(error) from error
        raise AssertionError("unreachable")

    async def _arun(self, script: str, arguments: tuple[str | int, ...]) -> Any:
        run = _async_client(self.url).register_script(script)
        ends = monotonic() + PATIENCE
        for pause in PAUSES:
            if pause:
                await asyncio.sleep(pause)
            try:
                return await run([self.name], arguments)
            except (RedisError, OSError) as error:
                if pause == PAUSES[-1] or monotonic() > ends or not _may_pass(error):
                    raise _away(error) from error
        raise AssertionError("unreachable")


_OPTIONS: Final[dict[str, Any]] = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": ANSWER_TIMEOUT,
    "protocol": 2,
    "decode_responses": True,
    "client_name": "demo-server-write-back",
}
_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, redis.asyncio.Redis]] = (
    WeakKeyDictionary()
)


@lru_cache(maxsize=8)
def _client(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **_OPTIONS)


def _async_client(url: str) -> redis.asyncio.Redis:
    clients = _of_loop.setdefault(asyncio.get_running_loop(), {})
    if url not in clients:
        clients[url] = redis.asyncio.Redis.from_pool(
            redis.asyncio.BlockingConnectionPool.from_url(
                url,
                max_connections=32,
                timeout=ANSWER_TIMEOUT,
                retry=AsyncRetry(NoBackoff(), 0),
                **_OPTIONS,
            )
        )
    return clients[url]


def _may_pass(error: Exception) -> bool:
    """Whether the same may succeed in a moment."""
    return isinstance(error, BusyLoadingError) or not isinstance(error, ResponseError)


def _away(error: Exception) -> LogAway:
    if isinstance(error, OutOfMemoryError):
        return LogAway("The cache's memory is full, so the log takes no more writes.")
    if isinstance(error, ReadOnlyError):
        return LogAway("The cache is a read-only replica; the log is on its primary.")
    if isinstance(error, BusyLoadingError):
        return LogAway("The cache is still loading its file.")
    if isinstance(error, ResponseError):
        return LogAway(f"The cache refuses a step of the log: {str(error)[:200]}")
    return LogAway("The cache that keeps the newest values does not answer.")


def _mapping(flat: list[str]) -> dict[str, str]:
    return dict(zip(flat[::2], flat[1::2], strict=True))
