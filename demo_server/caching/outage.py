"""What a remote store knows of its server's outages: when to ask again, and what to make up for."""

from __future__ import annotations

from itertools import count
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

from demo_server.caching.store import Unreachable

if TYPE_CHECKING:
    from demo_server.caching.store import Command

ANSWER_TIMEOUT = 1.0
PAUSE_AFTER_FAILURE = 0.3
_AT_ONCE = 1000


class Outage:
    """After a failure nobody asks for `PAUSE_AFTER_FAILURE` seconds; then a single command probes
    while the others go on without the cache. A server that hangs costs one time-out, not one
    for each request.

    What should have been deleted or overwritten meanwhile is remembered, and deleted when the
    server is back, before anything is read from it. That is as many keys as things were changed:
    what is set with a time to live is a copy, whose owner deletes it when it is outdated.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._closed_until = 0.0
        self._is_down = False
        self._lost: dict[str, int] = {}
        self._losses = count()

    def knock(self) -> None:
        """Pass when the server is believed to be up or this command is the probe.

        Raises `Unreachable`.
        """
        if not self._is_down:
            return
        with self._lock:
            now = monotonic()
            if now < self._closed_until:
                raise Unreachable("The cache does not answer.")
            self._closed_until = now + ANSWER_TIMEOUT

    def begin(self) -> None:
        """The server did not answer."""
        with self._lock:
            self._is_down = True
            self._closed_until = monotonic() + PAUSE_AFTER_FAILURE

    def end(self) -> None:
        """The server has answered."""
        self._is_down = False

    def lose(self, command: Command) -> None:
        """Remember the keys of a failed command whose old values should be gone by now."""
        keys: Command = ()
        if command[0] == "DEL":
            keys = command[1:]
        elif command[0] == "SET" and not command[3:]:
            keys = command[1:2]
        if keys:
            with self._lock:
                self._lost |= {str(key): next(self._losses) for key in keys}

    def outdated(self) -> list[dict[str, int]]:
        """The keys that are still to be deleted, some at a time, each with its loss."""
        if not self._lost:
            return []
        with self._lock:
            lost = list(self._lost.items())
        return [dict(lost[at : at + _AT_ONCE]) for at in range(0, len(lost), _AT_ONCE)]

    def made_up_for(self, losses: dict[str, int]) -> None:
        """These are deleted; a key that was lost again since then stays remembered."""
        with self._lock:
            for key, loss in losses.items():
                if self._lost.get(key) == loss:
                    del self._lost[key]
