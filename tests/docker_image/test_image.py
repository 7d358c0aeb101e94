"""The project's image: built for real, looked into, opened in a terminal, stopped, built again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, Self

import pyte
import pytest
from docker import APIClient

from tests.docker_image.conftest import BASE, Built

pytestmark = [
    pytest.mark.service("docker"),
    pytest.mark.service("debootstrap"),
]


@pytest.fixture
def made(built: Built) -> Iterator[list[str]]:
    """The ids of containers, removed afterwards."""
    ids: list[str] = []
    yield ids
    for identity in ids:
        built.api.remove_container(identity, force=True, v=True)


def _create(built: Built, made: list[str], **options: Any) -> str:
    host = built.api.create_host_config(network_mode="none")
    identity: str = built.api.create_container(built.tag, host_config=host, **options)["Id"]
    made.append(identity)
    return identity


def _shell(built: Built, made: list[str], script: str) -> str:
    """What a script in a new container of the image says."""
    identity = _create(built, made, entrypoint=["sh", "-c", script])
    built.api.start(identity)
    assert built.api.wait(identity, timeout=60)["StatusCode"] == 0
    said: bytes = built.api.logs(identity)
    return said.decode()


def test_it_runs_as_nobody_special_and_tells_its_health(built: Built, made: list[str]) -> None:
    config = built.api.inspect_image(built.tag)["Config"]
    assert config["User"] == "reader"
    assert config["Entrypoint"] == ["backend-tui"]
    assert list(config["Volumes"]) == ["/data"]
    assert config["Healthcheck"]["Test"][0] == "CMD"
    said = _shell(built, made, "id -u; stat -c %U:%a /data; touch /x 2>&1 || true")
    assert said.split()[:2] == ["10001", "reader:700"]
    assert "Permission denied" in said


def test_what_builds_is_not_in_it(built: Built, made: list[str]) -> None:
    tools = "pip pip3 gcc cc make git hatchling"
    said = _shell(built, made, f"for each in {tools}; do command -v $each || echo no $each; done")
    assert said.splitlines() == [f"no {each}" for each in tools.split()]
    packages = _shell(built, made, "ls /opt/backend-tui/lib/python*/site-packages; ls / /opt")
    assert "backend_tui" in packages.split()
    assert not {"pip", "hatchling", "pytest", "mypy", "src", "wheels"} & set(packages.split())


def test_it_is_small(built: Built) -> None:
    base = built.api.inspect_image(BASE)["Size"]
    assert built.api.inspect_image(built.tag)["Size"] - base < 110_000_000


def test_its_history_holds_no_secret(built: Built) -> None:
    created = " ".join(each["CreatedBy"] for each in built.api.history(built.tag))
    assert "PIP_INDEX_URL" not in created
    assert "PASSWORD" not in created.upper()


def test_a_change_of_the_code_builds_only_the_code(built: Built) -> None:
    """What the code needs, the longest step, comes from the cache."""
    module = built.context / "backend_tui/__init__.py"
    module.write_text(module.read_text() + "\n# changed\n")
    said = built.again().said
    installing = said.index("install -c requirements.lock")
    assert "---> Using cache" in said[installing : said.index("COPY README.md")]
    assert "---> Running in" in said[said.index("install --no-deps") :]


def test_docker_run_opens_the_workbench_and_ctrl_q_ends_it(built: Built, made: list[str]) -> None:
    identity = _create(built, made, tty=True, stdin_open=True)
    with _Terminal(built.api, identity) as terminal:
        built.api.start(identity)
        built.api.resize(identity, height=30, width=100)
        terminal.until("demo ●", "cache ●", "database ●")
        terminal.keys(b"\x11")
        assert built.api.wait(identity, timeout=20)["StatusCode"] == 0


def test_the_health_is_the_shops_and_a_stop_is_orderly(built: Built, made: list[str]) -> None:
    identity = _create(built, made, command=["demo", "--json"])
    built.api.start(identity)
    end = time.monotonic() + 45
    while built.api.inspect_container(identity)["State"]["Health"]["Status"] != "healthy":
        log = built.api.logs(identity).decode()
        assert time.monotonic() < end, log
        threading.Event().wait(0.2)
    began = time.monotonic()
    built.api.stop(identity, timeout=15)
    state = built.api.inspect_container(identity)["State"]
    assert time.monotonic() - began < 12
    assert state["ExitCode"] in (0, 130, 143)
    assert not state["OOMKilled"]


class _Terminal:
    """What a person at `docker run -it` sees and types."""

    def __init__(self, api: APIClient, identity: str) -> None:
        self.screen = pyte.Screen(100, 30)
        self.stream = pyte.ByteStream(self.screen)
        parameters = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        self.attached = api.attach_socket(identity, params=parameters)
        self.socket: socket.socket = self.attached._sock
        self.socket.settimeout(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.attached.close()
        self.socket.close()

    def until(self, *words: str, patience: float = 45) -> None:
        """Read until the screen shows all of the words."""
        end = time.monotonic() + patience
        while not all(word in "\n".join(self.screen.display) for word in words):
            assert time.monotonic() < end, "\n".join(self.screen.display)
            try:
                data = self.socket.recv(65_536)
            except TimeoutError:
                continue
            assert data, "\n".join(self.screen.display)
            self.stream.feed(data)

    def keys(self, data: bytes) -> None:
        self.socket.sendall(data)
