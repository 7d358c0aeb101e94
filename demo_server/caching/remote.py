"""The Redis store: quick time-outs, one probe at a time while the server is away, then back."""

from __future__ import annotations

import asyncio
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
    """

    kind = "redis"

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = Lock()
        self._closed_until = 0.0
        self._is_down = False
        self._blocking: redis.Redis | None = None
        self._of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = (
            WeakKeyDictionary()
        )

    def execute(self, command: Command) -> Any:
        """The reply to one command. Raises `Unreachable`."""
        self._knock()
        try:
            client: Any = self._client()
            reply = client.execute_command(*command)
        except (RedisError, OSError) as error:
            raise self._failed(error) from error
        self._is_down = False
        return reply

    async def aexecute(self, command: Command) -> Any:
        """The reply to one command. Raises `Unreachable`."""
        self._knock()
        try:
            client: Any = self._aclient()
            reply = await client.execute_command(*command)
        except (RedisError, OSError) as error:
            raise self._failed(error) from error
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
