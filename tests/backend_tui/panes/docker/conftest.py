"""The real engine, our own way to talk to it, and the rule that no thread is left behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio

from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.connection import SdkEngine
from tests.real_engine import RealEngine, engine, own_engine, session_engine

__all__ = ["engine", "own_engine", "session_engine"]


def docker_threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name.startswith("docker-")]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    """Every test lets go of its calls and streams."""
    yield
    patience = threading.Event()
    for _ in range(100):
        if not docker_threads():
            return
        patience.wait(0.02)
    assert docker_threads() == []


@pytest_asyncio.fixture
async def client(engine: RealEngine) -> AsyncIterator[DockerClient]:
    """The client of the session's engine."""
    made = DockerClient(SdkEngine(engine.url))
    yield made
    await made.aclose()


async def until(holds: Callable[[], object], patience: float = 10.0) -> None:
    """Wait until it holds; fails loudly when it never does."""
    async with asyncio.timeout(patience):
        while not holds():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.01)
