"""The in-process store: the few Redis commands the cache needs, on a dictionary with deadlines."""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo_server.caching.store import Command

_MISSING: tuple[bytes | None, float | None] = (None, None)
_VERSION = re.compile(rb"\x81v=(\d+)")


class LocalStore:
    """At most `capacity` keys, the least recently used leaves first; safe between threads."""

    kind = "local"

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[str, tuple[bytes, float | None]] = OrderedDict()
        self._lock = Lock()
        self._commands: dict[str, Callable[..., Any]] = {
            "GET": self._get,
            "MGET": lambda *keys: [self._get(key) for key in keys],
            "SET": self._set,
            "DEL": lambda *keys: sum(self._entries.pop(key, None) is not None for key in keys),
            "EXISTS": lambda key: int(self._get(key) is not None),
            "INCRBY": self._incrby,
            "PEXPIRE": self._pexpire,
            "PERSIST": self._persist,
            "TAKE": self._take,
            "FILL": self._fill,
            "PUT": self._put,
            "NEWER": self._newer,
            "RELEASE": self._release,
        }

    def execute(self, command: Command) -> Any:
        """The reply to one command, as Redis would give it."""
        name, *arguments = command
        with self._lock:
            return self._commands[str(name)](*arguments)

    async def aexecute(self, command: Command) -> Any:
        """The same; nothing here waits."""
        return self.execute(command)

    async def is_reachable(self) -> bool:
        """Always: it is in this process."""
        return True

    def clear(self, prefix: str) -> int:
        """Delete every key that starts with `prefix`; how many there were."""
        with self._lock:
            doomed = [key for key in self._entries if key.startswith(prefix)]
            for key in doomed:
                del self._entries[key]
        return len(doomed)

    def _live(self, key: str) -> tuple[bytes | None, float | None]:
        """The value and its deadline (monotonic seconds), or two times None."""
        entry = self._entries.get(key)
        if entry is None:
            return _MISSING
        if entry[1] is not None and entry[1] <= monotonic():
            del self._entries[key]
            return _MISSING
        return entry

    def _get(self, key: str) -> bytes | None:
        value, _ = self._live(key)
        if value is not None:
            self._entries.move_to_end(key)
        return value

    def _set(self, key: str, value: bytes, *options: str | int) -> bool | None:
        if "NX" in options and self._live(key)[0] is not None:
            return None
        deadline = None
        if "PX" in options:
            deadline = monotonic() + int(options[options.index("PX") + 1]) / 1000
        self._entries[key] = (value, deadline)
        self._entries.move_to_end(key)
        while len(self._entries) > self._capacity:
            self._entries.popitem(last=False)
        return True

    def _incrby(self, key: str, delta: int) -> int:
        value, deadline = self._live(key)
        number = int(value or 0) + delta
        self._entries[key] = (b"%d" % number, deadline)
        return number

    def _pexpire(self, key: str, milliseconds: int) -> bool:
        value, _ = self._live(key)
        if value is None:
            return False
        self._entries[key] = (value, monotonic() + milliseconds / 1000)
        return True

    def _persist(self, key: str) -> bool:
        value, _ = self._live(key)
        if value is None:
            return False
        self._entries[key] = (value, None)
        return True

    # What scripts.py says of these five.

    def _take(self, key: str, lease: str, token: str, milliseconds: int) -> bytes | int:
        value = self._get(key)
        if value is not None:
            return value
        return int(bool(self._set(lease, token.encode(), "PX", milliseconds, "NX")))

    def _fill(self, key: str, lease: str, token: str, value: bytes, milliseconds: int) -> int:
        if self._live(lease)[0] != token.encode():
            return 0
        del self._entries[lease]
        return self._store(key, value, milliseconds)

    def _put(
        self, key: str, lease: str, token: str, value: bytes, milliseconds: int, version: int
    ) -> int:
        there = self._version(key)
        is_held = self._live(lease)[0] == token.encode()
        if is_held:
            del self._entries[lease]
        if there is not None and there > version:
            return 0
        if is_held or there:
            return self._store(key, value, milliseconds)
        self._entries.pop(key, None)
        self._entries.pop(lease, None)
        return 0

    def _newer(self, key: str, value: bytes, milliseconds: int, version: int) -> int:
        there = self._version(key)
        if there is not None and there > version:
            return 0
        return self._store(key, value, milliseconds)

    def _release(self, lease: str, token: str) -> int:
        if self._live(lease)[0] != token.encode():
            return 0
        del self._entries[lease]
        return 1

    def _store(self, key: str, value: bytes, milliseconds: int) -> int:
        self._set(key, value, *(("PX", milliseconds) if milliseconds else ()))
        return 1

    def _version(self, key: str) -> int | None:
        """The version of an enveloped value, 0 of a plain one, None when there is none."""
        value = self._live(key)[0]
        if value is None:
            return None
        found = _VERSION.match(value)
        return int(found[1]) if found else 0
