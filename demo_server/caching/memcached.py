"""The Memcached store: the commands of Redis that the cache needs, as Memcached can do them.

Times to live are whole seconds there, rounded up. It tells nothing of what expires or is evicted,
and keeps nothing over a restart. Several steps on one key are guarded by its `cas` number.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import blake2b
from math import ceil
from threading import Lock
from time import time
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import unquote_to_bytes, urlsplit

from pymemcache.client.base import PooledClient
from pymemcache.exceptions import (
    MemcacheClientError,
    MemcacheServerError,
    MemcacheUnexpectedCloseError,
)

from demo_server.caching.outage import ANSWER_TIMEOUT, Outage
from demo_server.caching.store import Facts, Unreachable
from demo_server.caching.values import version_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo_server.caching.store import Command

T = TypeVar("T")

CONNECT_TIMEOUT: Final = 0.5
THREADS: Final = 8
DEFAULT_PORT: Final = 11211
LONGEST_KEY: Final = 250
MOST_LISTINGS: Final = 10
_LONGEST_RELATIVE: Final = 30 * 24 * 3600
_AT_ONCE: Final = -1
"""As a time to live: it is over. With `cas` this deletes only what nobody has changed."""


class MemcachedStore:
    """One server by its address `host:port`; asked in a few threads, also from event loops.

    What happens while it is away, `Outage` says.
    """

    kind = "memcached"

    def __init__(self, host: str, port: int = DEFAULT_PORT) -> None:
        self._address = host, port
        self._client = PooledClient(
            self._address,
            connect_timeout=CONNECT_TIMEOUT,
            timeout=ANSWER_TIMEOUT,
            no_delay=True,
            default_noreply=False,
            max_pool_size=4 * THREADS,
        )
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="memcached")
        self._outage = Outage()
        self._dumping = Lock()  # the server does it for one at a time
        self._commands: dict[str, Callable[..., Any]] = {
            "GET": lambda key: self._client.get(name_of(key)),
            "MGET": self._mget,
            "SET": self._set,
            "DEL": lambda *keys: sum(self._client.delete(name_of(key)) for key in keys),
            "EXISTS": lambda key: int(self._client.get(name_of(key)) is not None),
            "INCRBY": self._incrby,
            "PEXPIRE": lambda key, ms: self._client.touch(name_of(key), seconds(ms)),
            "PERSIST": lambda key: self._client.touch(name_of(key), 0),
            "TAKE": self._take,
            "FILL": self._fill,
            "PUT": self._put,
            "NEWER": self._newer,
            "RELEASE": self._release,
        }

    def execute(self, command: Command) -> Any:
        """The reply to one command, as Redis would give it. Raises `Unreachable`."""
        try:
            self._outage.knock()
            for outdated in self._outage.outdated():
                self._asked(partial(self._commands["DEL"], *outdated))
                self._outage.made_up_for(outdated)
            name, *arguments = command
            return self._asked(partial(self._commands[str(name)], *arguments))
        except Unreachable:
            self._outage.lose(command)
            raise

    async def aexecute(self, command: Command) -> Any:
        """The same, in a thread. Raises `Unreachable`."""
        return await asyncio.get_running_loop().run_in_executor(
            self._threads, self.execute, command
        )

    async def is_reachable(self) -> bool:
        """Whether the server answers now, whatever was believed of it before."""
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._threads, self._asked, self._client.version)
        except Unreachable:
            return False
        return True

    async def facts(self) -> Facts:
        """It tells nothing and keeps nothing."""
        return Facts(tells_expiry=False, fsync="no")

    def settle(self) -> float | None:
        """The server lets go by itself."""
        return None

    def clear(self, prefix: str) -> int:
        """Delete every key that starts with `prefix`; other people's keys stay.

        Keys that had to be renamed go when the prefix's first part is theirs.
        """
        self._outage.knock()
        mine = (prefix.encode(), f"{prefix.partition(':')[0]}:#".encode())
        deleted = empty = 0
        # The server passes over what somebody holds at that moment, such as an answer on its way.
        for _ in range(MOST_LISTINGS):
            if empty == 2:
                break
            found = [name for name in self._asked(self._names) if name.startswith(mine)]
            deleted += self._asked(partial(self._delete_all, found))
            empty = 0 if found else empty + 1
        return deleted

    def _delete_all(self, names: list[bytes]) -> int:
        return sum(bool(self._client.delete(name)) for name in names)

    def _names(self) -> list[bytes]:
        return [
            unquote_to_bytes(line.split(b" ", 1)[0].removeprefix(b"key=")) for line in self._dump()
        ]

    def _dump(self) -> list[bytes]:
        """A line for each key. On a connection of its own: the client's `raw_command` keeps only
        the last piece of a long answer."""
        lines: list[bytes] = []
        with self._dumping, socket.create_connection(self._address, CONNECT_TIMEOUT) as asking:
            asking.settimeout(ANSWER_TIMEOUT)
            asking.sendall(b"lru_crawler metadump all\r\n")
            for line in asking.makefile("rb"):
                if line == b"END\r\n":
                    return lines
                if not line.startswith(b"key="):  # BUSY, or it is too old to know the command
                    raise MemcacheServerError(line.decode("ascii", "replace").strip())
                lines.append(line)
        raise MemcacheUnexpectedCloseError

    def _asked(self, ask: Callable[[], T]) -> T:
        """What the server gives; a connection that broke while it was idle is tried anew once."""
        try:
            try:
                answer = ask()
            except (OSError, MemcacheUnexpectedCloseError):
                self._client.client_pool.clear()
                answer = ask()
        except (OSError, MemcacheUnexpectedCloseError) as error:
            self._outage.begin()
            raise Unreachable("The cache does not answer.") from error
        except (MemcacheClientError, MemcacheServerError, ValueError) as error:
            raise Unreachable("The cache refused.") from error
        self._outage.end()
        return answer

    def _mget(self, *keys: str) -> list[bytes | None]:
        names = [name_of(key) for key in keys]
        found = self._client.get_many(names)
        return [found.get(name) for name in names]

    def _set(self, key: str, value: bytes, *options: str | int) -> bool | None:
        ttl = seconds(int(options[options.index("PX") + 1])) if "PX" in options else 0
        store = self._client.add if "NX" in options else self._client.set
        return store(name_of(key), value, ttl) or None

    def _incrby(self, key: str, delta: int) -> int:
        name = name_of(key)
        while True:
            stored, cas = self._client.gets(name)
            number = int(stored or 0) + delta
            if stored is None:
                is_done = self._client.add(name, b"%d" % number)
            else:
                is_done = self._client.cas(name, b"%d" % number, cas, self._ttl(name))
            if is_done:
                return number

    def _ttl(self, name: str) -> int:
        """Seconds that the key has left, as a `set` takes them."""
        told = self._client.raw_command(f"mg {name} t")  # HD t59, or t-1 for ever, or EN
        left = int(told.split(b" t")[1]) if told.startswith(b"HD") else _AT_ONCE
        return 0 if told.endswith(b" t-1") else left

    # What scripts.py says of these five. Here the value is stored first and the lease given back
    # after it: who deletes the lease and then the value, while we are between the two, makes us
    # take the value away again.

    def _take(self, key: str, lease: str, token: str, milliseconds: int) -> bytes | int:
        value: bytes | None = self._client.get(name_of(key))
        if value is not None:
            return value
        return int(self._client.add(name_of(lease), token.encode(), seconds(milliseconds)))

    def _fill(self, key: str, lease: str, token: str, value: bytes, milliseconds: int) -> int:
        name = name_of(key)
        held, cas = self._client.gets(name_of(lease))
        if held != token.encode():
            return 0
        self._client.set(name, value, seconds(milliseconds))
        if self._client.cas(name_of(lease), b"", cas, _AT_ONCE):
            return 1
        self._client.delete(name)
        return 0

    def _put(
        self, key: str, lease: str, token: str, value: bytes, milliseconds: int, version: int
    ) -> int:
        held, cas = self._client.gets(name_of(lease))
        there = version_of(self._client.get(name_of(key)))
        is_held = held == token.encode()
        is_stored = 0
        if is_held or (there is not None and 0 < there <= version):
            is_stored = self._newer(key, value, milliseconds, version)
        elif there is None or there <= version:
            self._client.delete(name_of(lease))
            self._client.delete(name_of(key))
        if is_held and not self._client.cas(name_of(lease), b"", cas, _AT_ONCE) and not there:
            self._client.delete(name_of(key))
            return 0
        return is_stored

    def _newer(self, key: str, value: bytes, milliseconds: int, version: int) -> int:
        name, ttl = name_of(key), seconds(milliseconds)
        while True:
            stored, cas = self._client.gets(name)
            there = version_of(stored)
            if there is not None and there > version:
                return 0
            if stored is None:
                is_done = self._client.add(name, value, ttl)
            else:
                is_done = self._client.cas(name, value, cas, ttl)
            if is_done:
                return 1

    def _release(self, lease: str, token: str) -> int:
        held, cas = self._client.gets(name_of(lease))
        if held != token.encode():
            return 0
        return int(self._client.cas(name_of(lease), b"", cas, _AT_ONCE) or 0)


def from_url(url: str) -> MemcachedStore:
    """The store of `memcached://host:port`. Raises ValueError for anything else."""
    parts = urlsplit(url)
    if parts.scheme != "memcached" or not parts.hostname or parts.path.strip("/"):
        raise ValueError("Write memcached://host:port.")
    return MemcachedStore(parts.hostname, parts.port or DEFAULT_PORT)


def name_of(key: str) -> str:
    """The key as Memcached takes it: short, without blanks; others by a digest of them."""
    if len(key) <= LONGEST_KEY and key.isascii() and key.isprintable() and " " not in key:
        return key
    head = key.partition(":")[0]
    is_plain = len(head) < 100 and head.isascii() and head.isprintable() and " " not in head
    return f"{head if is_plain else ''}:#{blake2b(key.encode(), digest_size=20).hexdigest()}"


def seconds(milliseconds: int) -> int:
    """A time to live as Memcached takes it, 0 for ever; long ones as a point in time."""
    whole = ceil(milliseconds / 1000)
    return int(time()) + whole if whole > _LONGEST_RELATIVE else whole
