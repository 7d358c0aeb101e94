"""The frame: help, palette, jump mode, services, and a terminal that is too small."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from tests.snapshots.conftest import SIZES, workbench_of
from tests.snapshots.test_rest import opened


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
@pytest.mark.parametrize("key", ["ctrl+o", "ctrl+p", "f12"])
def test_what_a_key_opens(pictured: Any, size: tuple[int, int], key: str) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        await pilot.press(key)

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
def test_help_of_what_has_focus(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        await pane.action_open("body")
        workbench_of(pilot).action_keys_help()

    pictured(scene, size)


def test_a_terminal_that_is_too_small_says_so(pictured: Any) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        await opened(pilot)

    pictured(scene, (50, 15))
