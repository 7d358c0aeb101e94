"""`docker logs` as programs use it."""

from __future__ import annotations

import asyncio
import json
import sys

import pytest

from tests.backend_tui.panes.docker.test_commands import run
from tests.real_engine import RealEngine

pytestmark = pytest.mark.service("docker")


async def test_lines_are_documents_with_stream_and_exact_time(engine: RealEngine) -> None:
    identity = engine.script(
        r"echo out; printf '\033[2Jbad\n' >&2; sleep 0.2; seq 1 50", name="shop"
    )
    engine.api.wait(identity)
    data, _ = await run(engine.url, "docker", "logs", "shop", "--json")
    rows = [json.loads(line) for line in data.splitlines()]
    assert len(rows) == 52
    (error,) = [row for row in rows if row["stream"] == "stderr"]
    assert error["text"] == "\x1b[2Jbad"
    assert error["at_ns"] > 1_600_000_000 * 10**9
    shown, _ = await run(engine.url, "docker", "logs", "shop")
    assert "␛[2Jbad" in shown.splitlines()
    last, _ = await run(engine.url, "docker", "logs", "shop", "--tail", "2", "--timestamps")
    assert [line.split(" ")[1] for line in last.splitlines()] == ["49", "50"]
    found, _ = await run(engine.url, "docker", "logs", "shop", "--grep", "^1.$ & !5")
    assert found.split() == ["10", "11", "12", "13", "14", "16", "17", "18", "19"]
    assert await run(engine.url, "docker", "logs", "shop", "--since", "0s") == ("", "")


async def test_wrong_questions_are_answered(engine: RealEngine) -> None:
    engine.script("echo x", name="shop")
    _, words = await run(engine.url, "docker", "logs", "shop", "--grep", "(", code=2)
    assert "is no regular expression" in words
    _, words = await run(engine.url, "docker", "logs", "shop", "--since", "soon", code=2)
    assert "10m" in words
    _, words = await run(engine.url, "docker", "logs", "shpo", code=3)
    assert "shop" in words


async def test_following_goes_on_after_a_restart_and_ends_with_the_container(
    engine: RealEngine,
) -> None:
    identity = engine.script("echo hello; sleep 60", name="shop")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend_tui", "--docker-host", engine.url),
        *("docker", "logs", "shop", "--follow"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(30):
        assert await process.stdout.readline() == b"hello\n"
        await asyncio.to_thread(engine.api.restart, identity, 0)
        assert await process.stdout.readline() == b"hello\n"
        await asyncio.to_thread(engine.api.remove_container, identity, force=True)
        data, words = await process.communicate()
    assert (process.returncode, data) == (0, b"")
    assert "— restarted (#1) —" in words.decode()
    assert "— removed " in words.decode()
