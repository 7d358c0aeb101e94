"""However the observing process ends, the server is left as it was found."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from time import monotonic

import pytest
import redis

from backend_tui.panes.cache.observation.observation import SUSPENDED, Observation
from backend_tui.panes.cache.observation.restorer import restore_once
from tests.backend_tui.panes.cache.observation.conftest import (
    SETTING,
    first_counters,
    names_of_clients,
    setting,
)
from tests.real_caches import CacheServer

WATCHER = "tests.backend_tui.panes.cache.observation.watcher"
ROOT = Path(__file__).parents[5]
PATIENCE = 15.0


@contextmanager
def watcher(server: CacheServer, rung: str, then: str = "wait") -> Iterator[subprocess.Popen[str]]:
    """The process, observing already."""
    process = subprocess.Popen(
        (sys.executable, "-m", WATCHER, server.url, rung, then),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "watching\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for_setting(client: redis.Redis, value: str) -> str:
    """The setting once it has this value, or at the end of our patience."""
    limit = monotonic() + PATIENCE
    while setting(client) != value and monotonic() < limit:
        client.ping()
    return setting(client)


def wait_until_gone(client: redis.Redis, name: str) -> bool:
    limit = monotonic() + PATIENCE
    while name in names_of_clients(client) and monotonic() < limit:
        client.ping()
    return name not in names_of_clients(client)


@pytest.mark.parametrize("rung", ["misses", "exact"])
@pytest.mark.parametrize("end", ["raise", "exit", signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
def test_a_process_that_ends_leaves_nothing_behind(
    server: CacheServer, client: redis.Redis, rung: str, end: str | signal.Signals
) -> None:
    client.config_set(SETTING, "KEx")
    before = setting(client)
    with watcher(server, rung, end if isinstance(end, str) else "wait") as process:
        if isinstance(end, signal.Signals):
            assert set(setting(client)) == set("KExem")
            process.send_signal(end)
        process.wait(PATIENCE)
        assert wait_for_setting(client, before) == before
        assert wait_until_gone(client, "backend-tui-observation")


async def test_closing_puts_the_setting_back_and_says_so(
    server: CacheServer, client: redis.Redis
) -> None:
    client.config_set(SETTING, "Kg")
    before = setting(client)
    observation = Observation(server.url, every=0.1)
    async with aclosing(observation.events("exact", 60, "confirm")) as batches:
        await first_counters(batches)
        assert set(setting(client)) == set(before + "Emxe")
    assert "backend-tui-observation" not in names_of_clients(client)
    told = await observation.aclose()
    assert told is not None
    assert told.is_done
    assert before in told.words
    assert setting(client) == before
    assert await observation.aclose() is None


async def test_an_exception_of_the_reader_closes_the_monitor(
    server: CacheServer, client: redis.Redis
) -> None:
    observation = Observation(server.url, every=0.1)

    async def fails() -> None:
        async with aclosing(observation.events("exact", 60, "confirm")) as batches:
            await first_counters(batches)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert wait_until_gone(client, "backend-tui-observation")
    await observation.aclose()
    assert setting(client) == ""


async def test_what_somebody_else_has_set_meanwhile_is_left(
    server: CacheServer, client: redis.Redis
) -> None:
    observation = Observation(server.url, every=0.1)
    async with aclosing(observation.events("misses", None, "confirm")) as batches:
        await first_counters(batches)
    client.config_set(SETTING, "AKEm")
    told = await observation.aclose()
    assert told is not None
    assert not told.is_done
    assert "somebody else" in told.words
    assert setting(client) == "AKEm"


async def test_a_cancelled_beginning_leaves_nothing_open(
    server: CacheServer, client: redis.Redis
) -> None:
    observation = Observation(server.url, every=0.1)
    beginning = asyncio.ensure_future(anext(observation.events("exact", 60, "confirm")))
    await asyncio.sleep(0)
    beginning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await beginning
    await asyncio.get_running_loop().shutdown_default_executor()
    await asyncio.sleep(0)
    assert wait_until_gone(client, "backend-tui-observation")


def test_an_old_value_is_put_back_once(server: CacheServer, client: redis.Redis) -> None:
    client.config_set(SETTING, "Emxe")
    assert restore_once(server.url, "Kg", "Emxe") == (True, f'{SETTING} is "Kg" again.')
    assert restore_once(server.url, "Kg", "Emxe")[0]
    assert setting(client) == "gK"


def test_a_suspended_process_monitors_no_more(server: CacheServer, client: redis.Redis) -> None:
    with watcher(server, "exact") as process:
        assert "backend-tui-observation" in names_of_clients(client)
        process.send_signal(signal.SIGTSTP)
        assert wait_until_gone(client, "backend-tui-observation")
        process.send_signal(signal.SIGCONT)
        assert process.stdout is not None
        assert process.stdout.readline() == f"ended: {SUSPENDED}\n"
        assert process.wait(PATIENCE) == 0
    assert wait_for_setting(client, "") == ""
