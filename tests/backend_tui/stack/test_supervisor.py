"""The whole stack with its real services: everything at once, and with one of them missing."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from backend_tui.core.config import Config
from backend_tui.core.errors import MissingError, UsageError
from backend_tui.stack import supervisor as module
from backend_tui.stack import valkey
from backend_tui.stack.supervisor import StackSupervisor
from tests.backend_tui.stack.waiting import is_running, read, true_within, until


@pytest.mark.service("valkey")
async def test_products_cache_and_database_are_there_and_then_nothing_is(config: Config) -> None:
    async with StackSupervisor(config) as stack:
        demo, cache = await stack.demo(), await stack.cache()
        assert (await read(f"{demo.url}/api/products"))["items"]
        health = await read(f"{demo.url}/healthz")
        assert health["cache"] == {"kind": "redis", "reachable": True}
        known = await read(f"{demo.url}/_workbench", demo.headers)
        assert known["pid"] == demo.pid
        assert cache.version.startswith("Valkey")
        assert (await until(stack, "database", "ready")).detail.startswith("SQLite 3.")
        children = stack.children
        assert demo.pid in children
        assert len(children) == 2
    assert {each.condition for each in stack.services()} == {"stopped"}
    for pid in children:
        assert await true_within(1, lambda pid=pid: not is_running(pid))  # type: ignore[misc]
    assert {path.name for path in config.data_dir.iterdir()} == {"cache", "demo"}


async def test_nothing_is_written_into_the_current_folder(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "project"
    (folder / "demo_server").mkdir(parents=True)
    (folder / "demo_server" / "__main__.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "somebody.elses")
    async with StackSupervisor(config) as stack:
        await stack.demo()
    assert [path.name for path in folder.iterdir()] == ["demo_server"]


async def test_without_an_embedded_cache_the_shop_caches_in_its_own_process(
    config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    for place in (module, valkey):
        monkeypatch.setattr(place, "binary", lambda: None)
    async with StackSupervisor(config) as stack:
        with pytest.raises(MissingError, match="embedded cache is not installed"):
            await stack.cache()
        demo = await stack.demo()
        health = await read(f"{demo.url}/healthz")
        assert health["cache"]["kind"] == "local"
        assert health["status"] == "ok"


@pytest.mark.service("valkey")
async def test_when_the_cache_is_given_up_the_shop_goes_on_with_its_own(config: Config) -> None:
    broken = config.data_dir / "cache" / "appendonlydir"
    broken.mkdir(parents=True)
    (broken / "appendonly.aof.manifest").write_text("no manifest\n")
    async with StackSupervisor(config) as stack:
        await until(stack, "cache", "failed")
        await until(stack, "demo", "restarting", "starting")
        demo = await stack.demo()
        assert (await read(f"{demo.url}/healthz"))["cache"]["kind"] == "local"
        for path in broken.iterdir():
            path.unlink()
        await stack.restart("cache")
        await until(stack, "cache", "ready")
        await until(stack, "demo", "restarting", "starting")
        demo = await stack.demo()
        assert (await read(f"{demo.url}/healthz"))["cache"]["kind"] == "redis"


async def test_a_given_redis_that_is_away_leaves_the_shop_working(config: Config) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"redis://:hunter2@127.0.0.1:{taken.getsockname()[1]}/0"
        async with StackSupervisor(replace(config, redis=url)) as stack:
            state = await until(stack, "cache", "failed")
            assert "hunter2" not in f"{state.detail} {state.error}"
            demo = await stack.demo()
            assert (await read(f"{demo.url}/api/products"))["items"]
            with pytest.raises(UsageError, match="cannot be restarted"):
                await stack.restart("cache")


def test_a_redis_url_that_is_none_is_wrong_usage(config: Config) -> None:
    with pytest.raises(UsageError, match="no Redis URL"):
        StackSupervisor(replace(config, redis="localhost")).start()


async def test_a_running_demo_server_is_used(config: Config, tmp_path: Path) -> None:
    async with StackSupervisor(config) as owner:
        running = await owner.demo()
        given = replace(config, demo_url=running.url + "/", data_dir=tmp_path / "other")
        async with StackSupervisor(given) as guest:
            assert (await guest.demo()).url == running.url
            assert (await until(guest, "database", "ready")).detail.startswith("SQLite")
            assert len(guest.children) <= 1


async def test_a_demo_url_where_something_else_answers_is_told(config: Config) -> None:
    async with StackSupervisor(config) as owner:
        running = await owner.demo()
        given = replace(config, demo_url=f"{running.url}/lab/echo?", data_dir=config.data_dir)
        async with StackSupervisor(given, cache_folder="other") as guest:
            state = await until(guest, "demo", "failed")
            assert state.error is not None
            assert (await until(guest, "database", "failed")).detail


async def test_a_taken_port_is_told_and_the_rest_goes_on(config: Config) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with StackSupervisor(replace(config, port=port)) as stack:
            with pytest.raises(MissingError, match=f"cannot have port {port}"):
                await stack.demo()
            assert (await stack.cache()).is_embedded
    async with StackSupervisor(replace(config, port=port)) as stack:
        assert (await stack.demo()).url == f"http://127.0.0.1:{port}"


async def test_a_service_that_is_not_ours_cannot_be_restarted(config: Config) -> None:
    async with StackSupervisor(config) as stack:
        for name in ("database", "docker"):
            with pytest.raises(UsageError, match=name):
                await stack.restart(name)


async def test_the_server_is_restarted_on_demand_on_the_same_address(config: Config) -> None:
    async with StackSupervisor(config) as stack:
        before = await stack.demo()
        await stack.restart("demo")
        after = await stack.demo()
        assert after.url == before.url
        assert after.token == before.token
        assert after.pid != before.pid


def test_the_start_loads_no_heavy_library() -> None:
    script = (
        "import sys, backend_tui.stack.opening\n"
        "heavy = {'textual', 'rich', 'httpx', 'redis', 'django', 'uvicorn', 'docker', 'click'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert found.stdout.strip() == "[]", found.stderr
