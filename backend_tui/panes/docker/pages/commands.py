"""What was done here, each as the docker line that does the same, to learn from and to copy."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from backend_tui.core import clipboard
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.model import KEPT_COMMANDS, CommandRun, DockerState
from backend_tui.panes.docker.pages.page import DockerPage
from backend_tui.ui.record_table import Cell, Column, RecordTable

_EMPTY: Final = """\
Nothing was done yet.

Each act of yours appears here as the docker line that does the same
in a shell: a way to learn the command, and to repeat it. y copies it."""


def _outcome(command: CommandRun) -> Cell:
    if not command.outcome:
        return "◌ running…", "warning"
    return (f"✗ {command.outcome}", "error") if command.failed else (f"✓ {command.outcome}", "good")


def _time(command: CommandRun) -> Cell:
    return command.at.astimezone().strftime("%H:%M:%S"), "muted"


COLUMNS: Final[tuple[Column[CommandRun], ...]] = (
    Column("time", _time, 8),
    Column("command", lambda command: (command.line, "strong"), 0, key=lambda each: each.line),
    Column("outcome", _outcome, 0),
)


class CommandsPage(DockerPage):
    """The command log."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "copy", "Copy the line")]

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-commands")

    def compose(self) -> ComposeResult:
        yield RecordTable[CommandRun](
            COLUMNS, capacity=KEPT_COMMANDS, identity=lambda each: each.number, empty=_EMPTY
        )

    def show(self, state: DockerState) -> None:
        new = [each for each in state.commands if each not in self.state.commands]
        super().show(state)
        if new:
            self.query_one(RecordTable).extend(new)

    async def action_copy(self) -> None:
        command: CommandRun | None = self.query_one(RecordTable).highlighted
        if command is not None:
            copied = await self.attempt(
                clipboard.copy(command.line.encode(), by_terminal=self.app.copy_to_clipboard)
            )
            if copied is not None:
                self.notify(f"{copied}", timeout=2, markup=False)
