"""One stack for one data directory: the first owns it, the others join, and one takes over."""

from __future__ import annotations

import asyncio
import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from backend_tui.core.clock import SystemClock
from backend_tui.core.config import Config
from backend_tui.core.errors import BackendError, MissingError, UsageError
from backend_tui.stack.attached import AttachedStack
from backend_tui.stack.endpoints import DemoEndpoint
from backend_tui.stack.opening import OpenStack, opened
from backend_tui.stack.runtime import Process, Runtime, place_of
from tests.backend_tui.stack.waiting import read, until

pytestmark = pytest.mark.service("valkey")


async def test_the_second_joins_the_first(config: Config) -> None:
    async with opened(config) as first:
        owner = await first.demo()
        await until(first, "database", "ready")
        async with opened(config) as second:
            assert first.is_ours
            assert not second.is_ours
            assert await second.demo() == owner
            assert await second.cache() == await first.cache()
            assert str(second.services()) == str(first.services())
            assert second.log("cache") == first.log("cache")
        assert (await read(f"{owner.url}/healthz"))["status"] == "ok"
    assert not place_of(config).file.exists()


async def test_who_joined_sees_changes_and_can_restart(config: Config) -> None:
    async with opened(config) as first, opened(config) as second:
        before = await second.demo()
        await second.restart("demo")
        after = await second.demo()
        assert after.pid != before.pid
        assert after == await first.demo()
        with pytest.raises(UsageError, match="docker"):
            await second.restart("docker")


async def test_who_joined_takes_over_when_the_owner_goes(config: Config) -> None:
    first = OpenStack(config, SystemClock())
    await first.open()
    before = await first.demo()
    async with opened(config) as second, opened(config) as third:
        await first.close()
        for stack in (second, third):
            await until(stack, "demo", "restarting", "starting", "stopped")
        taken_over = await _demo_again(second)
        assert taken_over.pid != before.pid
        assert (await read(f"{taken_over.url}/api/products"))["items"]
        assert (await _demo_again(third)).pid == taken_over.pid
        assert second.is_ours != third.is_ours


async def test_the_runtime_file_is_for_its_owner_alone_and_names_the_children(
    config: Config,
) -> None:
    async with opened(config) as stack:
        await stack.demo()
        await stack.cache()
        place = place_of(config)
        assert stat.S_IMODE(place.file.stat().st_mode) == 0o600
        assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
        runtime = place.read()
        assert runtime is not None
        assert runtime.owner.is_alive
        assert len(runtime.children) == 2
        assert runtime.word not in repr(runtime)


async def test_a_wrong_word_is_sent_away_unheard(config: Config) -> None:
    async with opened(config):
        runtime = place_of(config).read()
        assert runtime is not None
        with pytest.raises(MissingError, match="cannot be joined"):
            await AttachedStack.to(replace(runtime, word="guessed"))
        reader, writer = await asyncio.open_connection("127.0.0.1", runtime.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"format": 99}',
        json.dumps({"format": 1, "owner": {"pid": 1, "started": "long ago"}}),
        json.dumps(
            {
                "format": 1,
                "owner": {"pid": 1, "started": "long ago"},
                "port": 9,
                "word": "w",
                "data_dir": "",
                "children": [{"pid": 1, "started": "long ago"}],
            }
        ),
    ],
)
async def test_a_stale_file_is_noticed_and_nobody_else_is_ended(config: Config, text: str) -> None:
    place = place_of(config)
    place.folder.mkdir(parents=True)
    place.file.write_text(text)
    async with opened(config) as stack:
        assert stack.is_ours
        assert (await stack.cache()).is_embedded


async def test_leftovers_of_a_dead_owner_are_ended_first(config: Config) -> None:
    leftover = await asyncio.create_subprocess_exec("sleep", "60")
    process = Process.of(leftover.pid)
    assert process is not None
    place = place_of(config)
    place.folder.mkdir(parents=True)
    place.write(Runtime(Process(1, "long ago"), 9, "word", "", (process,)))
    async with opened(config) as stack:
        assert stack.is_ours
        assert await asyncio.wait_for(leftover.wait(), 1) == -15


async def test_fresh_is_refused_while_a_stack_runs(config: Config) -> None:
    async with opened(config):
        with pytest.raises(BackendError, match="Another backend-tui runs") as raised:
            async with opened(replace(config, fresh=True)):
                pass
        assert "--data-dir" in raised.value.hint


async def test_fresh_begins_with_new_data(config: Config) -> None:
    (config.data_dir / "demo").mkdir(parents=True)
    async with opened(config) as stack:
        demo = await stack.demo()
        password = (await read(f"{demo.url}/_workbench", demo.headers))["admin"]["password"]
    async with opened(replace(config, fresh=True)) as stack:
        demo = await stack.demo()
        again = (await read(f"{demo.url}/_workbench", demo.headers))["admin"]["password"]
        assert again != password


async def test_without_attaching_an_own_stack_runs_beside(config: Config) -> None:
    async with opened(config) as first:
        owner = await first.demo()
        async with opened(replace(config, attach=False)) as second:
            own = await second.demo()
            assert own.pid != owner.pid
            assert (await second.cache()).url != (await first.cache()).url
        assert (await read(f"{owner.url}/healthz"))["status"] == "ok"
    assert {path.name for path in config.data_dir.iterdir()} == {"cache", "demo"}


async def test_other_settings_are_another_stack(config: Config) -> None:
    async with opened(config) as first:
        owner = await first.demo()
        async with opened(replace(config, tracing=False)) as second:
            assert second.is_ours
            assert (await second.demo()).pid != owner.pid
            assert (await second.cache()).url != (await first.cache()).url


async def test_a_state_directory_that_cannot_be_leaves_the_stack_running(
    config: Config, own_home: Path
) -> None:
    (own_home / "xdg_state_home").write_text("in the way")
    async with opened(config) as stack:
        assert stack.is_ours
        assert (await read(f"{(await stack.demo()).url}/healthz"))["status"] == "ok"


async def _demo_again(stack: OpenStack) -> DemoEndpoint:
    """The demo server after the take-over: what was stopped in between is no answer."""
    await until(stack, "demo", "ready")
    return await stack.demo()
