"""The Docker pane beside lazydocker on one real engine: lists, idle cost, event to screen.

Both run in a pseudo-terminal on the same containers. CPU is per cent of one core over `SECONDS`;
the engine's is that of dockerd and its containerd. `python -m tests.bench.docker_engine 20` takes
fewer running containers than the promised 100.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.connection import SdkEngine
from tests.bench.peers import ROOT, peer
from tests.bench.row import Row
from tests.bench.terminal import Terminal, cpu_seconds
from tests.real_engine import RealEngine, running_engine

RUNNING: Final = 100
CREATED: Final = 51
SECONDS: Final = 20.0
ROUNDS: Final = 10


async def list_times(url: str) -> list[float]:
    """Seconds of a list of all containers, as the pane asks for it."""
    client = DockerClient(SdkEngine(url))
    try:
        await client.containers()
        found = []
        for _ in range(2 * ROUNDS):
            began = time.perf_counter()
            await client.containers()
            found.append(time.perf_counter() - began)
        return found
    finally:
        await client.aclose()


def engine_cpu(engine: RealEngine) -> float:
    """Seconds that dockerd and its own containerd have used so far."""
    assert engine.daemon is not None
    assert engine.daemon.process is not None
    parent = engine.daemon.process.pid
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    pids = {parent, *(int(each) for each in children)}
    for task in Path(f"/proc/{parent}/task").iterdir():
        pids |= {int(each) for each in (task / "children").read_text().split()}
    return sum(cpu_seconds(pid) for pid in pids)


def share(engine: RealEngine, read: Callable[[float], None], pid: int) -> tuple[float, float]:
    """Per cent of a core that the program and the engine use while `read` lets time go by."""
    own, its, began = cpu_seconds(pid), engine_cpu(engine), time.perf_counter()
    read(SECONDS)
    seconds = time.perf_counter() - began
    return (
        100 * (cpu_seconds(pid) - own) / seconds,
        100 * (engine_cpu(engine) - its) / seconds,
    )


@contextmanager
def workbench(url: str, count: int) -> Iterator[Terminal]:
    """The workbench with the Docker pane in front, once every container is listed."""
    with tempfile.TemporaryDirectory() as folder:
        argv = [sys.executable, "-m", "backend_tui", "--docker-host", url, "--no-attach"]
        argv += ["--data-dir", folder]
        with Terminal(argv, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}) as terminal:
            terminal.wait(lambda screen: "Docker" in screen)
            for _ in range(100):
                terminal.press("f8")
                with contextlib.suppress(TimeoutError):
                    terminal.wait(lambda screen: f"{count} run" in screen, 0.5)
                    break
            terminal.settle(quiet=0.5, seconds=8)
            try:
                yield terminal
            finally:
                terminal.press("ctrl+q")
                with contextlib.suppress(TimeoutError):
                    terminal.wait_exit(10)


def events_alone(engine: RealEngine) -> float:
    """Per cent of a core that the engine uses while `docker events` alone listens."""
    line = ["docker", "-H", engine.url, "events"]
    listening = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    try:
        time.sleep(1)
        return share(engine, time.sleep, listening.pid)[1]
    finally:
        listening.terminate()
        listening.wait(10)


def seen_after(engine: RealEngine, terminal: Terminal, identity: str) -> list[float]:
    """Seconds from asking for a new name to the frame that shows it, the call itself included."""
    found = []
    for number in range(ROUNDS):
        name = f"a-seen-{number}"
        asked = terminal.now
        engine.api.rename(identity, name)
        found.append(terminal.wait(partial(contains, name), 5) - asked)
        terminal.read_for(0.4)
    return found


def contains(word: str, screen: str) -> bool:
    """True when the word is on the screen."""
    return word in screen


def lazydocker(engine: RealEngine) -> tuple[float, float]:
    """Its CPU and the engine's, in its first view."""
    with tempfile.TemporaryDirectory() as home:
        environment = {"DOCKER_HOST": engine.url, "HOME": home, "XDG_CONFIG_HOME": home}
        with Terminal([str(peer("lazydocker"))], env=environment) as terminal:
            terminal.wait(lambda screen: "Containers" in screen)
            terminal.press("enter")  # its greeting
            terminal.read_for(5)
            return share(engine, terminal.read_for, terminal.pid)


def main(running: int) -> None:
    with running_engine() as engine:
        engine.containers(CREATED)
        first = engine.container(name="a-seen")
        engine.containers(running - 1, starts=True)
        note = f"{running} running, {CREATED} created"
        listed = statistics.median(asyncio.run(list_times(engine.url)))
        Row("a list of all containers", 1_000 * listed, 60, "ms", note=note).show()
        alone = events_alone(engine)
        with workbench(engine.url, running) as terminal:
            shown, shown_engine = share(engine, terminal.read_for, terminal.pid)
            worst = max(seen_after(engine, terminal, first))
            for _ in range(20):  # to Events, where nothing is measured
                terminal.press("{")
                with contextlib.suppress(TimeoutError):
                    terminal.wait(lambda screen: "what happened" in screen or "why" in screen, 1)
                    break
            terminal.read_for(12)
            idle, idle_engine = share(engine, terminal.read_for, terminal.pid)
        peers, peers_engine = lazydocker(engine)
    Row("Docker pane, idle", idle, 1.0, "% CPU", note=note).show()
    Row(
        "the engine, idle pane beyond docker events",
        max(idle_engine - alone, 0),
        1.0,
        "% CPU",
        note=f"{idle_engine:.1f} %, docker events {alone:.1f} %",
    ).show()
    Row(
        "Docker pane, figures on screen, of lazydocker",
        shown / max(peers, 0.01),
        0.25,
        note=f"{shown:.1f} % to {peers:.1f} %; engine {shown_engine:.0f} to {peers_engine:.0f} %",
    ).show()
    Row("event to screen, the worst of 10", 1_000 * worst, 200, "ms").show()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNNING)
