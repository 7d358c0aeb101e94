"""The Docker pane where no engine answers: what was tried, why it failed, what can be done."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from backend_tui.panes.docker.pane import DockerPane
from backend_tui.ui.error_banner import ErrorBanner
from tests.snapshots.conftest import SIZES, until, workbench_of


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_no_engine(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        await until(pilot, lambda: workbench_of(pilot).pane is not None)
        await workbench_of(pilot).action_go("docker")
        pane = workbench_of(pilot).pane
        assert isinstance(pane, DockerPane)
        await until(pilot, lambda: pane.query_one(ErrorBanner).problem is not None)

    pictured(scene, size)
