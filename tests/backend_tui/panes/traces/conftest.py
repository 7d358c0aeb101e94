"""A real shop as a child process, and a stack that knows where it answers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path

import pytest_asyncio

from backend_tui.core.http import HttpClient
from backend_tui.stack.endpoints import (
    CacheEndpoint,
    DemoEndpoint,
    ServiceChanged,
    ServiceName,
    ServiceState,
)

TOKEN = "traces-test-token"


@dataclass
class Shop:
    """The demo server on a data directory of its own; it can be killed and started again."""

    folder: Path
    http: HttpClient = field(default_factory=HttpClient)
    process: asyncio.subprocess.Process | None = None
    url: str = ""

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "demo_server", "--port", "0", "--exit-with-stdin"),
            *("--data-dir", str(self.folder)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "DEMO_WORKBENCH_TOKEN": TOKEN},
        )
        assert self.process.stdout is not None
        async with asyncio.timeout(60):
            line = await self.process.stdout.readline()
        self.url = json.loads(line)["url"]

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def get(self, path: str) -> object:
        return await self.http.get_json(f"{self.url}{path}")

    # What of a stack the traces ask for.

    async def demo(self) -> DemoEndpoint:
        assert self.process is not None
        return DemoEndpoint(self.url, TOKEN, self.process.pid)

    async def cache(self) -> CacheEndpoint:
        return CacheEndpoint("", is_embedded=False)

    def services(self) -> tuple[ServiceState, ...]:
        return (ServiceState("demo", "ready"),)

    async def events(self) -> AsyncGenerator[ServiceChanged]:
        yield ServiceChanged(ServiceState("demo", "ready"))

    def log(self, name: ServiceName) -> tuple[str, ...]:
        return ()

    async def restart(self, name: ServiceName) -> None:
        await self.kill()
        await self.start()


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncGenerator[Shop]:
    """A running shop."""
    running = Shop(tmp_path / "demo")
    await running.start()
    yield running
    await running.kill()
    await running.http.aclose()
