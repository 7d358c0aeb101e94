"""The journeys project under uvicorn, in a process of its own, and how to ask it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator

PROJECT = Path(__file__).parent / "project"
ROOT = Path(__file__).parents[3]
TOKEN = "workbench-token-of-this-test"


@dataclass
class Server:
    url: str
    pid: int = 0
    token: str = TOKEN

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, timeout=20, trust_env=False)

    async def journey(self, client: httpx.AsyncClient, trace_id: str) -> dict[str, Any]:
        """The journey of this id, when the server has finished it."""
        answer = await client.get(f"/_trace/{trace_id}", headers=self.key)
        assert answer.status_code == 200, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def follow(
        self, client: httpx.AsyncClient, method: str, path: str, **rest: Any
    ) -> tuple[httpx.Response, dict[str, Any]]:
        """Send one request and get its journey."""
        answer = await client.request(method, path, **rest)
        return answer, await self.journey(client, answer.headers["x-trace-id"])

    @staticmethod
    async def events(response: httpx.Response) -> AsyncGenerator[tuple[str, dict[str, Any]], None]:
        """The events of an SSE answer: name and document; comments are left out."""
        name = ""
        async for line in response.aiter_lines():
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                yield name, json.loads(value)

    @property
    def key(self) -> dict[str, str]:
        return {"X-Workbench-Token": self.token}


@contextmanager
def running(folder: Path, *, tracing: bool = True, redis: str = "") -> Iterator[Server]:
    """A server of the journeys project on a socket that is bound already."""
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        environment = {
            **os.environ,
            "PYTHONPATH": f"{PROJECT}{os.pathsep}{ROOT}",
            "JOURNEYS_TOKEN": TOKEN,
            "JOURNEYS_DATABASE": str(folder / "journeys.sqlite3"),
            "JOURNEYS_REDIS": redis,
            "JOURNEYS_TRACING": "1" if tracing else "0",
        }
        environment.pop("DJANGO_SETTINGS_MODULE", None)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        fd = listening.fileno()
        command = [sys.executable, "-m", "uvicorn", "journeys:application", "--fd", str(fd)]
        process = subprocess.Popen(
            [*command, "--lifespan", "off", "--log-level", "warning", "--no-access-log"],
            env=environment,
            pass_fds=(fd,),
        )
        try:
            yield Server(f"http://127.0.0.1:{listening.getsockname()[1]}", process.pid)
        finally:
            process.kill()
            process.wait(10)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("journeys")) as server:
        yield server


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with server.client() as client:
        yield client


@pytest.fixture(scope="module")
def untraced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(tmp_path_factory.mktemp("untraced"), tracing=False) as server:
        yield server
