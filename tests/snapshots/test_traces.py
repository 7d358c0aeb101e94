"""The Traces pane: empty, full, one journey, two side by side, a lost feed."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot

from backend_tui.core.errors import BackendError
from backend_tui.panes.traces.journey import Journey
from backend_tui.panes.traces.model import (
    Cleared,
    Compared,
    FeedLost,
    FeedOpened,
    JourneyMarked,
    JourneysArrived,
)
from backend_tui.panes.traces.pane import TracesPane
from tests.backend_tui import journeys
from tests.snapshots.conftest import SIZES, THEMES, until, workbench_of

SHOP = "http://127.0.0.1:8765"


async def opened(pilot: Pilot[Any]) -> TracesPane:
    """The pane on screen, its own feed stopped and forgotten."""
    await until(pilot, lambda: workbench_of(pilot).pane is not None)
    await workbench_of(pilot).action_go("traces")
    pane = workbench_of(pilot).pane
    assert isinstance(pane, TracesPane)
    await until(pilot, lambda: pane.state.feed == "live")
    pane.disappear()
    await pilot.pause(0.2)
    pane._shop = SHOP
    pane._happen(Cleared())
    pane._happen(FeedOpened())
    return pane


def listed() -> tuple[Journey, ...]:
    """A day in the shop: calm, repeating and failing journeys."""
    made = (
        journeys.full("01" * 16),
        journeys.repeating(12, "02" * 16),
        journeys.failing("03" * 16),
        journeys.full("04" * 16),
        journeys.repeating(40, "05" * 16),
        journeys.full("06" * 16),
    )
    return tuple(Journey(each) for each in made)


def give(pane: TracesPane) -> tuple[Journey, ...]:
    """The journeys as the feed would bring them."""
    arrived = listed()
    pane._happen(JourneysArrived(arrived))
    return arrived


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_empty(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        await opened(pilot)

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
def test_full(pictured: Any, size: tuple[int, int], theme: str) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        give(await opened(pilot))

    pictured(scene, size, theme)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_one_journey_with_repeated_statements(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        pane._open(give(pane)[1])

    pictured(scene, size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_two_side_by_side(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        arrived = give(pane)
        pane._happen(JourneyMarked(arrived[0]))
        pane._happen(Compared(arrived[1]))

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_lost_feed(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        give(pane)
        gone = BackendError(
            "The shop's journeys stopped coming.",
            "Nobody answers at 127.0.0.1:8765.",
            "It is asked again by itself; F12 shows how the services are.",
        )
        pane._happen(FeedLost(gone, 4.0))

    pictured(scene, size)
