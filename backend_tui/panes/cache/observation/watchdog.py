"""The thread that looks after a monitor: its unread output must never fill the server's memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from backend_tui.core.errors import BackendError
from backend_tui.core.units import bytes_text
from backend_tui.panes.cache.observation.raw_connection import RawConnection

MOST_UNREAD: Final = 1 << 20
EVERY: Final = 0.1
_GRACE: Final = 2.0


class Watchdog:
    """Asks on a connection of its own how much the server keeps for the monitor; closes it.

    `stop` ends the monitor and is called with the reason: too much unread output, a question that
    was not answered in a second, or a time box that is long over.
    """

    def __init__(
        self,
        connection: RawConnection,
        client: int,
        stop: Callable[[str], None],
        *,
        seconds: float,
        most: int = MOST_UNREAD,
        every: float = EVERY,
    ) -> None:
        self.peak = 0
        self.asked = 0
        self._connection = connection
        self._client = client
        self._stop = stop
        self._most = most
        self._every = every
        self._seconds = seconds
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cache-watchdog", daemon=True)

    def begin(self) -> None:
        """Look from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop looking, and give the connection back."""
        self._closed.set()
        self._connection.abort()
        if self._thread.ident is not None:
            self._thread.join(2.0)
        self._connection.close()

    def _run(self) -> None:
        limit = time.monotonic() + self._seconds + _GRACE
        while not self._closed.wait(self._every):
            try:
                unread = self._unread()
            except BackendError as failed:
                if not self._closed.is_set():
                    self._stop(f"The watchdog cannot look any more: {failed.why or failed.what}")
                return
            if unread is None:
                return
            self.peak = max(self.peak, unread)
            if unread > self._most:
                self._stop(
                    f"The server kept {bytes_text(unread)} for us unread: closed for safety."
                )
                return
            if time.monotonic() > limit:
                self._stop("The time is over.")
                return

    def _unread(self) -> int | None:
        """Bytes of output the server keeps for the monitor; None when it is gone."""
        said = self._connection.ask("CLIENT", "LIST", "ID", self._client)
        self.asked += 1
        facts = dict(word.partition(b"=")[::2] for word in bytes(said).split())
        return int(facts[b"omem"]) if b"omem" in facts else None
