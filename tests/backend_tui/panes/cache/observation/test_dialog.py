"""The ladder on screen: costs are read before anything is chosen, and consent is given by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from textual.app import App
from textual.pilot import Pilot

from backend_tui.panes.cache.observation.dialog import Choice, ObservationDialog
from backend_tui.panes.cache.observation.offers import FEED, Offer

COUNTERS = Offer("counters", "Counters", "Hits and misses in all.", "About 40 µs.", "nothing")
MISSES = Offer(
    "misses", "Misses", "Every missed key.", "0.2 µs a miss.", "confirm", "Emxe is added."
)
EXACT = Offer(
    "exact", "Exact, for seconds", "Every hit.", "100 % more CPU.", "typed", "Only 12 MB."
)
LADDER = (FEED, COUNTERS, MISSES, EXACT)


class Asking(App[None]):
    """Shows the dialog, and keeps what it answered."""

    answers: list[Choice | None]

    def __init__(self, offers: tuple[Offer, ...]) -> None:
        super().__init__()
        self.answers = []
        self._offers = offers

    def on_mount(self) -> None:
        self.push_screen(ObservationDialog(self._offers, "counters"), self.answers.append)


@asynccontextmanager
async def asking(
    *offers: Offer, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Asking, Pilot[None]]]:
    app = Asking(offers or LADDER)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


def drawn(app: App[None]) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (120, 40)])
async def test_every_rung_stands_there_with_its_cost_when_it_is_looked_at(
    size: tuple[int, int],
) -> None:
    async with asking(size=size) as (app, pilot):
        assert "● Counters  now" in drawn(app)
        assert COUNTERS.cost in drawn(app)
        await pilot.press("down")
        assert MISSES.words in drawn(app)
        assert MISSES.cost in drawn(app)
        assert MISSES.why in drawn(app)
        assert "asks first" in drawn(app)
        assert "risky here" in drawn(app)


async def test_what_needs_nothing_is_chosen_at_once() -> None:
    async with asking() as (app, pilot):
        await pilot.press("up", "enter")
        assert app.answers == [Choice("feed", None, "nothing")]


async def test_what_changes_the_server_is_asked_for_twice() -> None:
    async with asking() as (app, pilot):
        await pilot.press("down", "enter")
        assert app.answers == []
        assert "Press enter again" in drawn(app)
        await pilot.press("escape")
        assert "Press enter again" not in drawn(app)
        await pilot.press("enter", "enter")
        assert app.answers == [Choice("misses", None, "confirm")]


async def test_a_risk_is_taken_only_by_typing_yes() -> None:
    async with asking() as (app, pilot):
        await pilot.press("down", "down", "right", "enter", *"no", "enter")
        assert app.answers == []
        await pilot.press("enter", *"yes", "enter")
        assert app.answers == [Choice("exact", 20.0, "typed")]


async def test_the_time_stays_between_five_seconds_and_a_minute() -> None:
    async with asking(COUNTERS, replace(EXACT, needs="confirm")) as (app, pilot):
        await pilot.press("down", *["right"] * 9)
        assert "Exact for 60 s" in drawn(app)
        await pilot.press(*["left"] * 9)
        assert "Exact for 5 s" in drawn(app)
        await pilot.press("enter", "enter")
        assert app.answers == [Choice("exact", 5.0, "confirm")]


async def test_what_is_refused_is_not_chosen_and_says_why() -> None:
    refused = replace(EXACT, needs="refused", why="NOPERM [red]monitor\x1b")
    async with asking(COUNTERS, refused) as (app, pilot):
        await pilot.press("down", "enter", "enter")
        assert app.answers == []
        assert "✗ Exact" in drawn(app)
        assert "NOPERM [red]monitor␛" in drawn(app)
        await pilot.press("escape")
        assert app.answers == [None]
