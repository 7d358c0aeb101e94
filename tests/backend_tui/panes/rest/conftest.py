"""The real shop in a process of its own, and a stack that does nothing but point at it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from backend_tui.core.errors import MissingError
from backend_tui.stack.endpoints import (
    CacheEndpoint,
    DemoEndpoint,
    ServiceChanged,
    ServiceName,
    ServiceState,
)

TOKEN = "workbench-token-of-the-rest-tests-0123456789"
ROOT = Path(__file__).parents[4]


class StackAt:
    """A `Stack` whose shop is already there."""

    def __init__(self, url: str, token: str = TOKEN) -> None:
        self.endpoint = DemoEndpoint(url, token)

    def services(self) -> tuple[ServiceState, ...]:
        return (ServiceState("demo", "ready", self.endpoint.url),)

    async def events(self) -> AsyncGenerator[ServiceChanged]:
        for state in self.services():
            yield ServiceChanged(state)

    async def demo(self) -> DemoEndpoint:
        return self.endpoint

    async def cache(self) -> CacheEndpoint:
        raise MissingError("There is no cache here.")

    def log(self, name: ServiceName) -> tuple[str, ...]:
        return ()

    async def restart(self, name: ServiceName) -> None:
        raise MissingError("Nothing here can be restarted.")


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackAt]:
    """A running shop with its seeded data, shared by all REST tests."""
    environment = {name: v for name, v in os.environ.items() if not name.startswith("DEMO_")}
    environment |= {"DEMO_WORKBENCH_TOKEN": TOKEN}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, "-m", "demo_server", "--port", "0", "--exit-with-stdin"]
    process = subprocess.Popen(
        [*command, "--data-dir", str(tmp_path_factory.mktemp("rest-shop"))],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    yield StackAt(ready["url"])
    process.stdin.close()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
    process.stdout.close()
