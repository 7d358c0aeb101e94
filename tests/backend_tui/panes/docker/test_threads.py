"""Blocking calls wait in few threads, which end when they are idle, closed or not."""

from __future__ import annotations

import asyncio
import threading

import pytest

from backend_tui.panes.docker.engine import threads
from backend_tui.panes.docker.engine.threads import Threads
from tests.backend_tui.panes.docker.conftest import docker_threads, until


async def test_at_most_so_many_calls_run_together() -> None:
    pool, gate = Threads(3), threading.Event()
    calls = [asyncio.ensure_future(pool.run(lambda: gate.wait(5))) for _ in range(10)]
    await until(lambda: len(docker_threads()) == 3)
    gate.set()
    assert await asyncio.gather(*calls) == [True] * 10
    await pool.aclose()
    assert docker_threads() == []


async def test_a_failure_is_raised_where_it_is_awaited() -> None:
    pool = Threads()
    with pytest.raises(ZeroDivisionError):
        await pool.run(lambda: 1 / 0)
    await pool.aclose()


async def test_a_call_that_nobody_awaits_any_more_ends_unheard() -> None:
    pool, gate = Threads(), threading.Event()
    call = asyncio.ensure_future(pool.run(lambda: gate.wait(5)))
    await until(docker_threads)
    call.cancel()
    gate.set()
    assert await pool.run(lambda: 7) == 7
    await pool.aclose()


async def test_idle_threads_end_by_themselves_even_after_closing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(threads, "IDLE", 0.05)
    pool = Threads()
    await pool.aclose()
    assert await pool.run(lambda: 1) == 1
    await until(lambda: not docker_threads())
    assert await pool.run(lambda: 2) == 2
