"""Cache and server are killed under load: shown, restarted, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal

import pytest

from backend_tui.core.config import Config
from backend_tui.core.errors import BackendError
from backend_tui.stack.supervisor import StackSupervisor
from tests.backend_tui.stack.waiting import post, read, until

pytestmark = pytest.mark.service("valkey")


async def staff_headers(stack: StackSupervisor) -> tuple[tuple[str, str], ...]:
    demo = await stack.demo()
    known = await read(f"{demo.url}/_workbench", demo.headers)
    return (("Authorization", f"Bearer {known['tokens']['staff']}"),)


class Load:
    """Writers that make tags one after another, and remember which were acknowledged."""

    def __init__(self, url: str, headers: tuple[tuple[str, str], ...]) -> None:
        self.url = url
        self.headers = headers
        self.acknowledged: list[str] = []
        self.failed = 0
        self._progress = asyncio.Event()
        self._numbers = itertools.count(1)

    async def write(self) -> None:
        while True:
            name = f"chaos-{next(self._numbers)}"
            body = json.dumps({"name": name, "slug": name}).encode()
            try:
                said = await post(f"{self.url}/api/tags", body, self.headers)
                self.acknowledged.append(str(said["name"]))
                self._progress.set()
            except BackendError:
                self.failed += 1
                await asyncio.sleep(0.01)

    async def reaches(self, number: int) -> None:
        async with asyncio.timeout(40):
            while len(self.acknowledged) < number:
                self._progress.clear()
                await self._progress.wait()


async def names(url: str) -> set[str]:
    """Every tag of the shop."""
    found: set[str] = set()
    for page in itertools.count(1):
        said = await read(f"{url}/api/tags?page={page}&page_size=100")
        found |= {tag["name"] for tag in said["items"]}
        if len(said["items"]) < 100:
            return found
    raise AssertionError("unreachable")


@pytest.mark.parametrize("name", ["demo", "cache"])
async def test_killed_under_load(config: Config, name: str) -> None:
    async with StackSupervisor(config) as stack:
        demo = await stack.demo()
        cache = await stack.cache()
        load = Load(demo.url, await staff_headers(stack))
        writers = [asyncio.create_task(load.write()) for _ in range(4)]
        try:
            for kill in range(1, 3):
                await load.reaches(20 * kill)
                keeper = stack._demo if name == "demo" else stack._cache
                assert keeper is not None
                assert keeper.child is not None
                pid = keeper.child.pid
                os.kill(pid, signal.SIGKILL)
                state = await until(stack, name, "restarting")  # type: ignore[arg-type]
                assert state.error is not None
                assert "signal 9" in state.error.what
                await until(stack, name, "ready")  # type: ignore[arg-type]
                assert keeper.child.pid != pid
            await load.reaches(len(load.acknowledged) + 20)
        finally:
            for writer in writers:
                writer.cancel()
            await asyncio.gather(*writers, return_exceptions=True)
        assert set(load.acknowledged) <= await names(demo.url)
        assert (await stack.demo()).url == demo.url
        assert (await stack.cache()).url == cache.url
        assert (await read(f"{demo.url}/healthz"))["status"] == "ok"


async def test_who_calls_while_the_server_restarts_is_answered_by_the_next(config: Config) -> None:
    async with StackSupervisor(config) as stack:
        demo = await stack.demo()
        assert demo.pid is not None
        os.kill(demo.pid, signal.SIGKILL)
        await until(stack, "demo", "restarting")
        assert (await read(f"{demo.url}/api/products"))["items"]
