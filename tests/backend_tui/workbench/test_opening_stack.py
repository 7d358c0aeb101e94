"""A stack that is still opening: who asks waits, who looks sees how it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from backend_tui.core.errors import BackendError
from backend_tui.workbench.opening_stack import OpeningStack
from tests.backend_tui.workbench.small import READY, MemoryStack


async def test_who_asks_early_is_answered_when_the_stack_stands() -> None:
    gate = asyncio.Event()
    closed = []

    @asynccontextmanager
    async def opening() -> AsyncIterator[MemoryStack]:
        await gate.wait()
        yield MemoryStack()
        closed.append(True)

    stack = OpeningStack(opening)
    stack.start()
    asked = asyncio.create_task(stack.demo())
    await asyncio.sleep(0)
    assert {each.condition for each in stack.services()} == {"starting"}
    assert not asked.done()
    assert stack.log("demo") == ()
    gate.set()
    assert (await asked).url == "http://127.0.0.1:1"
    assert stack.services() == READY
    events = stack.events()
    assert [(await anext(events)).state for _ in READY] == list(READY)
    await events.aclose()
    await stack.close()
    assert closed == [True]


async def test_a_stack_that_cannot_open_says_so_to_everyone() -> None:
    folder_is_full = True

    @asynccontextmanager
    async def opening() -> AsyncIterator[MemoryStack]:
        if folder_is_full:
            raise BackendError("The data directory is not writable.")
        yield MemoryStack()

    stack = OpeningStack(opening)
    stack.start()
    with pytest.raises(BackendError, match="not writable"):
        await stack.demo()
    assert {each.condition for each in stack.services()} == {"failed"}
    assert [event.state.name async for event in stack.events()] == [
        "demo",
        "cache",
        "database",
        "docker",
    ]
    await stack.close()


async def test_closing_ends_an_opening_that_hangs() -> None:
    ended = []

    @asynccontextmanager
    async def opening() -> AsyncIterator[MemoryStack]:
        try:
            await asyncio.Event().wait()
            yield MemoryStack()
        finally:
            ended.append(True)

    stack = OpeningStack(opening)
    stack.start()
    await asyncio.sleep(0)
    await stack.close()
    assert ended == [True]
