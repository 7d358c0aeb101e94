"""However the process that runs the stack ends, five seconds later no child is left."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend_tui.core.config import Config
from backend_tui.stack.runtime import Runtime, place_of
from tests.backend_tui.stack.waiting import read, true_within

pytestmark = [
    pytest.mark.service("valkey"),
    pytest.mark.skipif(sys.platform == "win32", reason="kills by POSIX signals"),
]
LIMIT = 5.0


@asynccontextmanager
async def shop(config: Config) -> AsyncIterator[tuple[Process, str, Runtime]]:
    """`backend-tui demo` as a process of its own; yields it, its URL, and its runtime file."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend_tui", "--data-dir", str(config.data_dir)),
        *("demo", "--json"),
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        assert process.stdout is not None
        ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
        assert await true_within(10, lambda: len(children(config)) == 2)
        runtime = place_of(config).read()
        assert runtime is not None
        yield process, ready["url"], runtime
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def children(config: Config) -> tuple[int, ...]:
    runtime = place_of(config).read()
    return tuple(child.pid for child in runtime.children) if runtime else ()


async def all_gone(runtime: Runtime) -> bool:
    return await true_within(LIMIT, lambda: not any(each.is_alive for each in runtime.children))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
async def test_no_child_is_left(config: Config, number: signal.Signals) -> None:
    async with shop(config) as (process, _, runtime):
        assert all(each.is_alive for each in runtime.children)
        process.send_signal(number)
        assert await all_gone(runtime)
        code = await asyncio.wait_for(process.wait(), LIMIT)
    expected = {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGHUP: 129, signal.SIGINT: 130}
    assert code == expected[number]


async def test_children_that_hang_are_killed_too(config: Config) -> None:
    async with shop(config) as (process, _, runtime):
        for child in runtime.children:
            os.kill(child.pid, signal.SIGSTOP)
        process.kill()
        assert await all_gone(runtime)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_kill_in_the_middle_of_the_start_leaves_nothing(config: Config) -> None:
    for pause in (0.15, 0.2, 0.25, 0.3, 0.4, 0.5):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "backend_tui", "--data-dir", str(config.data_dir), "demo"),
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        await true_within(pause, lambda: False)
        process.kill()
        await process.wait()
        assert await true_within(LIMIT, lambda: not naming(config.data_dir))


async def test_after_a_kill_the_next_start_works_and_nothing_is_lost(config: Config) -> None:
    async with shop(config) as (process, url, _):
        process.kill()
        await process.wait()
        assert place_of(config).file.exists()
        async with shop(config) as (_, again, runtime):
            assert (await read(f"{again}/api/products"))["items"]
            assert all(each.is_alive for each in runtime.children)
        assert url.startswith("http://127.0.0.1:")


def naming(folder: Path) -> list[int]:
    """The processes whose command line names the folder, or that work in it."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes()
            works_in = str((place / "cwd").readlink())
        except OSError:
            continue
        if os.fsencode(folder) in words or works_in.startswith(str(folder)):
            found.append(int(place.name))
    return found
