"""The images, and under them the layers of the one that is read, as a teacher would show them."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from backend_tui.core.units import bytes_text
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.images.building import build_line
from backend_tui.panes.docker.images.dockerfile import Dockerfile, parse
from backend_tui.panes.docker.images.image import Image
from backend_tui.panes.docker.images.pages.build_view import BuildView
from backend_tui.panes.docker.images.pages.layer_table import (
    LAYER_COLUMNS,
    LayerRow,
    detail_of,
    rows_of,
    rows_of_comparison,
    rows_of_lessons,
)
from backend_tui.panes.docker.images.pages.listing import ListPage
from backend_tui.panes.docker.images.teaching import aligned, compared, lessons, taught
from backend_tui.panes.docker.model import DockerState, Pruned
from backend_tui.panes.docker.pruning import Prunable
from backend_tui.ui.record_table import Cell, Column, RecordTable

REST: Final = 0.15
"""Seconds that the cursor rests on an image before its layers are read."""


def _tags(image: Image) -> Cell:
    if image.is_dangling:
        return f"(dangling) {image.short_id}", "muted"
    return ", ".join(image.tags), "strong"


def _made(image: Image) -> Cell:
    made = datetime.fromtimestamp(image.created, UTC).astimezone()
    return made.strftime("%Y-%m-%d %H:%M"), "muted"


def _used(image: Image) -> Cell:
    return (", ".join(image.containers), "good") if image.containers else ("unused", "muted")


class ImagesPage(ListPage[Image]):
    """`enter` goes to the layers, `c` marks an image to compare others with, `B` builds one."""

    DEFAULT_CSS = """
    ImagesPage {
        & > .-list { height: 2fr; }
        & > #layers-title {
            height: 1; padding: 0 1; background: $surface;
            text-wrap: nowrap; text-overflow: ellipsis;
        }
        & > #layers { height: 3fr; }
        &.-lesson > .-list { height: 3; }
        &.-building > #layers, &.-building > #layers-title, &.-building > .-about {
            display: none;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("B", "build", "Build"),
        Binding("c", "compare", "Compare", tooltip="Mark it, then go to another"),
        Binding("f", "dockerfile", "Dockerfile", show=False, tooltip="Explained without an image"),
        Binding("escape", "back", "Back to the images", show=False),
    ]
    columns: ClassVar[Sequence[Column[Any]]] = (
        Column("name", _tags, 0, key=lambda each: each.name),
        Column("size", lambda each: (bytes_text(each.size), "plain"), 8, True, lambda e: e.size),
        Column("made", _made, 16, key=lambda each: each.created),
        Column("used by", _used, 20, key=lambda each: each.containers),
    )
    PRUNES: ClassVar[Prunable] = "images"
    follows: ClassVar[frozenset[str]] = frozenset({"image", "container"})
    empty: ClassVar[str] = "No images here.\n\nB builds one from a Dockerfile."

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-images")
        self.marked: Image | None = None
        self._files: dict[str, Path] = {}
        self._resting: Timer | None = None
        self._is_lesson = False
        self._filled: str = ""

    def below(self) -> list[Widget]:
        layers = RecordTable[LayerRow](LAYER_COLUMNS, id="layers", empty="")
        return [Static(markup=False, id="layers-title"), layers, BuildView(self.client.engine)]

    @property
    def steps(self) -> RecordTable[LayerRow]:
        return self.query_one("#layers", RecordTable)

    def identity(self, record: Image) -> str:
        return record.id

    def titled(self, record: Image) -> str:
        return record.name

    async def read(self) -> Sequence[Image]:
        return await self.asking.images()

    def show(self, state: DockerState) -> None:
        super().show(state)
        if state.engine == "lost" and not self.records and not self._is_lesson:
            self.action_dockerfile()

    def about(self, record: Image) -> Content:  # noqa: ARG002 - the layer's words
        return detail_of(self.steps.highlighted)

    def draw(self) -> None:
        """The layers follow the cursor; they are read when it rests."""
        self._draw_detail()
        if self._resting is not None:
            self._resting.stop()
        if self.table.highlighted is not None:
            self._resting = self.set_timer(REST, self._start_layers)

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        if event.table is self.table:
            self.draw()
        elif event.table is self.steps:
            self._draw_detail()

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        event.stop()
        if event.table is self.table:
            self.steps.focus()

    def action_back(self) -> None:
        self.table.focus()

    def action_build(self) -> None:
        self.add_class("-building")
        self._draw_detail()
        self.query_one(BuildView).ask()

    def action_compare(self) -> None:
        """Mark the image under the cursor; on the marked one, mark nothing."""
        image = self.table.highlighted
        is_same = self.marked is not None and image is not None and self.marked.id == image.id
        self.marked = None if is_same else image
        if self.marked is not None:
            self.notify("Go to another image: both are compared.", timeout=3)
        self._start_layers()

    def action_dockerfile(self) -> None:
        """Explain a Dockerfile by itself: the one in this folder, else the project's own."""
        path = next((each for each in _near() if each.is_file()), None)
        if path is None:
            self.notify("There is no Dockerfile in this folder.", timeout=3)
            return
        found = _parsed(path)
        self._is_lesson = True
        self.set_class(not self.records, "-lesson")
        rows = rows_of_lessons(lessons(found))
        self._fill(rows, Content.assemble((str(path), "bold"), "  explained without an image"))

    def removing(self, record: Image) -> tuple[str, str, Callable[[], Awaitable[str]]] | str:
        if record.containers:
            return f"{record.name} is used by {', '.join(record.containers)}."
        does = "Its names go, and the layers that no other image has. It can be built again."
        names = " ".join(shlex.quote(each) for each in record.tags or (record.short_id,))
        return does, f"rmi {names}", lambda: self.asking.remove_image(record)

    def on_build_view_ended(self, event: BuildView.Ended) -> None:
        event.stop()
        if event.folder is None:
            self.remove_class("-building")
            self._draw_detail()
            self.table.focus()
            return
        line = build_line(self.client.address.command, event.folder, event.tag)
        words = "cancelled" if event.is_cancelled else "failed" if event.problem else "built"
        self.post_message(self.Wanted(Pruned(line, self.client.clock.now(), words)))
        if event.problem is not None or not event.is_cancelled:
            self.post_message(self.Failed(event.problem))
        if event.image:
            self._files[event.image] = event.folder / "Dockerfile"
        self.look_again()

    def _start_layers(self) -> None:
        image = self.table.highlighted
        if image is not None:
            work = self._teach(image)
            self.run_worker(work, group="layers", exclusive=True, exit_on_error=False)

    async def _teach(self, image: Image) -> None:
        layers = await self.attempt(self.asking.layers(image))
        if layers is None:
            return
        self._is_lesson = False
        self.remove_class("-lesson")
        if self.marked is not None and self.marked.id != image.id:
            others = await self.attempt(self.asking.layers(self.marked))
            if others is not None:
                found = compared(layers, others)
                title = Content.assemble(
                    (image.name, "bold"),
                    " and ",
                    (self.marked.name, "bold"),
                    f"  share {bytes_text(found.shared_size)}  = both  + this  - the marked one",
                )
                self._fill(rows_of_comparison(found), title)
            return
        path, dockerfile = self._dockerfile(image)
        if not aligned(layers, dockerfile):
            path, dockerfile = None, None
        if self._filled != image.id:  # who shares them takes longer to find out
            rows = rows_of(taught(layers, dockerfile))
            self._fill(rows, _title(image, rows, path), image.id)
        users = await self.attempt(self.asking.users(self.records))
        rows = rows_of(taught(layers, dockerfile, users or {}))
        self._fill(rows, _title(image, rows, path), image.id)

    def _dockerfile(self, image: Image) -> tuple[Path | None, Dockerfile | None]:
        """What it was built from, as far as it is known: built here, or lying near."""
        known = next(
            (path for name, path in self._files.items() if image.short_id.startswith(name[:12])),
            None,
        )
        for path in [known] if known is not None else _near():
            if path.is_file():
                return path, _parsed(path)
        return None, None

    def _fill(self, rows: Sequence[LayerRow], title: Content, subject: str = "") -> None:
        """Show the rows; the cursor stays on its line while the subject is the same."""
        table, chosen = self.steps, self.steps.highlighted
        is_same, self._filled = subject != "" and subject == self._filled, subject
        table.clear()
        table.extend(rows)
        table.flush()
        table.hold()
        table.action_first()
        if is_same and chosen is not None:
            number = chosen.number
            table.highlight(lambda row: row.number == number)
        self.query_one("#layers-title", Static).update(title)
        self._draw_detail()

    def _draw_detail(self) -> None:
        about = self.query_one(".-about", Static)
        about.update(detail_of(self.steps.highlighted))
        about.display = self.steps.highlighted is not None and not self.has_class("-building")


def _near() -> list[Path]:
    """Where a Dockerfile may lie: the folder of the start, the project's own."""
    return [Path.cwd() / "Dockerfile", Path(__file__).parents[5] / "Dockerfile"]


def _parsed(path: Path) -> Dockerfile:
    return parse(path.read_text(encoding="utf-8", errors="replace"))


def _title(image: Image, rows: Sequence[LayerRow], path: Path | None) -> Content:
    warned = sum(bool(each.hints) for each in rows)
    return Content.assemble(
        (image.name, "bold"),
        f"  {len(rows)} steps, {sum(bool(each.size) for each in rows)} layers, ",
        bytes_text(image.size),
        (f"  lines of {path}" if path is not None else "", "$text-muted"),
        (f"  ▲ {warned} to look at" if warned else "", "$text-warning"),
    )
