"""The real shop with a Valkey that keeps an append-only file, reset before each test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from backend_tui.panes.cache.strategies.client import StackStrategyClient
from tests.backend_tui.stack_at import TOKEN, StackAt
from tests.real_caches import running

ROOT = Path(__file__).parents[5]


@pytest.fixture(scope="session")
def cached_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackAt]:
    """The shop as a process of its own, its cache a Valkey."""
    with running("valkey", "--appendonly", "yes", "--appendfsync", "everysec") as valkey:
        environment = {name: v for name, v in os.environ.items() if not name.startswith("DEMO_")}
        environment |= {"DEMO_WORKBENCH_TOKEN": TOKEN, "DEMO_REDIS_URL": valkey.url}
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        folder = str(tmp_path_factory.mktemp("cached-shop"))
        command = [sys.executable, "-m", "demo_server", "--port", "0", "--exit-with-stdin"]
        process = subprocess.Popen(
            [*command, "--data-dir", folder],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        yield StackAt(json.loads(process.stdout.readline())["url"])
        process.stdin.close()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)
        process.stdout.close()


@pytest.fixture
async def client(cached_shop: StackAt) -> AsyncIterator[StackStrategyClient]:
    """The lab as the shop starts: policies, empty caches, counters at zero."""
    made = StackStrategyClient(cached_shop)
    await made.reset()
    yield made
    await made.aclose()
