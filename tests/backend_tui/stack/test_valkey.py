"""The embedded cache is a real Valkey: private, bounded, and no kill makes it forget."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import redis.asyncio

from backend_tui.core.clock import SystemClock
from backend_tui.core.errors import BackendError
from backend_tui.stack.board import Board
from backend_tui.stack.keeper import Keeper
from backend_tui.stack.redis_greeting import greet
from backend_tui.stack.valkey import Valkey
from tests.backend_tui.stack.test_keeper import until

CONFIGURED = {
    "maxmemory": str(64 << 20),
    "maxmemory-policy": "volatile-lru",
    "notify-keyspace-events": "xeE",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "bind": "127.0.0.1",
    "save": "",
}

pytestmark = pytest.mark.service("valkey")


@asynccontextmanager
async def cache(folder: Path, *, is_fresh: bool = False) -> AsyncIterator[Keeper]:
    board = Board()
    keeper = Keeper(Valkey(folder, board, is_fresh), board, SystemClock(), lambda: None)
    keeper.start()
    try:
        yield keeper
    finally:
        await keeper.stop()


def client(keeper: Keeper) -> redis.asyncio.Redis:
    endpoint = keeper.board.cache_endpoint
    assert endpoint is not None
    return redis.asyncio.Redis.from_url(endpoint.url, decode_responses=True)


async def test_it_tells_what_it_is(tmp_path: Path) -> None:
    async with cache(tmp_path) as keeper:
        state = await until(keeper, "ready")
        assert state.detail.startswith("Valkey 9.")
        assert keeper.board.cache_endpoint is not None
        assert keeper.board.cache_endpoint.is_embedded
        assert "***" not in repr(keeper.board.cache_endpoint)
        assert "redis://" not in repr(keeper.board.cache_endpoint)


async def test_it_is_bounded_and_keeps_what_it_acknowledges(tmp_path: Path) -> None:
    async with cache(tmp_path / 'a folder with “quotes" and spaces') as keeper:
        await until(keeper, "ready")
        async with client(keeper) as asked:
            found = await asked.config_get(*CONFIGURED)
        assert found == CONFIGURED


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_the_password_is_in_no_process_list(tmp_path: Path) -> None:
    async with cache(tmp_path) as keeper:
        await until(keeper, "ready")
        assert keeper.child is not None
        assert keeper.board.cache_endpoint is not None
        password = keeper.board.cache_endpoint.url.split("@")[0].split(":")[-1]
        process = Path(f"/proc/{keeper.child.pid}")
        assert len(password) >= 24
        assert password.encode() not in (process / "cmdline").read_bytes()
        assert password.encode() not in (process / "environ").read_bytes()


async def test_nobody_is_let_in_without_the_password(tmp_path: Path) -> None:
    async with cache(tmp_path) as keeper:
        await until(keeper, "ready")
        assert keeper.board.cache_endpoint is not None
        address = keeper.board.cache_endpoint.url.split("@")[1]
        with pytest.raises(BackendError, match="wants a valid password"):
            await greet(f"redis://{address}")
        with pytest.raises(BackendError, match="wants a valid password"):
            await greet(f"redis://:wrong@{address}")


async def test_what_was_acknowledged_survives_its_kill(tmp_path: Path) -> None:
    async with cache(tmp_path) as keeper:
        await until(keeper, "ready")
        before = keeper.board.cache_endpoint
        async with client(keeper) as writer:
            for number in range(500):
                await writer.set(f"key:{number}", number)
        assert keeper.child is not None
        os.kill(keeper.child.pid, signal.SIGKILL)
        await until(keeper, "restarting")
        await until(keeper, "ready")
        assert keeper.board.cache_endpoint == before
        async with client(keeper) as reader:
            assert await reader.dbsize() == 500


async def test_the_next_start_finds_it_and_a_fresh_one_does_not(tmp_path: Path) -> None:
    async with cache(tmp_path) as keeper:
        await until(keeper, "ready")
        async with client(keeper) as writer:
            await writer.set("kept", "yes")
    async with cache(tmp_path) as keeper:
        await until(keeper, "ready")
        async with client(keeper) as reader:
            assert await reader.get("kept") == "yes"
    async with cache(tmp_path, is_fresh=True) as keeper:
        await until(keeper, "ready")
        async with client(keeper) as reader:
            assert await reader.dbsize() == 0


async def test_a_folder_that_cannot_be_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    async with cache(tmp_path / "file" / "cache") as keeper:
        state = await until(keeper, "failed")
    assert state.error is not None
    assert state.error.why == "A file is in the way."
    assert "--data-dir" in state.error.hint


async def test_a_broken_file_is_given_up_with_valkeys_own_reason(tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").mkdir()
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").write_text("no manifest at all\n")
    async with cache(tmp_path) as keeper:
        state = await until(keeper, "failed")
    assert state.error is not None
    assert "did not start" in state.error.what
    assert "AOF" in " ".join(keeper.board.log("cache"))
