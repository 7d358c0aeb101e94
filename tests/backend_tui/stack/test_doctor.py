"""The doctor tells what is well and what is not, and ends with 3 when something is wrong."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from asyncio.subprocess import PIPE
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend_tui.core.config import Config
from backend_tui.core.errors import MissingError
from backend_tui.stack import doctor
from backend_tui.stack.endpoints import ServiceState
from backend_tui.stack.opening import opened

NAMES = [
    *("python", "packages", "valkey", "terminal", "settings", "data directory"),
    *("port", "demo server", "cache", "database", "docker"),
]


async def run(config: Config, *words: str) -> tuple[int | None, str, str]:
    """Exit code, stdout and stderr of a command."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backend_tui", "--data-dir", str(config.data_dir), *words),
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()


def by_name(document: dict[str, Any]) -> dict[str, dict[str, str]]:
    return {check["name"]: check for check in document["checks"]}


@pytest.mark.service("valkey")
async def test_a_healthy_place(config: Config) -> None:
    code, out, _ = await run(config, "doctor", "--json")
    document = json.loads(out)
    found = by_name(document)
    assert list(found) == NAMES
    assert document["ok"]
    assert code == 0
    assert found["database"]["what"].startswith("SQLite")
    assert found["cache"]["what"].startswith("Valkey")
    assert all(set(check) == {"name", "verdict", "what", "why", "hint"} for check in found.values())


async def test_a_broken_place_is_told_in_words_with_a_symbol(config: Config) -> None:
    config.data_dir.write_text("in the way")
    code, out, _ = await run(config, "doctor")
    assert code == 3
    assert "✗ data directory" in out
    assert "A file is in the way." in out
    assert "✓ python" in out


async def test_a_running_stack_is_joined_and_goes_on(config: Config) -> None:
    async with opened(config) as stack:
        before = await stack.demo()
        code, out, _ = await run(config, "doctor", "--json")
        assert code == 0
        assert by_name(json.loads(out))["port"]["what"] == "a running stack is joined"
        assert await stack.demo() == before


async def test_the_shop_is_not_started_twice(config: Config) -> None:
    async with opened(config) as stack:
        url = (await stack.demo()).url
        code, _, err = await run(config, "demo")
    assert code == 1
    assert f"The shop runs already, at {url}." in err


async def test_a_port_that_is_taken_ends_the_demo_command_with_3(config: Config) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = await run(config, "demo", "--port", str(port))
        assert code == 3
        assert f"cannot have port {port}" in err
        assert doctor.port(replace(config, port=port)).verdict == "problem"


def test_an_old_python_is_a_problem() -> None:
    assert doctor.python((3, 10, 2)).verdict == "problem"
    assert doctor.python((3, 11, 0)).verdict == "ok"


@pytest.mark.parametrize(
    ("size", "verdict"), [((120, 40), "ok"), ((70, 22), "warning"), ((59, 40), "problem")]
)
def test_the_size_of_the_terminal(
    size: tuple[int, int], verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    assert doctor.terminal(os.terminal_size(size)).verdict == verdict


def test_a_missing_package_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("click", "no-such-package"))
    assert doctor.packages().verdict == "problem"
    assert "no-such-package" in doctor.packages().what


def test_a_missing_engine_is_a_warning_and_a_failed_server_a_problem() -> None:
    error = MissingError("It is not there.", "Nobody started it.", "Start it.")
    check = doctor.of_service(ServiceState("docker", "absent", error=error))
    assert (check.verdict, check.why) == ("warning", "Nobody started it.")
    assert doctor.of_service(ServiceState("demo", "failed", error=error)).verdict == "problem"
    assert doctor.of_service(ServiceState("cache", "ready", "Valkey", error)).verdict == "warning"


def test_little_space_is_a_warning(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor.data_dir(config).verdict == "ok"
    monkeypatch.setattr(doctor, "LITTLE_SPACE", 1 << 60)
    assert doctor.data_dir(config).verdict == "warning"
    assert Path(config.data_dir).is_dir()
