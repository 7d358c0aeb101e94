"""A recording on screen and on the command line: badge, tabs, refusals; made and played."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from textual.app import App, ComposeResult

from backend_tui.cli import main
from backend_tui.core.clock import SystemClock
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.panes.docker.pane import DockerPane
from backend_tui.panes.docker.replay.choosing import ChosenEngine
from backend_tui.panes.docker.replay.session import SHIPPED
from backend_tui.panes.docker.widgets.container_table import ContainerTable
from backend_tui.stack.docker_endpoint import RECORDED, EngineAddress
from backend_tui.ui.error_banner import ErrorBanner
from tests.backend_tui.panes.docker.conftest import until
from tests.real_engine import RealEngine


class Player(App[None]):
    """The pane over the shipped recording."""

    def __init__(self) -> None:
        super().__init__()
        engine = ChosenEngine(SdkEngine("unix:///tmp/there-is-none.sock"))
        engine.use(EngineAddress(RECORDED, "chosen"))
        self.docker = DockerPane(client=DockerClient(engine, SystemClock()))

    def compose(self) -> ComposeResult:
        yield self.docker

    def on_mount(self) -> None:
        self.docker.appear()
        self.docker.focus_first()

    def drawn(self) -> str:
        strips = self.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=str)
async def test_the_badge_is_seen_figures_move_and_acts_are_refused(size: tuple[int, int]) -> None:
    app = Player()
    async with app.run_test(size=size) as pilot:
        await until(lambda: len(app.docker.state.samples) > 1)
        await pilot.press("end")
        await pilot.pause(0.3)
        drawn = app.drawn()
        assert "RECORDED" in drawn
        assert "worker" in drawn
        assert app.docker.query_one(ContainerTable).has_focus
        await pilot.press("p")
        await until(lambda: app.docker.query_one(ErrorBanner).problem)
        problem = app.docker.query_one(ErrorBanner).problem
        assert problem is not None
        assert "this is a recording" in problem.what


def test_verbs_read_a_recording(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--docker-replay", str(SHIPPED), "docker", "ps", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {each["service"] for each in found} >= {"web", "db", "worker"}
    assert main(["--docker-replay", str(SHIPPED), "docker", "stop", "shop-web-1"]) != 0
    assert "this is a recording" in capsys.readouterr().err


def test_a_file_that_is_no_recording_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.ndjson"
    file.write_text("nothing\n")
    assert main(["--docker-replay", str(file), "docker", "ps"]) == 2
    assert "Line 1" in capsys.readouterr().err


@pytest.mark.service("docker")
def test_what_was_recorded_is_played(
    engine: RealEngine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine.container(name="web", environment=["API_TOKEN=canary-3"])
    file = tmp_path / "made.ndjson"
    host = ["--docker-host", engine.url, "docker", "record", str(file), "--for", "2"]
    assert main(host) == 0
    assert "canary-3" not in file.read_text()
    capsys.readouterr()
    assert main(["--docker-replay", str(file), "docker", "ps", "--json"]) == 0
    assert [each["name"] for each in json.loads(capsys.readouterr().out)] == ["web"]
