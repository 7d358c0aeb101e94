"""The Cache pane: quiet, full, paused and filtered, a key, too many keys, a lost feed."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from backend_tui.core.errors import BackendError
from backend_tui.panes.cache.live.model import FeedChosen, FeedLost, Grouped, KeyOpened, Paused
from backend_tui.panes.cache.model import CacheStatus, Connected
from backend_tui.panes.cache.pane import CachePane
from backend_tui.panes.cache.row import Row
from backend_tui.panes.cache.wire import Operations
from tests.backend_tui.panes.cache.operations import batch, expired, fill, hit, stored
from tests.snapshots.conftest import SIZES, THEMES, until, workbench_of

STATUS = CacheStatus("life-1", 0, "redis", "shop", "everysec", tells_expiry=True)


async def opened(pilot: Pilot[Any]) -> CachePane:
    """The pane on screen, its own feed stopped and forgotten."""
    await until(pilot, lambda: workbench_of(pilot).pane is not None)
    await workbench_of(pilot).action_go("cache")
    pane = workbench_of(pilot).pane
    assert isinstance(pane, CachePane)
    live = pane.live
    await until(pilot, lambda: live.state.feed == "live")
    live.disappear()
    await pilot.pause(0.1)
    live.is_shown = True
    live.happen(FeedChosen())
    live.happen(Connected(STATUS))
    return pane


def a_minute(now_ms: float) -> Operations:
    """What a shop asks of its cache in a minute: hits, fills, a stale read, what expired."""
    rows: list[Row] = []
    for step in range(240):
        at = now_ms - 60_000 + step * 250
        key = f"shop:products:{(step * step) % 7}"
        if step % 9 == 0:
            rows += fill(key, at)
        elif step % 23 == 0:
            rows += [expired(key, at), *fill(key, at)]
        elif step % 31 == 0:
            rows.append(
                stored("shop:products:generation", at, None)._replace(strategy="generation")
            )
        else:
            rows.append(hit(key, at, {0: "stale", 5: "negative"}.get(step % 17)))
        if step % 6 == 0:
            rows.append(hit("shop:products:list:/api/products?page=2:v3", at + 100))
    return batch(rows)


def give(pane: CachePane) -> None:
    """The operations as the feed would bring them, drawn at once."""
    pane.live.happen(a_minute(pane.live.now_ms()))
    drawn(pane)


def drawn(pane: CachePane) -> None:
    """All that has arrived, without waiting for the next tick."""
    if not pane.live.state.is_paused:
        pane.live.feed.flush(force=True)
    pane.live.draw_counts()


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_quiet(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        drawn(await opened(pilot))

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("theme", THEMES)
def test_full(pictured: Any, size: tuple[int, int], theme: str) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        give(await opened(pilot))

    pictured(scene, size, theme)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_paused_and_filtered(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        give(pane)
        pane.live.query_one("#live-filter", Input).value = "products:? -hit "
        pane.live.happen(Grouped("prefix"))
        pane.live.happen(Paused())
        first = pane.live.state.statistics.last + 38
        pane.live.happen(batch([hit("shop:products:1")] * 3, first))
        await until(pilot, lambda: pane.live.tables.active == "prefix")
        await pilot.pause(0.1)
        drawn(pane)

    pictured(scene, size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_one_key(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        give(pane)
        pane.live.happen(KeyOpened("shop:products:2"))
        drawn(pane)

    pictured(scene, size)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
def test_more_keys_than_can_be_counted(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        now_ms = pane.live.now_ms()
        rows = [hit(f"session-{number % 3_000}:cart", now_ms - 5_000) for number in range(9_000)]
        rows += [hit("shop:products:1", now_ms - 4_000)] * 900
        pane.live.happen(batch(rows))
        drawn(pane)

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_lost_feed(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        pane = await opened(pilot)
        give(pane)
        gone = BackendError(
            "The shop's cache feed stopped coming.",
            "Nobody answers at 127.0.0.1:8765.",
            "It is asked again by itself; F12 shows how the services are.",
        )
        pane.live.happen(FeedLost(gone, 4.0))
        drawn(pane)

    pictured(scene, size)
