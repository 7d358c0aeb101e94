"""The in-process store: the few Redis commands the cache needs, on a dictionary with deadlines.

It tells of each key whose time is over and of each that made room for another. A key nobody asks
for goes with the next command to any key, or when `settle` is called: there is no timer.
"""

from __future__ import annotations

from collections import OrderedDict
from heapq import heapify, heappop, heappush
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any

from demo_server.caching.feed import tell
from demo_server.caching.store import Facts
from demo_server.caching.values import version_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo_server.caching.feed import Result, Verb
    from demo_server.caching.store import Command

_MISSING: tuple[bytes | None, float | None] = (None, None)
_SWEPT_AT_ONCE = 100
_OUTDATED_DEADLINES = 1000


class LocalStore:
    """At most `capacity` keys, the least recently used leaves first; safe between threads."""

    kind = "local"

    def __init__(self, capacity: int = 10_000) -> None:
        self._capacity = capacity
        self._entries: OrderedDict[str, tuple[bytes, float | None]] = OrderedDict()
        # Also deadlines that are not true any more: their key was set anew or deleted.
        self._deadlines: list[tuple[float, str]] = []
        self._gone: list[tuple[Verb, str, Result]] = []
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
            if self._deadlines and self._deadlines[0][0] <= monotonic():
                self._sweep()
            reply = self._commands[str(name)](*arguments)
            gone, self._gone = self._gone, []
        for event in gone:
            tell(*event)
        return reply

    async def aexecute(self, command: Command) -> Any:
        """The same; nothing here waits."""
        return self.execute(command)

    async def is_reachable(self) -> bool:
        """Always: it is in this process."""
        return True

    async def facts(self) -> Facts:
        """It tells of what expires, and keeps nothing when it dies."""
        return Facts(tells_expiry=True, fsync="no")

    def settle(self) -> float | None:
        """Let go of what has expired; seconds until there may be more, None when nothing waits."""
        with self._lock:
            while self._deadlines and self._deadlines[0][0] <= monotonic():
                self._sweep()
            gone, self._gone = self._gone, []
            next_deadline = self._deadlines[0][0] if self._deadlines else None
        for event in gone:
            tell(*event)
        return None if next_deadline is None else max(0.0, next_deadline - monotonic())

    def clear(self, prefix: str) -> int:
        """Delete every key that starts with `prefix`; how many there were."""
        with self._lock:
            doomed = [key for key in self._entries if key.startswith(prefix)]
            for key in doomed:
                del self._entries[key]
        return len(doomed)

    def shrink(self, prefix: str, seconds: float) -> int:
        """Bring the end of every key under the prefix nearer by so much; how many there were."""
        with self._lock:
            mortal = [
                (key, value, deadline)
                for key, (value, deadline) in self._entries.items()
                if deadline is not None and key.startswith(prefix)
            ]
            for key, value, deadline in mortal:
                self._keep(key, value, deadline - seconds)
        self.settle()
        return len(mortal)

    def _live(self, key: str) -> tuple[bytes | None, float | None]:
        """The value and its deadline (monotonic seconds), or two times None."""
        entry = self._entries.get(key)
        if entry is None:
            return _MISSING
        if entry[1] is not None and entry[1] <= monotonic():
            self._expire(key)
            return _MISSING
        return entry

    def _expire(self, key: str) -> None:
        del self._entries[key]
        self._gone.append(("expire", key, "expired"))

    def _sweep(self) -> None:
        """Remove keys whose time is over, not too many at once."""
        now = monotonic()
        for _ in range(_SWEPT_AT_ONCE):
            if not self._deadlines or self._deadlines[0][0] > now:
                return
            deadline, key = heappop(self._deadlines)
            entry = self._entries.get(key)
            if entry is not None and entry[1] == deadline:
                self._expire(key)

    def _keep(self, key: str, value: bytes, deadline: float | None) -> None:
        self._entries[key] = (value, deadline)
        if deadline is None:
            return
        heappush(self._deadlines, (deadline, key))
        if len(self._deadlines) > 2 * len(self._entries) + _OUTDATED_DEADLINES:
            self._deadlines = [(at, name) for name, (_, at) in self._entries.items() if at]
            heapify(self._deadlines)

    def _make_room(self) -> None:
        """Evict the least recently used that has a time to live; without one, whichever it is."""
        for _ in range(len(self._entries)):
            if self._entries[key := next(iter(self._entries))][1] is not None:
                break
            self._entries.move_to_end(key)
        else:
            key = next(iter(self._entries))
        del self._entries[key]
        self._gone.append(("evict", key, "evicted"))

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
        self._keep(key, value, deadline)
        self._entries.move_to_end(key)
        while len(self._entries) > self._capacity:
            self._make_room()
        return True

    def _incrby(self, key: str, delta: int) -> int:
        value, deadline = self._live(key)
        number = int(value or 0) + delta
        self._keep(key, b"%d" % number, deadline)
        return number

    def _pexpire(self, key: str, milliseconds: int) -> bool:
        value, _ = self._live(key)
        if value is None:
            return False
        self._keep(key, value, monotonic() + milliseconds / 1000)
        return True

    def _persist(self, key: str) -> bool:
        value, _ = self._live(key)
        if value is None:
            return False
        self._keep(key, value, None)
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
        there = version_of(self._live(key)[0])
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
        there = version_of(self._live(key)[0])
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
