"""A monitor that is not read fills a server's memory and evicts its keys; ours can not."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import aclosing

import pytest
import redis

from backend_tui.panes.cache.observation import tap as tap_module
from backend_tui.panes.cache.observation.observation import CLIENT_NAME, Observation
from backend_tui.panes.cache.observation.tap import Tap
from tests.backend_tui.panes.cache.observation.conftest import first_counters, names_of_clients
from tests.backend_tui.panes.cache.observation.test_restoring import watcher
from tests.real_caches import CacheServer, running

KEYS = 20_000
WRITES = 65_000
VALUE = b"x" * 1_000


@pytest.fixture(params=["valkey", "redis"])
def small_server(request: pytest.FixtureRequest) -> Iterator[CacheServer]:
    """64 MB, evicting, with 20 000 keys of 1 kB: about half of it is used."""
    options = ("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru")
    with running(request.param, *options) as server:
        write(server, KEYS)
        yield server


def write(server: CacheServer, count: int) -> str:
    """Overwrite existing keys; the error that stopped it, or nothing."""
    with redis.Redis(port=server.port) as client:
        for start in range(0, count, 500):
            with client.pipeline(transaction=False) as pipe:
                for number in range(start, start + 500):
                    pipe.set(f"key:{number % KEYS}", VALUE)
                try:
                    pipe.execute()
                except redis.ResponseError as error:
                    return str(error)
    return ""


def evicted(server: CacheServer) -> int:
    with redis.Redis(port=server.port) as client:
        return int(client.info("stats")["evicted_keys"])


def test_a_plain_monitor_that_is_not_read_does_the_harm(small_server: CacheServer) -> None:
    with socket.create_connection(("127.0.0.1", small_server.port)) as monitor:
        monitor.sendall(b"MONITOR\r\n")
        assert monitor.recv(5) == b"+OK\r\n"
        error = write(small_server, WRITES)
    assert evicted(small_server) > 10_000 or "OOM" in error


async def test_the_watchdog_closes_ours_before_a_key_is_evicted(
    small_server: CacheServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    is_stalled = threading.Event()
    reads = Tap.receive

    def stalls(tap: Tap) -> bool:
        if is_stalled.is_set():
            released.wait(30)
        return reads(tap)

    monkeypatch.setattr(Tap, "receive", stalls)
    observation = Observation(small_server.url, every=0.2)
    offer = await observation.offer("exact")
    assert offer.needs == "typed"
    assert "maxmemory" in offer.why
    try:
        async with aclosing(observation.events("exact", 60, "typed")) as batches:
            await first_counters(batches)
            is_stalled.set()
            error = await asyncio.to_thread(write, small_server, WRITES)
            with redis.Redis(port=small_server.port) as client:
                assert CLIENT_NAME not in names_of_clients(client)
            released.set()
            last = [batch async for batch in batches][-1]
    finally:
        released.set()
        await observation.aclose()
    assert error == ""
    assert evicted(small_server) == 0
    assert "unread: closed for safety" in last.ended
    assert last.is_exact is not True


def test_even_a_frozen_process_is_cut_by_the_server_itself(small_server: CacheServer) -> None:
    with watcher(small_server, "exact") as process:
        process.send_signal(signal.SIGSTOP)
        error = write(small_server, 2 * WRITES)
        with redis.Redis(port=small_server.port) as client:
            assert CLIENT_NAME not in names_of_clients(client)
            assert client.dbsize() > KEYS // 2
        process.send_signal(signal.SIGCONT)
    assert error == ""


@pytest.mark.skipif(shutil.which("redis-benchmark") is None, reason="redis-benchmark is missing")
async def test_a_flood_stays_bounded_and_what_is_lost_is_counted(
    server: CacheServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tap_module, "MOST_MESSAGES", 5_000)
    observation = Observation(server.url, every=0.2)
    largest = 0
    words = ("-p", str(server.port), "-t", "get", "-r", "500", "-n", "120000", "-c", "50", "-q")
    async with asyncio.timeout(60), aclosing(observation.events("exact", 60, "typed")) as batches:
        await first_counters(batches)
        flood = await asyncio.create_subprocess_exec(
            "redis-benchmark", *words, stdout=asyncio.subprocess.PIPE
        )
        lookups = 0
        checks = 0
        async for batch in batches:
            lookups += len(batch.rows)
            largest = max(largest, len(batch.rows))
            last = batch
            # The reader thread goes on while we hold the loop, so that it must throw away.
            if batch.rows and not batch.lost:
                threading.Event().wait(0.3)
            checks += flood.returncode is not None and batch.counters is not None
            if checks == 2 or batch.ended:
                break
        await flood.communicate()
    await observation.aclose()
    assert largest <= 5_000
    assert last.lost > 0
    assert last.check.is_exact is False
    assert last.check.words == f"approx: {last.lost} lost"
    assert last.ended == "" or "closed for safety" in last.ended
    assert 0 < lookups < 120_000


@pytest.mark.skipif(shutil.which("redis-benchmark") is None, reason="redis-benchmark is missing")
async def test_a_quick_server_asks_for_a_typed_consent(server: CacheServer) -> None:
    words = ("-p", str(server.port), "-t", "set", "-n", "100000000", "-P", "16", "-c", "20", "-q")
    flood = await asyncio.create_subprocess_exec(
        "redis-benchmark", *words, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        observation = Observation(server.url)
        async with asyncio.timeout(30):
            offer = await observation.offer("exact")
            while offer.needs != "typed":
                offer = await observation.offer("exact")
        assert "commands a second" in offer.why
    finally:
        flood.kill()
        await flood.wait()
