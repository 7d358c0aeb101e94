"""Stopping: requests in flight are finished, streams end at once, nobody outlives the parent."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("which", [signal.SIGTERM, signal.SIGINT])
def test_a_request_in_flight_is_finished(fresh_shop: Any, which: int) -> None:
    answers: list[httpx.Response] = []
    answered: list[float] = []
    arrived = threading.Event()

    def ask() -> None:
        with fresh_shop.client(event_hooks={"request": [lambda _: arrived.set()]}) as client:
            answers.append(client.get("/lab/slow?ms=3000"))
            answered.append(time.monotonic())

    asking = threading.Thread(target=ask)
    asking.start()
    assert arrived.wait(5)
    _wait_for_journey(fresh_shop)
    began = time.monotonic()
    assert fresh_shop.stop(which) == 0
    asking.join(5)
    assert [each.status_code for each in answers] == [200]
    assert answered[0] > began


def _wait_for_journey(server: Any) -> None:
    """Until the slow request is inside the server: its connection has been accepted and read."""
    with server.client() as client:
        for _ in range(20):
            client.get("/healthz")


def test_streams_end_at_once(fresh_shop: Any) -> None:
    token = {"X-Workbench-Token": fresh_shop.environment["DEMO_WORKBENCH_TOKEN"]}
    with fresh_shop.client() as client, client.stream("GET", "/_trace", headers=token) as stream:
        assert stream.status_code == 200
        began = time.monotonic()
        assert fresh_shop.stop() == 0
        assert time.monotonic() - began < 3


def test_the_second_interrupt_does_not_wait(fresh_shop: Any) -> None:
    arrived = threading.Event()
    outcomes: list[int | str] = []

    def ask() -> None:
        try:
            with fresh_shop.client(event_hooks={"request": [lambda _: arrived.set()]}) as client:
                outcomes.append(client.get("/lab/slow?ms=20000").status_code)
        except httpx.HTTPError as error:
            outcomes.append(type(error).__name__)

    asking = threading.Thread(target=ask)
    asking.start()
    assert arrived.wait(5)
    _wait_for_journey(fresh_shop)
    began = time.monotonic()
    fresh_shop.process.send_signal(signal.SIGINT)
    _until_refused(fresh_shop.url)
    assert fresh_shop.stop(signal.SIGINT) == 0
    assert time.monotonic() - began < 4
    asking.join(5)
    assert outcomes
    assert outcomes != [200]


def _until_refused(url: str) -> None:
    port = int(url.rpartition(":")[2])
    for _ in range(10_000):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            return
    raise AssertionError("the server still accepts connections")


def test_it_stops_when_its_input_ends(start_shop: Callable[..., Any], tmp_path: Path) -> None:
    from tests.demo_server.conftest import ShopServer

    server = ShopServer(tmp_path / "shop", "--exit-with-stdin").start(stdin=subprocess.PIPE)
    assert server.process is not None
    assert server.process.stdin is not None
    server.process.stdin.close()
    assert server.process.wait(10) == 0
    server.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_it_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'demo_server', '--port', '0',"
        f" '--exit-with-stdin', '--data-dir', {str(tmp_path / 'shop')!r}], stdin=subprocess.PIPE)\n"
        "child.wait()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None

        child = json.loads(parent.stdout.readline())["pid"]
        assert Path(f"/proc/{child}").exists()
        parent.kill()
        # The child holds the other end of this pipe: it reads as ended when the child is gone.
        parent.stdout.read()
    # Gone, or ended and waiting for the init process to take notice.
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_what_was_acknowledged_survives_kill_9(
    fresh_shop: Any, start_shop: Callable[..., Any]
) -> None:
    token = {"X-Workbench-Token": fresh_shop.environment["DEMO_WORKBENCH_TOKEN"]}
    with fresh_shop.client() as client:
        tokens = client.get("/_workbench", headers=token).json()["tokens"]
        staff = {"Authorization": f"Bearer {tokens['staff']}"}
        made = client.post(
            "/api/tags", json={"name": "Kill nine", "slug": "kill-nine"}, headers=staff
        )
        assert made.status_code == 201, made.text
    assert fresh_shop.stop(signal.SIGKILL) == -signal.SIGKILL
    with start_shop().client() as client:
        assert client.get(made.headers["Location"]).json()["slug"] == "kill-nine"
