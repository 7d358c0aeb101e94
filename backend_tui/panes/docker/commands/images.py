"""`docker images`, `layers`, `volumes`, `networks`, `df` and `build`."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import BackendError, MissingError
from backend_tui.core.text import clean_line, shorten
from backend_tui.core.units import bytes_text
from backend_tui.panes.docker.columns import duration_words
from backend_tui.panes.docker.commands.group import asked
from backend_tui.panes.docker.images.building import Progress, Step, build, build_line, default_tag
from backend_tui.panes.docker.images.client import ImagesClient
from backend_tui.panes.docker.images.dockerfile import Dockerfile, parse
from backend_tui.panes.docker.images.image import Image, masked_text
from backend_tui.panes.docker.images.teaching import Lesson, Taught, compared, lessons, taught

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")


@click.command()
@as_json_option
@click.option("--dangling", is_flag=True, help="Only those without a name.")
@run_async
async def images(door: Door, as_json: bool, dangling: bool) -> None:
    """List the images, the newest first."""
    async with asked(door) as client:
        found = await ImagesClient(client.engine).images()
        now = client.clock.now().timestamp()
    shown = [each for each in found if each.is_dangling or not dangling]
    if as_json:
        door.output.document([_image_document(each) for each in shown])
        return
    door.output.table(
        ("ID", "NAME", "SIZE", "AGE", "USED BY"),
        [
            (
                each.short_id,
                ", ".join(each.tags) or "(dangling)",
                bytes_text(each.size),
                duration_words(max(now - each.created, 0)),
                ", ".join(each.containers),
            )
            for each in shown
        ],
    )


@click.command()
@click.argument("name", required=False, metavar="[IMAGE]")
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The Dockerfile that it was built from; without an image it is explained by itself.",
)
@click.option("--compare", metavar="IMAGE", help="Tell what this other image shares with it.")
@as_json_option
@run_async
async def layers(
    door: Door, name: str | None, path: Path | None, compare: str | None, as_json: bool
) -> None:
    """Explain an image by its layers: the line that made each, what it costs, who shares it."""
    dockerfile = _read(path) if path is not None else None
    if name is None:
        if dockerfile is None:
            raise click.UsageError("Name an image, or a Dockerfile by --file.")
        _tell_lessons(door, lessons(dockerfile), as_json)
        return
    async with asked(door) as client:
        asking = ImagesClient(client.engine)
        image = await asking.find(name)
        if compare is not None:
            other = await asking.find(compare)
            await _tell_comparison(door, asking, image, other, as_json)
            return
        users = await asking.users(await asking.images())
        rows = taught(await asking.layers(image), dockerfile, users)
    if as_json:
        door.output.document([_layer_document(each) for each in rows])
        return
    door.output.table(
        ("#", "LINE", "INSTRUCTION", "SIZE", "TOTAL", "IMAGES", "CONTAINERS"),
        [
            (
                each.layer.number,
                each.line or "",
                shorten(each.text, 60),
                bytes_text(each.layer.size) if each.layer.size else "",
                bytes_text(each.layer.total),
                each.images or "",
                each.containers or "",
            )
            for each in rows
        ],
    )
    for each in rows:
        for hint in each.hints:
            door.output.note(f"▲ {each.layer.number}: {hint}")


@click.command()
@as_json_option
@click.option("--size", "with_sizes", is_flag=True, help="Measure them; it may take seconds.")
@run_async
async def volumes(door: Door, as_json: bool, with_sizes: bool) -> None:
    """List the volumes and who uses them."""
    async with asked(door) as client:
        found = await ImagesClient(client.engine).volumes(with_sizes=with_sizes)
    if as_json:
        door.output.document([asdict(each) for each in found])
        return
    door.output.table(
        ("NAME", "DRIVER", "SIZE", "USED BY"),
        [
            (
                each.name,
                each.driver,
                bytes_text(each.size) if each.size is not None else "",
                ", ".join(each.containers),
            )
            for each in found
        ],
    )


@click.command()
@as_json_option
@run_async
async def networks(door: Door, as_json: bool) -> None:
    """List the networks, their subnets and who is attached."""
    async with asked(door) as client:
        found = await ImagesClient(client.engine).networks()
    if as_json:
        door.output.document([asdict(each) for each in found])
        return
    door.output.table(
        ("NAME", "DRIVER", "SCOPE", "SUBNET", "CONTAINERS"),
        [
            (
                each.name,
                each.driver,
                each.scope,
                ", ".join(each.subnets),
                ", ".join(each.containers),
            )
            for each in found
        ],
    )


@click.command()
@as_json_option
@run_async
async def df(door: Door, as_json: bool) -> None:
    """Measure what images, containers, volumes and the build cache take on the disk."""
    async with asked(door) as client:
        found = await ImagesClient(client.engine).uses()
    if as_json:
        door.output.document([asdict(each) for each in found])
        return
    door.output.table(
        ("KIND", "COUNT", "IN USE", "SIZE", "RECLAIMABLE"),
        [
            (
                each.kind,
                each.count,
                each.active,
                bytes_text(each.size),
                bytes_text(each.reclaimable),
            )
            for each in found
        ],
    )


@click.command("build")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("-t", "--tag", default="", help="The image's name; the folder's name by default.")
@click.option("--build-arg", "pairs", multiple=True, metavar="NAME=VALUE", help="An ARG's value.")
@as_json_option
@run_async
async def build_image(
    door: Door, folder: Path, tag: str, pairs: tuple[str, ...], as_json: bool
) -> None:
    """Build an image from the Dockerfile in FOLDER, each step told as it ends."""
    folder, name = _named(folder, tag)
    arguments = dict(each.split("=", 1) for each in pairs if "=" in each)
    async with asked(door) as client:
        door.output.note(f"$ {build_line(client.address.command, folder, name)}")
        told, progress = 0, Progress()
        async with aclosing(build(client.engine, folder, name, arguments)) as states:
            async for progress in states:
                ended = [each for each in progress.steps if each.state != "running"]
                for step in ended[told:]:
                    door.output.note(_step_line(step, progress.total))
                told = len(ended)
    if as_json:
        document = {
            "image": progress.image,
            "tag": name,
            "cached": progress.cached,
            "steps": [
                {
                    "number": step.number,
                    "instruction": step.text,
                    "state": step.state,
                    "seconds": round(step.seconds, 3),
                }
                for step in progress.steps
            ],
        }
        door.output.document(document)
        return
    door.output.text(
        f"{name} built: {progress.image}, {progress.cached} of {progress.total} steps cached"
    )


LOOKING: Final[tuple[click.Command, ...]] = (images, layers, volumes, networks, df, build_image)


def _named(folder: Path, tag: str) -> tuple[Path, str]:
    """The whole path, and the image's name: the folder's when none was given."""
    whole = folder.expanduser().absolute()
    return whole, tag or default_tag(whole)


def _read(path: Path) -> Dockerfile:
    try:
        return parse(path.read_text(encoding="utf-8", errors="replace"))
    except FileNotFoundError:
        raise MissingError(f"There is no file {clean_line(str(path))}.") from None
    except OSError as problem:
        raise BackendError("The Dockerfile cannot be read.", clean_line(str(problem))) from problem


def _tell_lessons(door: Door, found: tuple[Lesson, ...], as_json: bool) -> None:
    if as_json:
        door.output.document([_lesson_document(each) for each in found])
        return
    door.output.table(
        ("LINE", "STAGE", "IN IMAGE", "INSTRUCTION", "WHAT IT DOES"),
        [
            (
                each.instruction.first,
                each.stage,
                "yes" if each.is_kept else "",
                shorten(clean_line(masked_text(each.instruction.text)), 48),
                each.does,
            )
            for each in found
        ],
    )
    for each in found:
        for hint in each.hints:
            door.output.note(f"▲ line {each.instruction.first}: {hint}")


async def _tell_comparison(
    door: Door, asking: ImagesClient, image: Image, other: Image, as_json: bool
) -> None:
    found = compared(await asking.layers(image), await asking.layers(other))
    parts = (("both", found.shared), (image.name, found.first), (other.name, found.second))
    if as_json:
        document = {
            "shared_bytes": found.shared_size,
            "shared": [each.text for each in found.shared],
            "only": {
                image.name: [each.text for each in found.first],
                other.name: [each.text for each in found.second],
            },
        }
        door.output.document(document)
        return
    rows = [
        (where, bytes_text(each.size), shorten(each.text, 70))
        for where, some in parts
        for each in some
    ]
    door.output.table(("IN", "SIZE", "INSTRUCTION"), rows)


def _step_line(step: Step, total: int) -> str:
    mark = {"cached": "= cached", "done": "✓", "failed": "✗"}[step.state]
    took = f" {step.seconds:.1f} s" if step.state == "done" else ""
    return f"{step.number:>3}/{total} {mark}{took}  {shorten(step.text, 70)}"


def _image_document(image: Image) -> dict[str, Any]:
    return {
        "id": image.id,
        "tags": list(image.tags),
        "size": image.size,
        "created": image.created,
        "is_dangling": image.is_dangling,
        "containers": list(image.containers),
    }


def _layer_document(row: Taught) -> dict[str, Any]:
    layer = row.layer
    return {
        "number": layer.number,
        "line": row.line or None,
        "instruction": row.text,
        "size": layer.size,
        "total": layer.total,
        "images": row.images,
        "containers": row.containers,
        "secrets": list(layer.secrets),
        "hints": list(row.hints),
    }


def _lesson_document(lesson: Lesson) -> dict[str, Any]:
    return {
        "line": lesson.instruction.first,
        "last_line": lesson.instruction.last,
        "stage": lesson.stage,
        "is_in_image": lesson.is_kept,
        "instruction": masked_text(lesson.instruction.text),
        "does": lesson.does,
        "hints": list(lesson.hints),
    }
