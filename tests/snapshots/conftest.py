"""The workbench on a real shop with still services, and a comparison that a crash cannot pass."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from backend_tui.core.clock import ManualClock
from backend_tui.core.config import Config
from backend_tui.feature import Surroundings
from backend_tui.registry import FEATURES
from backend_tui.stack.endpoints import ServiceChanged, ServiceState
from backend_tui.workbench.app import Workbench
from tests.backend_tui.panes.conftest import shop as shop
from tests.backend_tui.stack_at import StackAt

SIZES = ((80, 24), (120, 40), (200, 60))
THEMES = ("contrast-dark", "contrast-light")
Scene = Callable[[Pilot[Any]], Awaitable[None]]


class StillStack(StackAt):
    """A stack whose services are always the same, wherever the shop behind them answers."""

    def services(self) -> tuple[ServiceState, ...]:
        return (
            ServiceState("demo", "ready", "127.0.0.1:8765"),
            ServiceState("cache", "ready", "Valkey 9.1"),
            ServiceState("database", "ready", "SQLite"),
            ServiceState("docker", "absent", "no engine"),
        )

    async def events(self) -> AsyncGenerator[ServiceChanged]:
        for state in self.services():
            yield ServiceChanged(state)


def workbench(shop: StackAt, folder: Path, theme: str = "contrast-dark") -> Workbench:
    """The real app with every pane, on that shop; no engine answers."""
    config = Config(data_dir=folder, theme=theme, docker_host="unix:///run/no-engine.sock")
    stack = StillStack(shop.endpoint.url, shop.endpoint.token)
    return Workbench(FEATURES, Surroundings(config, stack, ManualClock()))


@pytest.fixture
def pictured(
    snap_compare: Any, shop: StackAt, tmp_path: Path
) -> Callable[[Scene, tuple[int, int], str], None]:
    """Plays a scene in the workbench and holds the picture against the one in the repository."""

    def compare(scene: Scene, size: tuple[int, int], theme: str = "contrast-dark") -> None:
        app = workbench(shop, tmp_path, theme)

        async def play(pilot: Pilot[Any]) -> None:
            await scene(pilot)
            await settled(pilot)

        is_same = snap_compare(app, terminal_size=size, run_before=play)
        assert not app.return_code, app.crash_report
        assert is_same

    return compare


def workbench_of(pilot: Pilot[Any]) -> Workbench:
    """The app that the pilot steers."""
    assert isinstance(pilot.app, Workbench)
    return pilot.app


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until three looks in a row show the same screen."""
    seen: list[str] = []
    for _ in range(200):
        await pilot.pause(0.02)
        strips = pilot.app.screen._compositor.render_strips()
        seen.append("\n".join(strip.text for strip in strips))
        if len(seen) > 3 and seen[-1] == seen[-2] == seen[-3]:
            return
    raise TimeoutError("the screen never came to rest")


async def until(pilot: Pilot[Any], is_so: Callable[[], bool]) -> None:
    """Wait for it, at most eight seconds."""
    for _ in range(400):
        if is_so():
            return
        await pilot.pause(0.02)
    raise TimeoutError("what the scene waits for did not happen")
