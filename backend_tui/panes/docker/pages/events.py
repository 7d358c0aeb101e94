"""The engine's events as a timeline: what happened to whom, and why it ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from textual.app import ComposeResult

from backend_tui.core.place import Place
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.model import KEPT_EVENTS, DockerState
from backend_tui.panes.docker.pages.page import DockerPage
from backend_tui.panes.docker.telling import Told
from backend_tui.ui.pane import Pane
from backend_tui.ui.record_table import Column, RecordTable

_EMPTY: Final = """\
Nothing has happened yet.

What the engine does appears here as it happens: starts, ends with their exit
code explained, health that flips, memory that runs out, images, networks."""


def _time(told: Told) -> str:
    return datetime.fromtimestamp(told.event.at, UTC).astimezone().strftime("%H:%M:%S")


def _whom(told: Told) -> str:
    return told.event.name or told.event.id[:12]


COLUMNS: Final[tuple[Column[Told], ...]] = (
    Column("time", lambda told: (_time(told), "muted"), 8),
    Column("what", lambda told: (f"{told.glyph} {told.words}", told.tone), 16),
    Column("whom", lambda told: (_whom(told), "strong"), 14, key=_whom),
    Column("why", lambda told: (told.why, "plain"), 0),
    Column("image", lambda told: (told.event.image, "muted"), 20, above=110),
)


class EventsPage(DockerPage):
    """The newest at the bottom, followed until the person looks elsewhere."""

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-events")
        self._drawn = 0

    def compose(self) -> ComposeResult:
        yield RecordTable[Told](COLUMNS, capacity=KEPT_EVENTS, empty=_EMPTY)

    def on_record_table_chosen(self, event: RecordTable.Chosen) -> None:
        """To the container of the event."""
        event.stop()
        told: Told = event.record
        identity = told.event.container or told.event.id
        if identity in self.state.containers:
            self.post_message(Pane.Go(Place("docker", "container", identity)))
        else:
            self.notify("That container is gone, or it is none.", timeout=3)

    def show(self, state: DockerState) -> None:
        super().show(state)
        new = [told for told in state.told if told.number >= self._drawn]
        if new:
            self._drawn = new[-1].number + 1
            self.query_one(RecordTable).extend(new)
