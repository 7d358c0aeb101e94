"""Calls are answered or refused in words, streams stop at once, a hung engine hangs nothing."""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
import time
from contextlib import aclosing
from pathlib import Path

import pytest

from backend_tui.core.errors import BackendError, MissingError
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.panes.docker.engine.failures import (
    ActRefusedError,
    EngineAwayError,
    ReadOnlyError,
    explained,
)
from backend_tui.stack.docker_endpoint import EngineAddress
from tests.backend_tui.panes.docker.conftest import docker_threads, until
from tests.real_engine import RealEngine

TOO_OLD = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    b'{"message":"client version 1.25 is too old. Minimum is 1.44"}'
)


def whole(chunk: bytes) -> list[bytes]:
    return [chunk]


async def failure(host: str) -> BackendError:
    engine = SdkEngine(host)
    try:
        with pytest.raises(BackendError) as raised:
            await engine.call("ping", patience=1)
    finally:
        await engine.aclose()
    return raised.value


async def test_no_socket_is_told_with_the_address_and_who_named_it() -> None:
    problem = await failure("unix:///tmp/there-is-none.sock")
    assert isinstance(problem, MissingError)
    assert "unix:///tmp/there-is-none.sock" in problem.what
    assert "no such socket" in problem.why
    assert "--docker-host" in problem.why


async def test_a_socket_that_nobody_serves_is_a_daemon_that_is_down() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as dead:
        path = Path(folder) / "d.sock"
        dead.bind(str(path))
        assert "not running" in (await failure(f"unix://{path}")).why


async def test_an_engine_that_takes_the_connection_and_stays_silent_is_hung() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as mute:
        path = Path(folder) / "d.sock"
        mute.bind(str(path))
        mute.listen()
        problem = await failure(f"unix://{path}")
    assert "does not answer" in problem.what


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "cannot be talked to"),
        (b"SSH-2.0-OpenSSH\r\n", "cannot be talked to"),
        (TOO_OLD, "different versions"),
    ],
)
async def test_what_is_no_engine_or_a_foreign_version_is_told(answer: bytes, words: str) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        path = str(Path(folder) / "d.sock")
        async with await asyncio.start_unix_server(serve, path):
            problem = await failure(f"unix://{path}")
    assert words in problem.what


def test_a_forbidden_socket_names_its_owner_and_never_suggests_to_open_it_to_all(
    tmp_path: Path,
) -> None:
    path = tmp_path / "docker.sock"
    path.write_text("")
    address = EngineAddress(f"unix://{path}", "default")
    problem = explained(PermissionError(13, "Permission denied"), address)
    assert isinstance(problem, EngineAwayError)
    assert path.owner() in problem.why
    assert "chmod" not in str(problem)


def test_what_is_no_failure_of_the_engine_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        explained(ZeroDivisionError(), EngineAddress("unix:///x", "default"))


@pytest.mark.service("docker")
async def test_a_stream_stops_at_once_and_its_thread_ends(
    engine: RealEngine, client: DockerClient
) -> None:
    quiet = engine.container()
    path = f"/containers/{quiet}/logs"
    stream = client.engine.stream(path, whole, {"follow": "1", "stdout": "1"})
    async with aclosing(stream):
        assert await anext(stream) == []
        assert "docker-stream" in docker_threads()
        before = time.monotonic()
    assert time.monotonic() - before < 0.2
    await until(lambda: "docker-stream" not in docker_threads(), 1)


@pytest.mark.service("docker")
async def test_a_reader_that_waits_holds_the_engine_back_and_loses_nothing(
    engine: RealEngine, client: DockerClient
) -> None:
    chatty = engine.script("seq 1 60000")
    engine.api.wait(chatty)
    lines = bytearray()
    path = f"/containers/{chatty}/logs"
    async with aclosing(client.engine.stream(path, whole, {"stdout": "1"})) as batches:
        async for batch in batches:
            for chunk in batch:
                lines += chunk[8:]
    assert lines.split() == [str(n).encode() for n in range(1, 60_001)]


@pytest.mark.service("docker")
async def test_refusals_say_what_was_asked_and_why_not(
    engine: RealEngine, client: DockerClient
) -> None:
    with pytest.raises(ActRefusedError) as gone:
        await client.engine.call("stop", "nobody", asked="stop nobody")
    assert (gone.value.status, "stop nobody" in gone.value.what) == (404, True)
    running = engine.container()
    with pytest.raises(ActRefusedError) as conflict:
        await client.engine.call("remove_container", running, asked="remove it")
    assert conflict.value.status == 409
    assert "running" in conflict.value.why
    silent = engine.script("echo x", log_config={"Type": "none"})
    engine.api.wait(silent)
    with pytest.raises(ActRefusedError) as unreadable:
        async for _ in client.engine.stream(f"/containers/{silent}/logs", whole, {"stdout": "1"}):
            pass
    assert unreadable.value.status == 501
    assert "json-file" in unreadable.value.hint


@pytest.mark.service("docker")
async def test_read_only_asks_the_engine_for_no_act(engine: RealEngine) -> None:
    running = engine.container()
    looking = SdkEngine(engine.url, is_read_only=True)
    try:
        with pytest.raises(ReadOnlyError):
            await looking.call("stop", running, asked="stop it")
        with pytest.raises(ReadOnlyError):
            await anext(looking.stream("/build", whole, post=b""))
        assert isinstance(await looking.call("inspect_container", running), dict)
    finally:
        await looking.aclose()
    assert engine.api.inspect_container(running)["State"]["Running"]


@pytest.mark.service("docker")
async def test_all_that_inspect_tells_is_json(engine: RealEngine, client: DockerClient) -> None:
    made = engine.container(environment=["A=b"])
    assert json.loads(json.dumps(await client.inspect(made)))["Config"]["Env"][0] == "A=b"
