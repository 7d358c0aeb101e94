"""uvicorn around the application: ready line, signals, the end of the parent, a calm stop."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import uvicorn

GRACE: Final = 5
"""Seconds that requests in flight get to finish after the server was told to stop."""

LARGEST_MESSAGE: Final = 256 * 1024
"""Bytes of one WebSocket message."""

_PR_SET_PDEATHSIG: Final = 1


class Server(uvicorn.Server):
    """Stops on SIGTERM and SIGINT, streams at once and requests when they are done.

    `on_ready` is called when connections are accepted, `on_stop` when the stop begins.
    """

    def __init__(
        self, app: Any, *, on_ready: Callable[[], None], on_stop: Callable[[], None]
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                ws="websockets-sansio",
                ws_max_size=LARGEST_MESSAGE,
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=GRACE,
            )
        )
        self._on_ready = on_ready
        self._on_stop = on_stop
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Begin to stop; the second call ends without waiting for requests."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._stopping.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections, then tell."""
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def main_loop(self) -> None:
        """Wait for the stop; once a second for the Date header, not ten times as uvicorn does."""
        ticks = 0
        while not self.should_exit:
            await self.on_tick(ticks)
            ticks += 10
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), 1)
        self._on_stop()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take the signals through the loop; a stop that was asked for is no failure."""
        loop = asyncio.get_running_loop()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(each, self.stop)
        try:
            yield
        finally:
            for each in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(each)


def stop_with_parent(stop: Callable[[], None]) -> None:
    """Call `stop` on the running loop when stdin ends; on Linux the kernel helps, too."""
    loop = asyncio.get_running_loop()
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        stop()

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 4096):
                pass
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(stop)

    threading.Thread(target=watch, name="stdin", daemon=True).start()
