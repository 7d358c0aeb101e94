"""A program is restarted with growing pauses, given up with its last words, and started anew."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

import pytest

from backend_tui.core.clock import Clock, ManualClock
from backend_tui.core.errors import BackendError
from backend_tui.stack.board import Board
from backend_tui.stack.child import Child, Launch, OnLine, start
from backend_tui.stack.endpoints import Condition, ServiceName, ServiceState
from backend_tui.stack.keeper import MOST_QUICK_DEATHS, Keeper

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the programs are shell scripts")


@dataclass
class Script:
    """A shell script that answers when it says `up`."""

    script: str
    name: ServiceName = "cache"
    title: str = "The script"
    grace: float = 1.0
    patience: float = 10.0
    final_codes: frozenset[int] = frozenset({3})
    launches: int = 0
    freed: int = 0
    _is_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def launch(self, on_line: OnLine) -> Child:
        self.launches += 1
        self._is_up.clear()

        def hear(channel: Literal["stdout", "stderr"], line: str) -> None:
            if line == "up":
                self._is_up.set()
            on_line(channel, line)

        return await start(Launch(("sh", "-c", self.script), os.environ), hear)

    async def answers(self) -> str:
        await self._is_up.wait()
        return "it is up"

    def hears(self, line: str) -> BackendError | Literal["mended"] | None:
        if line == "trouble":
            return BackendError("It is in trouble.")
        return "mended" if line == "mended" else None

    def words(self, line: str) -> str:
        return line.removeprefix("log: ")

    def gone(self) -> None:
        self.freed += 1


@asynccontextmanager
async def kept(program: Script, clock: Clock | None = None) -> AsyncIterator[Keeper]:
    keeper = Keeper(program, Board(), clock or ManualClock(), lambda: None)
    keeper.start()
    try:
        yield keeper
    finally:
        await keeper.stop()


async def until(keeper: Keeper, condition: Condition) -> ServiceState:
    async with asyncio.timeout(20), aclosing(keeper.board.events()) as events:
        while (state := keeper.board.state("cache")).condition != condition:
            await anext(events)
    return state


async def test_a_program_that_answers_is_ready_and_then_stopped() -> None:
    program = Script("echo up; exec sleep 60")
    async with kept(program) as keeper:
        assert (await until(keeper, "ready")).detail == "it is up"
    assert keeper.board.state("cache").condition == "stopped"
    assert program.freed == 1


async def test_quick_deaths_bring_growing_pauses_and_then_the_last_line_as_reason() -> None:
    clock = ManualClock()
    program = Script("echo log: first; echo log: no space left; exit 1")
    async with kept(program, clock) as keeper:
        state = await until(keeper, "failed")
    assert program.launches == MOST_QUICK_DEATHS
    assert clock.slept == [0.2, 0.4, 0.8, 1.6]
    assert state.error is not None
    assert state.error.why == "no space left"
    assert state.error.what == "The script did not start (exit code 1)."


async def test_a_death_after_a_long_life_counts_anew() -> None:
    clock = ManualClock()
    program = Script("echo up; exec sleep 60")
    async with kept(program, clock) as keeper:
        for _ in range(MOST_QUICK_DEATHS + 2):
            await until(keeper, "ready")
            clock.advance(60)
            assert keeper.child is not None
            os.kill(keeper.child.pid, signal.SIGKILL)
            await until(keeper, "restarting")
        await until(keeper, "ready")
    assert set(clock.slept) == {0.2}


async def test_a_killed_program_is_shown_as_restarting_with_the_reason() -> None:
    async with kept(Script("echo up; exec sleep 60")) as keeper:
        await until(keeper, "ready")
        assert keeper.child is not None
        os.kill(keeper.child.pid, signal.SIGKILL)
        state = await until(keeper, "restarting")
        assert state.error is not None
        assert "signal 9" in state.error.what
        await until(keeper, "ready")


async def test_an_exit_that_would_only_come_again_is_final_at_once() -> None:
    program = Script("echo port taken >&2; exit 3")
    async with kept(program) as keeper:
        state = await until(keeper, "failed")
    assert program.launches == 1
    assert state.error is not None
    assert state.error.why == "port taken"


async def test_a_program_that_never_answers_is_ended() -> None:
    program = Script("exec sleep 60", patience=0.1)
    async with kept(program) as keeper:
        state = await until(keeper, "failed")
    assert state.error is not None
    assert "No answer within 0.1 seconds" in state.error.why


async def test_a_failed_program_is_started_again_on_demand() -> None:
    program = Script("exit 3")
    async with kept(program) as keeper:
        await until(keeper, "failed")
        program.script = "echo up; exec sleep 60"
        await keeper.restart()
        assert (await until(keeper, "ready")).error is None


async def test_a_restart_brings_a_new_process() -> None:
    async with kept(Script("echo up; exec sleep 60")) as keeper:
        await until(keeper, "ready")
        assert keeper.child is not None
        before = keeper.child.pid
        await keeper.restart()
        await until(keeper, "ready")
        assert keeper.child.pid != before


async def test_trouble_that_is_heard_is_shown_until_it_is_mended() -> None:
    program = Script(
        "trap 'echo mended' USR1; echo up; echo trouble; echo trouble; while :; do sleep 0.05; done"
    )
    async with kept(program) as keeper, asyncio.timeout(20):
        async with aclosing(keeper.board.events()) as events:
            while keeper.board.state("cache").error is None:
                await anext(events)
            assert keeper.board.state("cache").condition == "ready"
            assert keeper.child is not None
            os.kill(keeper.child.pid, signal.SIGUSR1)
            while keeper.board.state("cache").error is not None:
                await anext(events)
        assert keeper.board.state("cache").condition == "ready"
