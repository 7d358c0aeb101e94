"""Two small panes and a stack in memory, for tests of the frame; also runs as a program."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend_tui.core.config import Config
from backend_tui.core.errors import BackendError
from backend_tui.feature import Feature, Surroundings
from backend_tui.stack.endpoints import (
    CacheEndpoint,
    DemoEndpoint,
    ServiceChanged,
    ServiceName,
    ServiceState,
)

if TYPE_CHECKING:
    import click

    from backend_tui.ui.pane import Pane

READY = (
    ServiceState("demo", "ready", "127.0.0.1:8765"),
    ServiceState("cache", "ready", "valkey 9.1"),
    ServiceState("database", "ready", "SQLite"),
    ServiceState("docker", "absent", ""),
)


@dataclass
class MemoryStack:
    """A stack that says what a test puts into it, and remembers what it was asked."""

    states: tuple[ServiceState, ...] = READY
    endpoint: DemoEndpoint = field(default_factory=lambda: DemoEndpoint("http://127.0.0.1:1"))
    lines: tuple[str, ...] = ("one", "two")
    restarted: list[str] = field(default_factory=list)
    _readers: list[asyncio.Queue[ServiceChanged]] = field(default_factory=list)

    def services(self) -> tuple[ServiceState, ...]:
        return self.states

    async def events(self) -> AsyncGenerator[ServiceChanged]:
        queue: asyncio.Queue[ServiceChanged] = asyncio.Queue()
        self._readers.append(queue)
        while True:
            yield await queue.get()

    def change(self, state: ServiceState) -> None:
        self.states = tuple(state if each.name == state.name else each for each in self.states)
        for queue in self._readers:
            queue.put_nowait(ServiceChanged(state))

    async def demo(self) -> DemoEndpoint:
        return self.endpoint

    async def cache(self) -> CacheEndpoint:
        return CacheEndpoint("redis://127.0.0.1:1", is_embedded=True)

    def log(self, name: ServiceName) -> tuple[str, ...]:
        return self.lines

    async def restart(self, name: ServiceName) -> None:
        if name == "docker":
            raise BackendError("Docker is not ours.", "It was found running.", "Restart it there.")
        self.restarted.append(name)


def _pane(name: str) -> Any:
    def make(surroundings: Surroundings) -> Pane:
        from tests.backend_tui.workbench.small_pane import SmallPane

        return SmallPane(name)

    return make


def _commands() -> click.Group:
    import click

    return click.Group("small")


FEATURES = (
    Feature("rest", "REST", "f2", "Send requests.", _pane("rest"), _commands),
    Feature("cache", "Cache", "f6", "Watch keys.", _pane("cache"), _commands),
    Feature("traces", "Traces", None, "Follow journeys.", _pane("traces"), _commands),
)


def surroundings(stack: MemoryStack | None = None, **settings: Any) -> Surroundings:
    config = Config(**{"data_dir": Path("/nonexistent"), **settings})
    return Surroundings(config, stack or MemoryStack())


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[MemoryStack]:
    yield MemoryStack()


def main() -> int:
    """The workbench with the small panes on the real terminal, through skeleton and driver."""
    from backend_tui.workbench.skeleton import Skeleton

    skeleton = Skeleton("contrast-dark")
    skeleton.enter()
    skeleton.paint(FEATURES)
    try:
        from backend_tui.workbench.door import open_workbench

        config = Config(data_dir=Path(sys.argv[1]))
        return open_workbench(config, FEATURES, opened, skeleton)
    finally:
        skeleton.restore()


if __name__ == "__main__":
    import os

    code = main()
    os._exit(code)
