"""Docker is found where the docker command finds it, and its absence is told, not hidden."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend_tui.stack.docker_socket import reach


@asynccontextmanager
async def engine() -> AsyncIterator[str]:
    """Something that listens on a Unix socket; its path is short, as the system wants it."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        path = str(Path(folder) / "docker.sock")
        server = await asyncio.start_unix_server(lambda _, writer: writer.close(), path)
        async with server:
            yield f"unix://{path}"


async def test_an_engine_that_listens_is_ready() -> None:
    async with engine() as host:
        state = await reach(host)
    assert (state.name, state.condition, state.detail) == ("docker", "ready", host)


async def test_an_engine_that_is_gone_is_absent_with_the_reason() -> None:
    async with engine() as host:
        pass
    state = await reach(host)
    assert state.condition == "absent"
    assert state.error is not None
    assert "No such file or directory" in state.error.why


@pytest.mark.parametrize("host", ["ssh://me@host", "npipe:////./pipe/docker", "tcp://", "\x1b[2J"])
async def test_an_address_that_is_not_looked_at_is_told(host: str) -> None:
    state = await reach(host)
    assert state.condition == "absent"
    assert "\x1b" not in state.detail


async def test_tcp_is_connected() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert (await reach(f"tcp://127.0.0.1:{port}")).condition == "ready"
    assert (await reach(f"tcp://127.0.0.1:{port}")).condition == "absent"
