"""The Redis store: quick time-outs, one probe at a time while the server is away, then back."""

from __future__ import annotations

import asyncio
from itertools import count
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import MaxConnectionsError, RedisError, ResponseError
from redis.retry import Retry

from demo_server.caching.scripts import as_redis
from demo_server.caching.store import Unreachable

if TYPE_CHECKING:
    from demo_server.caching.store import Command

CONNECT_TIMEOUT = 0.5
ANSWER_TIMEOUT = 1.0
PAUSE_AFTER_FAILURE = 0.3
MAX_CONNECTIONS = 64


class RedisStore:
    """One server, spoken to from threads by one pool and from each event loop by one pool.

    After a failure nobody asks for `PAUSE_AFTER_FAILURE` seconds; then a single command probes
    while the others go on without the cache. A server that hangs costs one time-out, not one
    for each request.

    What should have been deleted or overwritten meanwhile is remembered, and deleted when the
    server is back, before anything is read from it. That is as many keys as things were changed:
    what is set with a time to live is a copy, whose owner deletes it when it is outdated.
    """

    kind = "redis"

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = Lock()
        self._closed_until = 0.0
        self._is_down = False
        self._lost: dict[str, int] = {}
        self._losses = count()
        self._blocking: redis.Redis | None = None
        self._of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = (
            WeakKeyDictionary()
        )

    def execute(self, command: Command) -> Any:
        """The reply to one command. Raises `Unreachable`."""
        try:
            self._knock()
            client: Any = self._client()
            for outdated in self._outdated():
                client.execute_command("DEL", *outdated)
                self._made_up_for(outdated)
            reply = client.execute_command(*as_redis(command))
        except Unreachable:
            self._lose(command)
            raise
        except (RedisError, OSError) as error:
            self._lose(command)
            raise self._failed(error) from error
        self._is_down = False
        return reply

    async def aexecute(self, command: Command) -> Any:
        """The reply to one command. Raises `Unreachable`."""
        try:
            self._knock()
        except Unreachable:
            self._lose(command)
            raise
        return await self._ask(command)

    async def is_reachable(self) -> bool:
        """Whether the server answers a PING now, whatever was believed of it before."""
        try:
            return bool(await self._ask(("PING",)))
        except Unreachable:
            return False

    async def _ask(self, command: Command) -> Any:
        try:
            client: Any = self._aclient()
            for outdated in self._outdated():
                await client.execute_command("DEL", *outdated)
                self._made_up_for(outdated)
            reply = await client.execute_command(*as_redis(command))
        except (RedisError, OSError) as error:
            self._lose(command)
            raise self._failed(error) from error
        except asyncio.CancelledError:
            self._lose(command)
            raise
        self._is_down = False
        return reply

    def clear(self, prefix: str) -> int:
        """Delete every key that starts with `prefix`; other people's keys stay."""
        self._knock()
        client = self._client()
        try:
            keys = list(client.scan_iter(match=_literal(prefix) + "*", count=1000))
            return sum(
                int(client.unlink(*keys[at : at + 1000])) for at in range(0, len(keys), 1000)
            )
        except (RedisError, OSError) as error:
            raise self._failed(error) from error

    def _lose(self, command: Command) -> None:
        """Remember the keys whose old values should be gone by now."""
        keys: Command = ()
        if command[0] == "DEL":
            keys = command[1:]
        elif command[0] == "SET" and not command[3:]:
            keys = command[1:2]
        if keys:
            with self._lock:
                self._lost |= {str(key): next(self._losses) for key in keys}

    def _outdated(self) -> list[dict[str, int]]:
        """The keys that are still to be deleted, some at a time, each with its loss."""
        if not self._lost:
            return []
        with self._lock:
            lost = list(self._lost.items())
        return [dict(lost[at : at + 1000]) for at in range(0, len(lost), 1000)]

    def _made_up_for(self, losses: dict[str, int]) -> None:
        """These are deleted; a key that was lost again since then stays remembered."""
        with self._lock:
            for key, loss in losses.items():
                if self._lost.get(key) == loss:
                    del self._lost[key]

    def _knock(self) -> None:
        """Pass when the server is believed to be up or this command is the probe."""
        if not self._is_down:
            return
        with self._lock:
            now = monotonic()
            if now < self._closed_until:
                raise Unreachable("The cache does not answer.")
            self._closed_until = now + ANSWER_TIMEOUT

    def _failed(self, error: Exception) -> Unreachable:
        is_answer = isinstance(error, ResponseError)
        if not is_answer and not isinstance(error, MaxConnectionsError):
            with self._lock:
                self._is_down = True
                self._closed_until = monotonic() + PAUSE_AFTER_FAILURE
        return Unreachable("The cache refused." if is_answer else "The cache does not answer.")

    def _client(self) -> redis.Redis:
        if self._blocking is None:
            self._blocking = redis.Redis.from_pool(
                redis.BlockingConnectionPool.from_url(
                    self._url,
                    retry=Retry(NoBackoff(), 1),
                    **_OPTIONS,
                )
            )
        return self._blocking

    def _aclient(self) -> redis.asyncio.Redis:
        loop = asyncio.get_running_loop()
        client = self._of_loop.get(loop)
        if client is None:
            client = redis.asyncio.Redis.from_pool(
                redis.asyncio.BlockingConnectionPool.from_url(
                    self._url,
                    retry=AsyncRetry(NoBackoff(), 1),
                    **_OPTIONS,
                )
            )
            self._of_loop[loop] = client
        return client


_OPTIONS: dict[str, Any] = {
    "max_connections": MAX_CONNECTIONS,
    "timeout": ANSWER_TIMEOUT,
    "socket_connect_timeout": CONNECT_TIMEOUT,
    "socket_timeout": ANSWER_TIMEOUT,
    "protocol": 2,
    "driver_info": None,
    "client_name": "demo-server",
}


def _literal(prefix: str) -> str:
    """The prefix as a SCAN pattern in which nothing is a wildcard."""
    return "".join("\\" + char if char in "*?[]\\" else char for char in prefix)
