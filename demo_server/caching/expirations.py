"""Keys of ours that the server let expire or evicted, heard from it and told in the feed."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from demo_server.caching.feed import tell

if TYPE_CHECKING:
    from demo_server.caching.feed import Result, Verb
    from demo_server.caching.remote import RedisStore

logger = logging.getLogger("demo_server")

CONNECT_TIMEOUT: Final = 2.0
PAUSES: Final = (0.5, 1.0, 2.0, 5.0)
_EVENTS: Final[dict[str, tuple[Verb, Result]]] = {
    "expired": ("expire", "expired"),
    "evicted": ("evict", "evicted"),
}


class Expirations:
    """Follows a server's keyevent notifications, on a connection of its own, for ever.

    It never configures the server: one that was not told to notify says nothing. While no
    connection stands, what expires is not heard of.
    """

    def __init__(self, store: RedisStore, prefix: str) -> None:
        self._store = store
        self._prefix = f"{prefix}:".encode() if prefix else b""
        self._failures = 0

    async def follow(self) -> None:
        """Tell of every key under the prefix, until cancelled; reconnects, slower each time."""
        while True:
            try:
                await self._listen()
            except (RedisError, OSError) as error:
                logger.debug("The cache does not tell what expires: %s", error)
            finally:
                self._store.is_followed = False
            await asyncio.sleep(PAUSES[min(self._failures, len(PAUSES) - 1)])
            self._failures += 1

    async def _listen(self) -> None:
        """Hear the server out; raises when the connection ends."""
        async with redis.asyncio.Redis.from_url(
            self._store.url,
            socket_connect_timeout=CONNECT_TIMEOUT,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            driver_info=None,
            client_name="demo-server-expirations",
        ) as client:
            database = client.connection_pool.connection_kwargs.get("db", 0)
            channels = {f"__keyevent@{database}__:{name}".encode(): name for name in _EVENTS}
            async with client.pubsub() as subscription:
                await subscription.subscribe(*channels)
                async for message in subscription.listen():
                    if message["type"] == "subscribe":
                        self._store.is_followed = message["data"] == len(channels)
                        self._failures = 0
                    elif message["type"] == "message":
                        self._tell(channels[message["channel"]], message["data"])

    def _tell(self, event: str, key: bytes) -> None:
        if key.startswith(self._prefix):
            op, result = _EVENTS[event]
            tell(op, key.decode(errors="backslashreplace"), result)
