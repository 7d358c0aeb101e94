"""The pages by their keys, on the real engine: layers read, images compared, built and removed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from backend_tui.panes.docker.images.pages.build_view import BuildView
from backend_tui.panes.docker.images.pages.images import ImagesPage
from backend_tui.panes.docker.images.pages.listing import ListPage
from backend_tui.panes.docker.images.pages.storage import DiskPage, NetworksPage, VolumesPage
from backend_tui.panes.docker.widgets.confirm_card import ConfirmCard
from backend_tui.ui.error_banner import ErrorBanner
from tests.backend_tui.panes.docker.conftest import until
from tests.backend_tui.panes.docker.images.conftest import TAG
from tests.backend_tui.panes.docker.test_pane import Alone
from tests.real_engine import IMAGE, RealEngine

P = TypeVar("P", bound=ListPage[Any])

pytestmark = pytest.mark.service("docker")


@asynccontextmanager
async def shown(
    url: str,
    name: str,
    kind: type[P],
    size: tuple[int, int] = (120, 40),
    *,
    is_read_only: bool = False,
) -> AsyncIterator[tuple[Alone, Pilot[None], P]]:
    """The pane with one page in front."""
    app = Alone(url, is_read_only=is_read_only)
    async with app.run_test(size=size) as pilot:
        await app.docker.pages.show(name, focus=True)
        page = app.docker.page
        assert isinstance(page, kind)
        yield app, pilot, page


def title(page: ImagesPage) -> str:
    return str(page.query_one("#layers-title", Static).content)


def go_to(page: ImagesPage, tag: str) -> None:
    assert page.table.highlight(lambda image: tag in image.tags)
    page.draw()


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_layers_of_the_image_under_the_cursor(
    engine: RealEngine, lesson: str, size: tuple[int, int]
) -> None:
    async with shown(engine.url, "images", ImagesPage, size) as (_, pilot, page):
        await until(lambda: page.records)
        go_to(page, lesson)
        await until(lambda: TAG in title(page))
        assert "▲ 1 to look at" in title(page)
        await pilot.press("enter")
        assert page.steps.has_focus
        rows = [row for _, row in page.steps.ring.view()]
        warned = next(at for at, row in enumerate(rows) if row.hints)
        await pilot.press(*["down"] * warned)
        await pilot.pause()
        about = str(page.query_one(".-about", Static).content)
        assert "API_TOKEN=•••" in about
        assert "anyone with the image can read" in about
        assert "canary-7" not in about
        await pilot.press("escape")
        assert page.table.has_focus


async def test_two_images_side_by_side(engine: RealEngine, lesson: str) -> None:
    async with shown(engine.url, "images", ImagesPage) as (_, pilot, page):
        await until(lambda: page.records)
        go_to(page, lesson)
        await pilot.press("c")
        go_to(page, IMAGE)
        await until(lambda: "share" in title(page))
        sides = [row.side for _, row in page.steps.ring.view()]
        assert set(sides) == {"both", "other"}


async def test_an_image_is_built_seen_and_removed(engine: RealEngine, tmp_path: Path) -> None:
    folder = tmp_path / "Small One"
    folder.mkdir()
    (folder / "Dockerfile").write_text(f"FROM {IMAGE}\nRUN echo {tmp_path.name}\nCMD true\n")
    async with shown(engine.url, "images", ImagesPage) as (app, pilot, page):
        await until(lambda: page.records)
        await pilot.press("B")
        view = page.query_one(BuildView)
        view.query_one(Input).value = str(folder)
        await pilot.press("enter")
        await until(lambda: view.progress.image)
        await until(lambda: any("small-one:latest" in each.tags for each in page.records))
        assert [step.state for step in view.progress.steps] == ["done"] * 3
        await pilot.press("escape")
        go_to(page, "small-one:latest")
        await until(lambda: "lines of" in title(page))
        assert [row.line for _, row in page.steps.ring.view()][-2:] == [2, 3]
        await pilot.press("d")
        assert page.query_one(ConfirmCard).display
        await pilot.press("enter")
        await until(lambda: all("small-one:latest" not in each.tags for each in page.records))
        lines = [each.line for each in app.docker.state.commands]
        assert "build -t small-one" in lines[0]
        assert lines[1].endswith("rmi small-one:latest")


async def test_a_failing_build_is_told_and_a_hanging_one_cancelled(
    engine: RealEngine, tmp_path: Path
) -> None:
    path = tmp_path / "Dockerfile"
    path.write_text(f"FROM {IMAGE}\nRUN echo {tmp_path.name} && exit 7\n")
    async with shown(engine.url, "images", ImagesPage) as (app, pilot, page):
        await until(lambda: page.records)
        await pilot.press("B")
        view = page.query_one(BuildView)
        view.query_one(Input).value = str(tmp_path)
        await pilot.press("enter")
        await until(lambda: app.docker.query_one(ErrorBanner).display)
        assert view.progress.failed is not None
        assert view.progress.failed.number == 2
        path.write_text(f"FROM {IMAGE}\nRUN sleep 300 # {tmp_path.name}\n")
        await pilot.press("escape", "B", "enter")
        await until(lambda: len(view.progress.steps) == 2 and view.is_building)
        await pilot.press("escape")
        await until(lambda: not view.is_building)
        assert "cancelled" in str(view.query_one("#build-title", Static).content)
        await until(
            lambda: [each.outcome for each in app.docker.state.commands][-1:] == ["cancelled"]
        )


async def test_an_image_in_use_stays(engine: RealEngine, lesson: str) -> None:
    engine.container(name="pupil", image=lesson, starts=False)
    async with shown(engine.url, "images", ImagesPage) as (_, pilot, page):
        await until(lambda: page.records)
        go_to(page, lesson)
        await pilot.press("d")
        assert not page.query_one(ConfirmCard).display


async def test_a_workbench_that_may_only_look_removes_and_builds_nothing(
    engine: RealEngine, lesson: str, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nCMD true\n")
    async with shown(engine.url, "images", ImagesPage, is_read_only=True) as (app, pilot, page):
        await until(lambda: page.records)
        go_to(page, lesson)
        await pilot.press("d")
        await until(lambda: app.docker.query_one(ErrorBanner).display)
        assert not page.query_one(ConfirmCard).display
        await pilot.press("B")
        view = page.query_one(BuildView)
        view.query_one(Input).value = str(tmp_path)
        await pilot.press("enter")
        await until(lambda: "read-only" in str(view.query_one("#build-title", Static).content))
    assert engine.api.images(lesson)


async def test_volumes_and_networks_follow_the_engine(engine: RealEngine) -> None:
    async with shown(engine.url, "volumes", VolumesPage) as (app, pilot, page):
        await until(lambda: app.docker.state.engine == "live")
        await asyncio.to_thread(engine.api.create_volume, "t-new")
        await until(lambda: [each.name for each in page.records if each.name == "t-new"])
        assert page.table.highlight(lambda each: each.name == "t-new")
        await pilot.press("u")
        await until(lambda: all(each.size is not None for each in page.records))
        page.table.highlight(lambda each: each.name == "t-new")
        await pilot.press("d", "enter")
        await until(lambda: all(each.name != "t-new" for each in page.records))
        await app.docker.pages.show("networks", focus=True)
        networks = app.docker.page
        assert isinstance(networks, NetworksPage)
        await until(lambda: {"host", "none"} <= {each.name for each in networks.records})
        await pilot.press("d")
        assert not networks.query_one(ConfirmCard).display


async def test_the_disk_is_measured_on_demand_alone(engine: RealEngine, lesson: str) -> None:
    async with shown(engine.url, "disk", DiskPage) as (app, pilot, page):
        await until(lambda: app.docker.state.engine == "live")
        await until(lambda: "Not measured" in page.table.empty)
        assert not _kinds(page)
        await pilot.press("u")
        await until(lambda: _kinds(page))
        assert _kinds(page)["images"] > 0


def _kinds(page: DiskPage) -> dict[str, int]:
    return {each.kind: each.size for each in page.records}


async def test_a_dockerfile_is_explained_without_an_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY [brackets] /here\nCMD x\n")
    monkeypatch.chdir(tmp_path)
    async with shown(f"unix://{tmp_path}/none.sock", "images", ImagesPage) as (_, _pilot, page):
        await until(lambda: "explained without an image" in title(page))
        assert [row.text for _, row in page.steps.ring.view()][1] == "COPY [brackets] /here"
