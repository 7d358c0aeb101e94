"""All that the engine knows of the chosen container, as a JSON tree; secrets masked until asked."""

from __future__ import annotations

import asyncio
import json
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from backend_tui.core.body.document import BodyDocument
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details.section import DetailSection
from backend_tui.panes.docker.masking import masked
from backend_tui.ui.body_view import BodyView


class InspectSection(DetailSection):
    """`docker inspect` with folding, search and copy."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "unmask", "Show secrets", tooltip="Values whose name says secret, or hide"),
        Binding("ctrl+r", "again", "Read again", show=False),
    ]

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-inspect")
        self._document: BodyDocument | None = None
        self._shows_secrets = False

    def compose(self) -> ComposeResult:
        yield BodyView(empty="No container is chosen.")

    def on_unmount(self) -> None:
        self._close()

    def choose(self) -> None:
        self._shows_secrets = False
        if self.is_attached:
            self.query_one(BodyView).clear("Reading…" if self.container else None)

    def changed(self, before: Container) -> None:
        """A new state, health or name is news; an uptime that ticks is not."""
        now = self.container
        if now is not None and (now.state, now.health, now.name) != (
            before.state,
            before.health,
            before.name,
        ):
            self.look_again()

    async def look(self, container: Container) -> None:
        found = await self.client.inspect(container.id)
        shown = found if self._shows_secrets else masked(found)
        data = await asyncio.to_thread(lambda: json.dumps(shown, ensure_ascii=False).encode())
        document = await BodyDocument.of(data, "application/json")
        self._close()
        self._document = document
        self.query_one(BodyView).show(document, url=f"{container.name}.json")

    def action_unmask(self) -> None:
        self._shows_secrets = not self._shows_secrets
        self.look_again()

    def action_again(self) -> None:
        self.look_again()

    def _close(self) -> None:
        if self._document is not None:
            self._document.close()
            self._document = None
