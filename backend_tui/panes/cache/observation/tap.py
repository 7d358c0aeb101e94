"""The thread that does nothing but read: what the server says goes into a bounded store.

It never waits for anybody: when nobody takes what has arrived, the oldest is thrown away and
counted. Once a second it asks INFO on the same connection, so that the answer stands in the stream
exactly where its counters were true.
"""

from __future__ import annotations

import selectors
import ssl
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from backend_tui.panes.cache.observation import raw_connection
from backend_tui.panes.cache.observation.raw_connection import CHUNK, RawConnection
from backend_tui.panes.cache.server import failures

MOST_MESSAGES: Final = 200_000
MOST_BYTES: Final = 32 << 20
LONGEST_LINE: Final = 64 << 20
STATISTICS: Final = b"# Stats"
TIME_IS_OVER: Final = "The time is over."
LONGEST_SILENCE: Final = 3.0
_LAST_ANSWER: Final = 1.0
Question = tuple[bytes, ...]


class Tap:
    """A connection that listens, with its thread. `begin()` subscribes and starts it."""

    def __init__(
        self,
        connection: RawConnection,
        questions: Sequence[Question],
        *,
        seconds: float | None = None,
        every: float = 1.0,
    ) -> None:
        self.connection = connection
        self.asked = 0
        self.ended = ""
        self._asking = b"".join(raw_connection.packed(question) for question in questions)
        self._per_round = len(questions)
        self._every = every
        self._seconds = seconds
        self._deadline: float | None = None
        self._batches: deque[tuple[list[Any], int]] = deque()
        self._messages = 0
        self._bytes = 0
        self._lost = 0
        self._unfinished = 0
        self._statistics = 0
        self._answered_at = 0.0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="cache-tap", daemon=True)

    def begin(self, channels: Sequence[bytes] = (), *, is_monitor: bool = False) -> None:
        """Subscribe, monitor, and read from now on. Raises `Refusal` or `MissingError`.

        A connection that both subscribes and monitors belongs to the class of subscribers: the
        server itself cuts it at 32 MB of unread output, while a plain monitor has no limit at all.
        """
        if channels:
            self._order(b"SUBSCRIBE", *channels)
        if is_monitor:
            self._order(b"MONITOR")
        if self._seconds is not None:
            self._deadline = time.monotonic() + self._seconds
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Whether it still reads."""
        return self._thread.is_alive()

    @property
    def seconds_left(self) -> float | None:
        """Until it ends by itself; None without a limit."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def take(self) -> tuple[list[Any], int]:
        """What has arrived since the last time, and how many messages were thrown away."""
        with self._lock:
            batches, self._batches = self._batches, deque()
            lost, self._lost = self._lost, 0
            self._messages = self._bytes = 0
        return [item for items, _ in batches for item in items], lost

    def stop(self, why: str) -> None:
        """End the connection at once, from any thread or signal handler; the first reason stays."""
        self.ended = self.ended or why
        self.connection.abort()

    def close(self) -> None:
        """Stop, and wait for the thread."""
        self.stop("Closed.")
        if self._thread.ident is not None:
            self._thread.join(2.0)
        self.connection.close()

    def _order(self, *words: bytes) -> None:
        """Send a command and wait until it stands; what is told meanwhile comes before our span."""
        expected = max(1, len(words) - 1)
        self.connection.socket.settimeout(self.connection.timeout)
        try:
            self.connection.socket.sendall(raw_connection.packed(words))
            while expected:
                answer = self.connection.reader.gets()
                if answer is False:
                    self._feed(self.connection.socket.recv(CHUNK))
                elif isinstance(answer, Exception):
                    raise failures.refused(str(answer), words[0].decode())
                elif answer == b"OK" or (isinstance(answer, list) and answer[0] == b"subscribe"):
                    expected -= 1
        except OSError as broken:
            raise failures.broken(broken, self.connection.place) from broken

    def _run(self) -> None:
        socket = self.connection.socket
        try:
            socket.setblocking(False)
            with selectors.DefaultSelector() as ready:
                ready.register(socket, selectors.EVENT_READ)
                self._read_on(ready)
        except (OSError, ValueError) as broken:
            self.ended = self.ended or f"The connection broke: {broken}"
        self.ended = self.ended or "The server closed the connection."
        self.connection.abort()

    def _read_on(self, ready: selectors.BaseSelector) -> None:
        next_round = self._answered_at = time.monotonic()
        last_call: float | None = None
        while True:
            now = time.monotonic()
            if last_call is not None:
                if self._statistics * self._per_round >= self.asked or now >= last_call:
                    self.ended = self.ended or TIME_IS_OVER
                    return
            elif self._deadline is not None and now >= self._deadline:
                self._ask()
                last_call = now + _LAST_ANSWER
                continue
            elif now >= next_round:
                if self._statistics * self._per_round >= self.asked:
                    self._answered_at = now
                elif now - self._answered_at > LONGEST_SILENCE:
                    raise TimeoutError(f"nothing was answered for {LONGEST_SILENCE:g} s.")
                self._ask()
                next_round = now + self._every
            limits = (next_round, self._deadline, last_call)
            pause = min(limit for limit in limits if limit is not None and limit > now)
            if ready.select(max(0.0, min(pause - now, self._every))) and not self.receive():
                return

    def _ask(self) -> None:
        self.connection.socket.send(self._asking)
        self.asked += self._per_round

    def receive(self) -> bool:
        """Read what is there; False at the end."""
        while True:
            try:
                data = self.connection.socket.recv(CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError):
                return True
            self._feed(data)
            self._keep()
            if len(data) < CHUNK and not isinstance(self.connection.socket, ssl.SSLSocket):
                return True

    def _feed(self, data: bytes) -> None:
        if not data:
            raise ConnectionResetError(self.ended or "the server closed it.")
        self.connection.reader.feed(data)
        self._unfinished += len(data)
        if self._unfinished > LONGEST_LINE:
            raise ValueError("a single command is longer than 64 MB.")

    def _keep(self) -> None:
        """What has come whole goes into the store, with the bytes that it took."""
        items: list[Any] = []
        while (item := self.connection.reader.gets()) is not False:
            if type(item) is bytes and item.startswith(STATISTICS):
                self._statistics += 1
            items.append(item)
        if not items:
            return
        size, self._unfinished = self._unfinished, 0
        with self._lock:
            self._batches.append((items, size))
            self._messages += len(items)
            self._bytes += size
            while self._messages > MOST_MESSAGES or self._bytes > MOST_BYTES:
                dropped, freed = self._batches.popleft()
                self._messages -= len(dropped)
                self._bytes -= freed
                self._lost += len(dropped)
