"""The board tells everyone who listens, keeps the last lines, and lets nobody wait in vain."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.errors import MissingError
from backend_tui.core.text import is_clean
from backend_tui.stack.board import KEPT_LINES, LONGEST_LINE, Board
from backend_tui.stack.endpoints import DemoEndpoint, ServiceChanged, ServiceState


async def test_every_listener_hears_every_change() -> None:
    board = Board()

    async def first_two() -> list[ServiceChanged]:
        async with aclosing(board.events()) as events:
            return [await anext(events), await anext(events)]

    listeners = [asyncio.create_task(first_two()) for _ in range(3)]
    await asyncio.sleep(0)
    ready = ServiceState("cache", "ready", "Valkey")
    board.show(ready)
    board.show(ready)
    board.show(ServiceState("cache", "stopped"))
    heard = await asyncio.gather(*listeners)
    assert [[each.state.condition for each in one] for one in heard] == [["ready", "stopped"]] * 3


async def test_lines_are_no_change_of_state() -> None:
    board = Board()
    async with aclosing(board.events()) as events:
        waiting = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        board.write("demo", "GET /")
        board.show(ServiceState("demo", "ready"))
        assert (await waiting).state.name == "demo"


def test_services_come_in_a_fixed_order() -> None:
    board = Board()
    board.show(ServiceState("docker", "absent"))
    assert [each.name for each in board.states()] == ["demo", "cache", "database", "docker"]


def test_only_the_last_lines_are_kept() -> None:
    board = Board()
    for number in range(KEPT_LINES + 5):
        board.write("demo", f"line {number}\r\n")
    assert len(board.log("demo")) == KEPT_LINES
    assert board.log("demo")[0] == "line 5"


@given(st.text())
def test_a_line_is_kept_clean_and_short(text: str) -> None:
    board = Board()
    kept = board.write("cache", text)
    assert board.log("cache") == (kept,)
    assert is_clean(kept)
    assert "\n" not in kept
    assert len(kept) <= LONGEST_LINE


async def test_who_asks_for_the_server_waits_while_it_restarts() -> None:
    board = Board()
    board.show(ServiceState("demo", "restarting"))
    asked = asyncio.create_task(board.demo())
    await asyncio.sleep(0)
    assert not asked.done()
    board.place_demo(DemoEndpoint("http://127.0.0.1:1"))
    board.show(ServiceState("demo", "ready"))
    assert (await asked).url == "http://127.0.0.1:1"


async def test_who_asks_for_a_failed_service_hears_why() -> None:
    board = Board()
    asked = asyncio.create_task(board.cache())
    await asyncio.sleep(0)
    problem = MissingError("No cache.", "No wheel.", "Use --redis.")
    board.show(ServiceState("cache", "failed", error=problem))
    with pytest.raises(MissingError, match=r"No wheel\.") as raised:
        await asked
    assert raised.value is not problem


@pytest.mark.parametrize("condition", ["absent", "stopped"])
async def test_who_asks_for_what_is_not_there_hears_so(condition: str) -> None:
    board = Board()
    board.show(ServiceState("demo", condition))  # type: ignore[arg-type]
    with pytest.raises(MissingError, match="The demo server is"):
        await board.demo()
