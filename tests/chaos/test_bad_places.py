"""A full disk, a file in the way, a folder without rights: told in words, the rest goes on."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import redis.asyncio

from backend_tui.core.config import Config
from backend_tui.core.errors import BackendError
from backend_tui.stack.supervisor import StackSupervisor
from tests.backend_tui.stack.waiting import post, read, until

pytestmark = pytest.mark.service("valkey")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB; needs the right to mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no right to mount a small disk here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
async def test_a_disk_that_fills_up_is_told_and_recovers(config: Config, small_disk: Path) -> None:
    config = replace(config, data_dir=small_disk / "data")
    async with StackSupervisor(config) as stack:
        demo, cache = await stack.demo(), await stack.cache()
        known = await read(f"{demo.url}/_workbench", demo.headers)
        headers = (("Authorization", f"Bearer {known['tokens']['staff']}"),)
        acknowledged = await _tag(demo.url, headers, "before")
        filler = small_disk / "filler"
        async with _watched(stack) as told, redis.asyncio.Redis.from_url(cache.url) as client:
            with pytest.raises(redis.exceptions.ResponseError, match="No space left"):
                await _write_until_refused(client, filler)
            with pytest.raises(BackendError):
                await _tag_until_refused(demo.url, headers, filler)
            assert (await read(f"{demo.url}/api/products"))["items"]
            filler.unlink()
            async with asyncio.timeout(20):
                while (state := stack.board.state("cache")).error is not None:
                    await stack.board.left(state)
        assert "The cache cannot write its file, so it refuses new values." in told
        for number in (acknowledged, await _tag(demo.url, headers, "after")):
            assert (await read(f"{demo.url}/api/tags/{number}"))["id"] == number


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a tmpfs")
async def test_a_full_disk_at_the_start_is_told(config: Config, small_disk: Path) -> None:
    _fill(small_disk / "filler")
    async with StackSupervisor(replace(config, data_dir=small_disk / "data")) as stack:
        for name in ("demo", "cache"):
            state = await until(stack, name, "failed")
            assert state.error is not None
            assert state.error.why == "The disk is full."
            assert state.error.hint.startswith("Free some space")


async def test_a_file_in_the_place_of_the_data_directory(config: Config) -> None:
    config.data_dir.write_text("in the way")
    async with StackSupervisor(config) as stack:
        for name in ("demo", "cache"):
            state = await until(stack, name, "failed")
            assert state.error is not None
            assert state.error.why == "A file is in the way."
        config.data_dir.unlink()
        await stack.restart("cache")
        await stack.restart("demo")
        demo = await stack.demo()
        assert (await read(f"{demo.url}/api/products"))["items"]


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may write everywhere")
async def test_a_folder_without_the_right_to_write(config: Config) -> None:
    config.data_dir.mkdir(mode=0o500)
    async with StackSupervisor(config) as stack:
        state = await until(stack, "demo", "failed")
        assert state.error is not None
        assert state.error.why == "You have no right to write there."


async def _tag(url: str, headers: tuple[tuple[str, str], ...], slug: str) -> int:
    """Make a tag; its number, once that is acknowledged."""
    body = json.dumps({"name": slug, "slug": slug}).encode()
    return int((await post(f"{url}/api/tags", body, headers))["id"])


def _fill(file: Path) -> None:
    with file.open("ab", buffering=0) as filler:
        for size in (1 << 20, 4096):
            try:
                while True:
                    filler.write(b"\0" * size)
            except OSError:
                continue


@asynccontextmanager
async def _watched(stack: StackSupervisor) -> AsyncIterator[list[str]]:
    """What went wrong with the cache, in the words that were shown."""
    told: list[str] = []

    async def watch() -> None:
        async with aclosing(stack.events()) as events:
            async for change in events:
                error = change.state.error
                told.extend([error.what] if error and change.state.name == "cache" else [])

    watching = asyncio.create_task(watch())
    try:
        yield told
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _write_until_refused(client: redis.asyncio.Redis, filler: Path) -> None:
    for _ in range(500):
        _fill(filler)
        await client.set("big", os.urandom(100_000))


async def _tag_until_refused(url: str, headers: tuple[tuple[str, str], ...], filler: Path) -> None:
    for number in range(500):
        _fill(filler)
        await _tag(url, headers, f"while-{number}")
