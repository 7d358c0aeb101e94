"""The variables of the chosen container, secrets masked; whose they are: the image's or its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from backend_tui.core.errors import BackendError
from backend_tui.core.secrets import MASK
from backend_tui.core.text import clean, clean_line
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details.table import Facts, Row, TableSection, column, items, said
from backend_tui.panes.docker.masking import mask_variable
from backend_tui.panes.docker.widgets.confirm_card import ConfirmCard, Question


def environment_rows(
    own: Iterable[object], image: Iterable[object] | None, shown: frozenset[str] = frozenset()
) -> tuple[Row, ...]:
    """A row each, masked unless its name is in `shown`; `image` None when it cannot be read."""
    of_image = None if image is None else {str(each) for each in image}
    return tuple(_row(str(each), of_image, shown) for each in own)


def _row(assignment: str, image: set[str] | None, shown: frozenset[str]) -> Row:
    name, _, value = assignment.partition("=")
    visible = assignment if name in shown else mask_variable(assignment)
    is_masked = visible != assignment
    value = visible.partition("=")[2]
    origin = "" if image is None else "image" if assignment in image else "container"
    return Row(
        (
            (clean_line(name), "strong"),
            (clean_line(value) if value else "(empty)", "warning" if is_masked else "plain"),
            (origin, "muted" if origin == "image" else "accent"),
        ),
        name,
        copied=visible,
        full=clean(value) if len(value) > 50 or "\n" in value else "",
    )


class EnvironmentSection(TableSection):
    """`u` shows the one value under the cursor, after a question, until another is chosen."""

    COLUMNS: ClassVar = (
        column("variable", 0, 26),
        column("value", 1, 0),
        column("given by", 2, 10, above=70),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "unmask", "Show secret", tooltip="Show the masked value under the cursor"),
    ]

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-environment")
        self._shown: frozenset[str] = frozenset()
        self._asked: str | None = None

    def compose(self) -> ComposeResult:
        yield ConfirmCard()
        yield from super().compose()

    def choose(self) -> None:
        self._shown, self._asked = frozenset(), None
        super().choose()

    async def read(self, container: Container) -> Facts:
        document = await self.client.inspect(container.id)
        own = items(document, "Config", "Env")
        rows = environment_rows(own, await self._of_image(said(document, "Image")), self._shown)
        masked = sum(MASK in row.cells[1][0] for row in rows)
        hidden = f"  ·  {masked} masked (u shows one)" if masked else ""
        return Facts(
            rows,
            f"{len(rows)} variables{hidden}" if rows else "",
            "It was given no variables, and its image has none.",
        )

    def action_unmask(self) -> None:
        row = self.table.highlighted
        if row is None or self.container is None:
            return
        if row.name in self._shown:
            self._shown -= {row.name}
            self.look_again()
        elif MASK not in row.cells[1][0]:
            self.notify("This value is not masked.", timeout=2)
        else:
            self._asked = row.name
            address = self.client.address
            self.query_one(ConfirmCard).ask(
                Question(
                    title=f"Show the value of {row.name}?",
                    does=_DOES,
                    whom="",
                    where=address.shown,
                    line=f"{address.command} inspect {self.container.name}",
                )
            )

    def on_confirm_card_answered(self, event: ConfirmCard.Answered) -> None:
        event.stop()
        asked, self._asked = self._asked, None
        if event.is_yes and asked is not None:
            self._shown |= {asked}
            self.look_again()

    async def _of_image(self, image: str) -> list[object] | None:
        """The image's own variables; None when it is gone."""
        try:
            return items(await self.client.engine.call("inspect_image", image), "Config", "Env")
        except BackendError:
            return None  # only the column of origins stays empty


_DOES: Final = "It then stands on this screen for all who see it. u hides it again."
