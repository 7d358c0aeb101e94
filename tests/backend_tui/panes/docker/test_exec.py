"""A shell in a container: refused with reason, found, run in a pseudo-terminal, left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backend_tui.core.clock import ManualClock
from backend_tui.core.errors import MissingError, UsageError
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.panes.docker.engine.failures import ReadOnlyError
from backend_tui.panes.docker.exec_shell import shell_in
from backend_tui.panes.docker.replay.engine import RecordedEngine
from backend_tui.panes.docker.replay.session import SHIPPED, load
from backend_tui.ui.error_banner import ErrorBanner
from tests.backend_tui.panes.docker.conftest import until
from tests.backend_tui.panes.docker.test_pane import opened
from tests.bench.terminal import Terminal
from tests.real_engine import RealEngine

real = pytest.mark.service("docker")


def command(engine: RealEngine, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "backend_tui", "--docker-host", engine.url, "docker", *arguments]


@real
async def test_stopped_and_paused_containers_are_refused_with_the_way_out(
    engine: RealEngine, client: DockerClient
) -> None:
    engine.container(name="old", starts=False)
    engine.api.pause(engine.container(name="still"))
    for name, hint in (("old", "S starts it."), ("still", "p lets it go on.")):
        (container,) = await client.find((name,))
        with pytest.raises(UsageError) as refused:
            await shell_in(client, container)
        assert refused.value.hint == hint


@real
async def test_bash_is_tried_first_then_sh_and_none_is_told(
    engine: RealEngine, client: DockerClient
) -> None:
    engine.container(name="web")
    engine.build(
        "FROM backend-tui-test:busybox\nRUN rm /bin/sh /bin/ash",
        "backend-tui-test:bare",
    )
    engine.container("/bin/busybox", "sleep", "99", name="bare", image="backend-tui-test:bare")
    web, bare = await client.find(("web", "bare"))
    shell = await shell_in(client, web)
    assert shell.shown == f"docker -H {engine.url} exec -it web sh"
    with pytest.raises(MissingError, match="has no shell"):
        await shell_in(client, bare)


@real
async def test_read_only_refuses_with_the_line(engine: RealEngine) -> None:
    engine.container(name="web")
    client = DockerClient(SdkEngine(engine.url, is_read_only=True))
    (web,) = await client.find(("web",))
    with pytest.raises(ReadOnlyError, match="read-only") as refused:
        await shell_in(client, web)
    await client.aclose()
    assert "exec -it web" in refused.value.why


async def test_a_recording_has_no_shell() -> None:
    client = DockerClient(RecordedEngine(load(SHIPPED), ManualClock()))
    (web,) = await client.find(("shop-web-1",))
    with pytest.raises(ReadOnlyError, match="this is a recording"):
        await shell_in(client, web)


@real
def test_without_a_terminal_a_command_runs_and_a_shell_says_why_not(engine: RealEngine) -> None:
    engine.container(name="web")
    line = command(engine, "exec", "web", "sh", "-c", "echo out; echo err >&2; exit 7")
    done = subprocess.run(line, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (7, "out\n")
    assert done.stderr.endswith("err\n")
    done = subprocess.run(
        command(engine, "exec", "web"), capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr


@real
@pytest.mark.parametrize("has_command", [True, False], ids=["docker exec", "the SDK's socket"])
def test_a_shell_takes_keys_knows_its_size_and_gives_the_terminal_back(
    engine: RealEngine, tmp_path: Path, has_command: bool
) -> None:
    engine.container(name="web")
    program = " ".join(command(engine, "exec", "web"))
    hidden = "" if has_command else f"PATH={tmp_path} "
    line = ["/bin/sh", "-c", f'{hidden}{program}; echo "left with $?"; /bin/stty -a']
    with Terminal(line, size=(100, 30)) as terminal:
        terminal.wait(lambda screen: "# " in screen)
        terminal.press("stty size; echo a$((40+2))b\r")
        terminal.wait(lambda screen: "a42b" in screen and "30 100" in screen)
        terminal.press("exit 3\r")
        terminal.wait(lambda screen: "left with 3" in screen and " icanon" in screen)
        assert " echo" in terminal.text.replace("-echo ", "")


@real
async def test_the_pane_says_why_where_there_is_no_terminal(engine: RealEngine) -> None:
    engine.container(name="web")
    async with opened(engine.url) as (app, pilot):
        await pilot.press("E")
        await until(lambda: app.docker.query_one(ErrorBanner).problem)
        problem = app.docker.query_one(ErrorBanner).problem
        assert problem is not None
        assert "terminal of its own" in problem.what
