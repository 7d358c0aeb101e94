"""Images, layers, builds, volumes and networks against the real engine."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from backend_tui.core.errors import BackendError, MissingError
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.connection import SdkEngine
from backend_tui.panes.docker.engine.failures import ReadOnlyError
from backend_tui.panes.docker.images.building import Progress, build, packed
from backend_tui.panes.docker.images.client import ImagesClient
from backend_tui.panes.docker.images.dockerfile import parse
from backend_tui.panes.docker.images.image import instruction_of, secrets_in
from backend_tui.panes.docker.images.teaching import compared, taught
from tests.backend_tui.panes.docker.images.conftest import DOCKERFILE, TAG
from tests.backend_tui.panes.docker.test_commands import document, run
from tests.real_engine import IMAGE, RealEngine

pytestmark = pytest.mark.service("docker")


@pytest.fixture
def asking(client: DockerClient) -> ImagesClient:
    return ImagesClient(client.engine)


async def test_an_image_knows_its_size_and_who_uses_it(
    asking: ImagesClient, engine: RealEngine, lesson: str
) -> None:
    engine.container(name="pupil", image=lesson, starts=False)
    image = await asking.find("lesson:1")
    assert image.containers == ("pupil",)
    assert image.size == engine.api.inspect_image(lesson)["Size"]
    assert await asking.find(image.short_id) == image
    with pytest.raises(MissingError, match="no image “never”"):
        await asking.find("never")


async def test_each_layer_meets_the_line_that_made_it(asking: ImagesClient, lesson: str) -> None:
    image = await asking.find(lesson)
    layers = await asking.layers(image)
    users = await asking.users(await asking.images())
    rows = taught(layers, parse(DOCKERFILE), users)
    mine = {row.line: row for row in rows if row.line}
    assert [row.layer.word for row in mine.values()] == [
        "ENV",
        "COPY",
        "COPY",
        "RUN",
        "USER",
        "CMD",
    ]
    assert list(mine) == [7, 9, 10, 11, 13, 14]
    assert mine[10].layer.size >= 5000
    assert mine[10].images == 1
    base = [row for row in rows if row.is_base]
    assert any(row.images >= 2 for row in base if row.layer.size)
    assert rows[-1].layer.total == image.size == sum(row.layer.size for row in rows)


async def test_a_secret_in_the_history_is_warned_of_and_never_shown(
    asking: ImagesClient, lesson: str
) -> None:
    rows = taught(await asking.layers(await asking.find(lesson)))
    (warned,) = [row for row in rows if row.hints]
    assert warned.layer.secrets == ("API_TOKEN",)
    assert not any("canary-7" in row.layer.text for row in rows)


async def test_two_images_share_their_base(asking: ImagesClient, lesson: str) -> None:
    first, base = await asking.find(lesson), await asking.find(IMAGE)
    found = compared(await asking.layers(first), await asking.layers(base))
    assert found.shared_size == base.size
    assert found.second == ()
    assert sum(each.size for each in found.first) == first.size - base.size


def test_histories_of_both_builders_are_read() -> None:
    assert instruction_of("/bin/sh -c #(nop)  ENV A=1") == ("ENV", "A=1")
    assert instruction_of("|1 V=2 /bin/sh -c echo $V") == ("RUN", "echo $V")
    assert instruction_of("RUN |1 V=2 /bin/sh -c echo $V # buildkit") == ("RUN", "echo $V")
    assert instruction_of("COPY . /app # buildkit") == ("COPY", ". /app")
    assert instruction_of("", "Imported from -") == ("FROM", "(imported from -)")
    assert secrets_in("|1 NPM_TOKEN=x /bin/sh -c true") == ("NPM_TOKEN",)
    assert secrets_in("RUN git clone https://me:pw@host/x") == ("a URL's password",)
    assert secrets_in("ENV TOKEN=$GIVEN") == ()


def _context(folder: Path, *lines: str) -> Path:
    (folder / "Dockerfile").write_text("\n".join((f"FROM {IMAGE}", *lines)) + "\n")
    return folder


async def _built(client: DockerClient, folder: Path) -> Progress:
    async with aclosing(build(client.engine, folder, TAG)) as states:
        return [progress async for progress in states][-1]


async def test_a_second_build_comes_from_the_cache(
    client: DockerClient, engine: RealEngine, tmp_path: Path
) -> None:
    _context(tmp_path, "COPY file /file", f"RUN echo {tmp_path.name}", "CMD true")
    (tmp_path / "file").write_text("one")
    first = await _built(client, tmp_path)
    assert [step.state for step in first.steps] == ["done"] * 4
    assert first.total == 4
    assert first.lines == (tmp_path.name,)
    again = await _built(client, tmp_path)
    assert (again.cached, again.image) == (3, first.image)
    (tmp_path / "file").write_text("two")
    changed = await _built(client, tmp_path)
    assert changed.cached == 0
    engine.api.remove_image(TAG, force=True)


async def test_a_failing_step_is_named(client: DockerClient, tmp_path: Path) -> None:
    _context(tmp_path, "RUN echo last words && exit 3", "RUN true")
    with pytest.raises(BackendError) as raised:
        await _built(client, tmp_path)
    assert raised.value.what == "Step 2 of 3 failed."
    assert "exit 3" in raised.value.why
    assert "returned a non-zero code: 3" in raised.value.why
    assert "last words" in raised.value.hint


async def test_a_build_can_be_cancelled(
    client: DockerClient, engine: RealEngine, tmp_path: Path
) -> None:
    _context(tmp_path, f"RUN echo {tmp_path.name} && sleep 300")
    async with aclosing(build(client.engine, tmp_path, TAG)) as states:
        async for progress in states:
            if tmp_path.name in progress.lines:
                break
    async with asyncio.timeout(20):
        while any("sleep 300" in each["Command"] for each in engine.api.containers()):  # noqa: ASYNC110 - the engine alone knows
            await asyncio.sleep(0.1)


async def test_what_cannot_be_built_is_said_before_anything_is_sent(
    engine: RealEngine, tmp_path: Path
) -> None:
    careful = DockerClient(SdkEngine(engine.url, is_read_only=True))
    with pytest.raises(MissingError, match="no Dockerfile"):
        await _built(careful, tmp_path)
    with pytest.raises(ReadOnlyError):
        await _built(careful, _context(tmp_path))
    await careful.aclose()


def test_what_is_ignored_is_not_sent(tmp_path: Path) -> None:
    _context(tmp_path)
    (tmp_path / ".dockerignore").write_text("# all of it\nsecret*\nDockerfile\n")
    (tmp_path / "secret.txt").write_text("canary-8")
    (tmp_path / "kept.txt").write_text("kept")
    data = packed(tmp_path)
    assert b"canary-8" not in data
    assert b"kept.txt" in data
    assert f"FROM {IMAGE}".encode() in data


async def test_volumes_know_who_mounts_them_and_their_size(
    asking: ImagesClient, engine: RealEngine
) -> None:
    engine.api.create_volume("t-cold")
    engine.script("echo 12345 > /data/file; sleep 60", name="writer", binds=["t-warm:/data"])
    found = {each.name: each for each in await asking.volumes(with_sizes=True)}
    assert found["t-cold"].containers == ()
    assert found["t-warm"].containers == ("writer",)
    assert found["t-warm"].size is not None
    with pytest.raises(BackendError, match="refused"):
        await asking.remove_volume(found["t-warm"])
    assert await asking.remove_volume(found["t-cold"]) == "t-cold removed"
    engine.sweep()
    await asking.remove_volume(found["t-warm"])


async def test_networks_know_who_is_attached(asking: ImagesClient, engine: RealEngine) -> None:
    engine.container(name="lonely")
    found = {each.name: each for each in await asking.networks()}
    assert "lonely" in found["none"].containers
    assert found["none"].is_predefined
    with pytest.raises(BackendError):
        await asking.remove_network(found["none"])


async def test_the_disk_is_counted_as_docker_counts(
    asking: ImagesClient, engine: RealEngine, lesson: str
) -> None:
    uses = {each.kind: each for each in await asking.uses()}
    said = engine.api.df()
    assert uses["images"].size == said["LayersSize"]
    assert uses["images"].count == len(said["Images"])
    assert uses["containers"].count == len(said["Containers"])
    assert 0 < uses["images"].reclaimable <= uses["images"].size


async def test_an_image_is_removed_by_all_of_its_names(
    asking: ImagesClient, engine: RealEngine, lesson: str
) -> None:
    engine.api.tag(lesson, "lesson", "2")
    image = await asking.find(lesson)
    assert image.tags == ("lesson:1", "lesson:2")
    assert "removed" in await asking.remove_image(image)
    assert image.id not in [each.id for each in await asking.images()]


async def test_the_commands(engine: RealEngine, lesson: str, tmp_path: Path) -> None:
    engine.container(name="pupil", image=lesson, starts=False)
    host = engine.url
    rows: list[dict[str, Any]] = await document(host, "docker", "images", "--json")
    (row,) = [each for each in rows if TAG in each["tags"]]
    assert row["containers"] == ["pupil"]
    path = tmp_path / "Dockerfile"
    path.write_text(DOCKERFILE)
    found = await document(host, "docker", "layers", TAG, "--file", str(path), "--json")
    assert [each["line"] for each in found if each["line"]] == [7, 9, 10, 11, 13, 14]
    assert "canary-7" not in json.dumps(found)
    explained = await document("unix:///nowhere", "docker", "layers", "--file", str(path), "--json")
    assert sum(each["is_in_image"] for each in explained) == 7
    both = await document(host, "docker", "layers", TAG, "--compare", IMAGE, "--json")
    assert both["shared_bytes"] > 0
    assert isinstance(await document(host, "docker", "volumes", "--json"), list)
    names = [each["name"] for each in await document(host, "docker", "networks", "--json")]
    assert {"host", "none"} <= set(names)
    uses = await document(host, "docker", "df", "--json")
    assert uses[0]["kind"] == "images"
    _context(tmp_path, "RUN true")
    built = await document(host, "docker", "build", str(tmp_path), "--tag", "t-cli", "--json")
    assert [each["state"] for each in built["steps"]] == ["done", "done"]
    engine.api.remove_image("t-cli")
    _, words = await run(host, "docker", "build", str(tmp_path / "none"), code=3)
    assert "There is no folder" in words
