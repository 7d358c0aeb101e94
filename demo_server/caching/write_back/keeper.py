"""Starts, stops and kills the flusher's process, and hears what it says.

Killed on purpose it stays away until it is started; when it dies otherwise, it is started again.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from typing import Any, Final, Literal

from django.conf import settings

logger = logging.getLogger("demo_server.write_back")

State = Literal["running", "stopped", "killed"]

GRACE_S: Final = 3.0
AGAIN_S: Final = 0.3
"""Seconds until a flusher that died is started again."""


class Keeper:
    """The one flusher of this server; `hear` gets each of its events, on the loop."""

    def __init__(self, module: str, hear: Callable[[dict[str, Any]], None]) -> None:
        self._module = module
        self.state: State = "stopped"
        self._hear = hear
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._is_wanted = False

    @property
    def pid(self) -> int | None:
        """Its process, while it runs."""
        return self._process.pid if self._process and self.state == "running" else None

    async def start(self, log: str, url: str, every_s: float) -> None:
        """Have it run, with these settings."""
        await self.stop()
        self._is_wanted = True
        await self._spawn(log, url, every_s)
        self._watching = asyncio.create_task(self._watch(log, url, every_s))

    async def stop(self) -> None:
        """Let it finish its batch and end; what is in the log stays there."""
        await self._away("stopped", lambda process: process.terminate())

    async def kill(self) -> None:
        """End it as a crash would, in the middle of whatever it does."""
        await self._away("killed", lambda process: process.kill())

    async def close(self) -> None:
        """The server ends: let it flush once more."""
        await self._away("stopped", _end_input)

    async def _away(
        self, state: State, end: Callable[[asyncio.subprocess.Process], object]
    ) -> None:
        self._is_wanted = False
        process, watching = self._process, self._watching
        self._process = self._watching = None
        self.state = state
        if process is not None and process.returncode is None:
            end(process)
            try:
                async with asyncio.timeout(GRACE_S):
                    await process.wait()
            except TimeoutError:
                process.kill()
                await process.wait()
        if watching is not None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _spawn(self, log: str, url: str, every_s: float) -> None:
        environment = {
            **os.environ,
            "DEMO_CACHE_URL": url,
            "DEMO_DATA_DIR": str(settings.DATA_DIR),
            "DEMO_TRACING": "0",
        }
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", self._module, "--log", log, "--every", str(every_s),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=environment,
            limit=2**20,
        )  # fmt: skip
        self.state = "running"

    async def _watch(self, log: str, url: str, every_s: float) -> None:
        while True:
            process = self._process
            if process is None or process.stdout is None:
                return
            async for line in process.stdout:
                self._hear(json.loads(line))
            code = await process.wait()
            if not self._is_wanted:
                return
            self.state = "killed" if code < 0 else "stopped"
            if code == 3:  # the log has vanished: somebody must decide
                return
            logger.warning("The flusher ended with %s; it is started again", code)
            await asyncio.sleep(AGAIN_S)
            await self._spawn(log, url, every_s)


def _end_input(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
