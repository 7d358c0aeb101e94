"""The Redis store: quick time-outs, one probe at a time while the server is away, then back."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import MaxConnectionsError, NoPermissionError, RedisError, ResponseError
from redis.retry import Retry

from demo_server.caching.outage import ANSWER_TIMEOUT, Outage
from demo_server.caching.scripts import SHRINK, as_redis
from demo_server.caching.store import Facts, Unreachable

if TYPE_CHECKING:
    from demo_server.caching.store import Command

CONNECT_TIMEOUT = 0.5
MAX_CONNECTIONS = 64


class RedisStore:
    """One server, spoken to from threads by one pool and from each event loop by one pool.

    What happens while it is away, `Outage` says. `is_followed` is true while somebody hears what
    it says of keys that expire (see expirations.py).
    """

    kind = "redis"

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_followed = False
        self._outage = Outage()
        self._blocking: redis.Redis | None = None
        self._of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, redis.asyncio.Redis] = (
            WeakKeyDictionary()
        )

    def execute(self, command: Command) -> Any:
        """The reply to one command. Raises `Unreachable`."""
        try:
            self._outage.knock()
            client: Any = self._client()
            for outdated in self._outage.outdated():
                client.execute_command("DEL", *outdated)
                self._outage.made_up_for(outdated)
            reply = client.execute_command(*as_redis(command))
        except Unreachable:
            self._outage.lose(command)
            raise
        except (RedisError, OSError) as error:
            self._outage.lose(command)
            raise self._failed(error) from error
        self._outage.end()
        return reply

    async def aexecute(self, command: Command) -> Any:
        """The reply to one command. Raises `Unreachable`."""
        try:
            self._outage.knock()
        except Unreachable:
            self._outage.lose(command)
            raise
        return await self._ask(command)

    async def is_reachable(self) -> bool:
        """Whether the server answers a PING now, whatever was believed of it before."""
        try:
            return bool(await self._ask(("PING",)))
        except Unreachable:
            return False

    async def facts(self) -> Facts:
        """What it can be relied on for, as far as it lets itself be asked. Raises `Unreachable`."""
        try:
            flags = await self._configured("notify-keyspace-events")
            is_kept = await self._configured("appendonly") == "yes"
            fsync = await self._configured("appendfsync") if is_kept else "no"
        except NoPermissionError:
            return Facts(tells_expiry=False, fsync=None)
        tells = "E" in flags and ("A" in flags or {"x", "e"} <= set(flags))
        return Facts(tells_expiry=self.is_followed and tells, fsync=fsync)

    def settle(self) -> float | None:
        """The server lets go by itself."""
        return None

    async def _configured(self, name: str) -> str:
        """A setting of the server; raises `NoPermissionError` where it cannot be asked for."""
        self._outage.knock()
        try:
            found = await self._aclient().config_get(name)
        except ResponseError as error:  # services rename or forbid CONFIG
            raise NoPermissionError(str(error)) from error
        except (RedisError, OSError) as error:
            raise self._failed(error) from error
        return str(found.get(name, ""))

    async def _ask(self, command: Command) -> Any:
        try:
            client: Any = self._aclient()
            for outdated in self._outage.outdated():
                await client.execute_command("DEL", *outdated)
                self._outage.made_up_for(outdated)
            reply = await client.execute_command(*as_redis(command))
        except (RedisError, OSError) as error:
            self._outage.lose(command)
            raise self._failed(error) from error
        except asyncio.CancelledError:
            self._outage.lose(command)
            raise
        self._outage.end()
        return reply

    def clear(self, prefix: str) -> int:
        """Delete every key that starts with `prefix`; other people's keys stay."""
        self._outage.knock()
        client = self._client()
        try:
            keys = list(client.scan_iter(match=_literal(prefix) + "*", count=1000))
            return sum(
                int(client.unlink(*keys[at : at + 1000])) for at in range(0, len(keys), 1000)
            )
        except (RedisError, OSError) as error:
            raise self._failed(error) from error

    def shrink(self, prefix: str, seconds: float) -> int:
        """Bring the end of every key under the prefix nearer by so much; how many there were.

        Where less is left, a millisecond stays, so that the server lets it expire as always.
        """
        self._outage.knock()
        client: Any = self._client()
        try:
            keys = list(client.scan_iter(match=_literal(prefix) + "*", count=1000))
            pieces = [keys[at : at + 1000] for at in range(0, len(keys), 1000)]
            return sum(
                int(client.eval(SHRINK, len(some), *some, int(seconds * 1000))) for some in pieces
            )
        except (RedisError, OSError) as error:
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> Unreachable:
        is_answer = isinstance(error, ResponseError)
        if not is_answer and not isinstance(error, MaxConnectionsError):
            self._outage.begin()
        return Unreachable("The cache refused." if is_answer else "The cache does not answer.")

    def _client(self) -> redis.Redis:
        if self._blocking is None:
            self._blocking = redis.Redis.from_pool(
                redis.BlockingConnectionPool.from_url(
                    self.url,
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
                    self.url,
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
