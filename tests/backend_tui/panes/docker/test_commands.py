"""`docker ps`, `inspect`, `stats`, `events` and the acts, as programs use them."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest

from tests.real_engine import RealEngine

pytestmark = pytest.mark.service("docker")


async def run(host: str, *arguments: str, code: int = 0) -> tuple[str, str]:
    """What the command line wrote to stdout and stderr."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend_tui", "--docker-host", host, *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    data, words = await process.communicate()
    assert process.returncode == code, words.decode()
    return data.decode(), words.decode()


async def document(host: str, *arguments: str) -> Any:
    data, _ = await run(host, *arguments)
    return json.loads(data)


async def test_ps_lists_what_runs_and_all_on_demand(engine: RealEngine) -> None:
    running = engine.container(name="web", labels={"com.docker.compose.project": "shop"})
    engine.container(name="old", starts=False)
    (row,) = await document(engine.url, "docker", "ps", "--json")
    assert (row["id"], row["name"], row["state"], row["project"]) == (
        running,
        "web",
        "running",
        "shop",
    )
    rows = await document(engine.url, "docker", "ps", "--all", "--json")
    assert [each["name"] for each in rows] == ["web", "old"]
    data, _ = await run(engine.url, "docker", "ps", "--all", "--filter", "old")
    assert data.splitlines()[0].split()[:3] == ["ID", "NAME", "STATE"]
    assert "○ created" in data


async def test_inspect_masks_what_its_name_calls_secret(engine: RealEngine) -> None:
    engine.container(name="web", environment=["API_TOKEN=canary-1", "DEBUG=1"], starts=False)
    data, _ = await run(engine.url, "docker", "inspect", "web")
    assert "canary-1" not in data
    assert "DEBUG=1" in json.loads(data)[0]["Config"]["Env"]
    shown, _ = await run(engine.url, "docker", "inspect", "web", "--show-secrets")
    assert "API_TOKEN=canary-1" in json.loads(shown)[0]["Config"]["Env"]


async def test_stats_are_documented_numbers(engine: RealEngine) -> None:
    engine.container(name="web")
    engine.container(name="old", starts=False)
    (row,) = await document(engine.url, "docker", "stats", "--json")
    assert row["name"] == "web"
    assert row["memory_bytes"] > 0
    assert row["cpu_percent"] >= 0
    assert row["network_received_bytes"] is None


async def test_acts_are_done_and_say_the_docker_line(engine: RealEngine) -> None:
    one, two = engine.container(name="one"), engine.container(name="two")
    data, words = await run(engine.url, "docker", "kill", "one", "two")
    assert data.splitlines() == ["one killed", "two killed"]
    assert f"$ docker -H {engine.url} kill one two" in words
    assert not engine.api.inspect_container(one)["State"]["Running"]
    data, words = await run(engine.url, "docker", "kill", "one", "--json", code=1)
    (outcome,) = json.loads(data)
    assert (outcome["is_done"], "not running" in outcome["error"]["why"]) == (False, True)
    await run(engine.url, "docker", "rename", "two", "three")
    assert engine.api.inspect_container(two)["Name"] == "/three"
    await run(engine.url, "docker", "rm", "three")
    _, words = await run(engine.url, "docker", "start", "three", code=3)
    assert "There is no container “three”" in words


async def test_read_only_refuses_every_act(engine: RealEngine) -> None:
    made = engine.container(name="web")
    _, words = await run(engine.url, "--read-only", "docker", "stop", "web", code=2)
    assert "read-only" in words
    assert engine.api.inspect_container(made)["State"]["Running"]


async def test_events_are_a_document_a_line_with_exits_explained(engine: RealEngine) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend_tui", "--docker-host", engine.url),
        *("docker", "events", "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    async with asyncio.timeout(20):
        assert b"Following" in await process.stderr.readline()
        made = await asyncio.to_thread(engine.script, "exit 3", name="short")
        document: dict[str, Any] = {}
        while document.get("action") != "die":
            document = json.loads(await process.stdout.readline())
        process.terminate()
        await process.communicate()
    assert process.returncode == 143
    assert (document["id"], document["name"], document["exit_code"]) == (made, "short", 3)
    assert document["why"] == "exit 3: its own code, a failure"


async def test_no_engine_is_exit_3_with_the_address() -> None:
    _, words = await run("unix:///tmp/none.sock", "docker", "ps", code=3)
    assert "unix:///tmp/none.sock" in words


async def test_prune_shows_first_and_does_it_on_demand(engine: RealEngine) -> None:
    engine.container(name="web")
    engine.container(name="old", starts=False)
    found = await document(engine.url, "docker", "prune", "containers", "--json")
    assert (found["names"], found["done"]) == (["old"], None)
    names, words = await run(engine.url, "docker", "prune", "containers")
    assert names == "old\n"
    assert "container prune -f" in words
    assert "--yes does it" in words
    await run(engine.url, "--read-only", "docker", "prune", "containers", "--yes", code=2)
    assert len(engine.api.containers(all=True)) == 2
    done = await document(engine.url, "docker", "prune", "containers", "--yes", "--json")
    assert done["done"].startswith("1 removed")
    assert [each["Names"] for each in engine.api.containers(all=True)] == [["/web"]]
