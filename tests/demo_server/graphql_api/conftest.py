"""Asking /graphql, following its journeys, and the foreign judges that npm brings."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.demo_server.conftest import TOKEN, ShopServer

ROOT = Path(__file__).parents[3]
NODE = ROOT / "tests" / "node"
JSON = "application/json"
GRAPHQL = "application/graphql-response+json"


@dataclass
class Graph:
    """A client of one server's /graphql."""

    http: httpx.Client

    def post(self, query: str, variables: dict[str, Any] | None = None, **rest: Any) -> Any:
        """The raw answer to a POST."""
        body = {"query": query, **({"variables": variables} if variables else {})}
        return self.http.post("/graphql", json=body, **rest)

    def ask(self, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
        """The answer's JSON; headers are written `authorization="…"`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(query, variables, headers=named).json()

    def data(self, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
        """The data of an answer that must have no errors."""
        answer = self.ask(query, variables, **headers)
        assert "errors" not in answer, answer
        return answer["data"]

    def error(self, query: str, variables: dict[str, Any] | None = None, **headers: str) -> Any:
        """The only error of an answer."""
        answer = self.ask(query, variables, **headers)
        assert len(answer["errors"]) == 1, answer
        return answer["errors"][0]

    def journey(self, answer: httpx.Response) -> dict[str, Any]:
        """What the server recorded on the way of this answer."""
        return self.kept(answer.headers["x-trace-id"])

    def kept(self, trace_id: str) -> dict[str, Any]:
        """The journey of this id."""
        found = self.http.get(f"/_trace/{trace_id}", headers={"X-Workbench-Token": TOKEN})
        document: dict[str, Any] = found.raise_for_status().json()
        return document


@pytest.fixture
def graph(shop: httpx.Client) -> Graph:
    """Nobody's client of the session's server."""
    return Graph(shop)


@pytest.fixture
def fresh_graph(fresh_shop: ShopServer) -> Any:
    """A client of a server of the test's own."""
    with fresh_shop.client() as client:
        yield Graph(client)


def tokens_of(server: ShopServer) -> dict[str, str]:
    """The demo tokens of a server: `customer` and `staff`."""
    with server.client() as client:
        answer = client.get("/_workbench", headers={"X-Workbench-Token": TOKEN})
        found: dict[str, str] = answer.json()["tokens"]
        return found


@pytest.fixture(scope="session")
def node_tools() -> Callable[..., Any]:
    """Runs a script of tests/node with the packages it needs, and gives what it prints as JSON.

    The packages are installed once, into a folder that goes with the virtual environments.
    """
    wanted = hashlib.sha256((NODE / "package.json").read_bytes()).hexdigest()[:16]
    folder = ROOT / ".venv-node" / wanted
    if not (folder / "node_modules").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(NODE / "package.json", folder)
        install = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
        done = subprocess.run(
            install, cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
        if done.returncode:
            shutil.rmtree(folder)
            pytest.fail(f"npm install failed:\n{done.stdout}{done.stderr}", pytrace=False)

    def run(script: str, *arguments: str) -> Any:
        shutil.copy(NODE / script, folder)
        command = ["node", script, *arguments]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return json.loads(done.stdout)

    return run
