"""What was done here, each as the docker line that does the same, to learn from and to copy."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from backend_tui.core import clipboard
from backend_tui.core.text import clean_line
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
    Column("outcome", _outcome, 22),
)


class CommandsPage(DockerPage):
    """The command log."""

    DEFAULT_CSS = """
    CommandsPage > #docker-command {
        height: auto; max-height: 6; padding: 0 1; background: $surface; display: none;
        &.-shown { display: block; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "copy", "Copy the line")]

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-commands")

    def compose(self) -> ComposeResult:
        yield RecordTable[CommandRun](
            COLUMNS, capacity=KEPT_COMMANDS, identity=lambda each: each.number, empty=_EMPTY
        )
        yield Static(markup=False, id="docker-command")

    def show(self, state: DockerState) -> None:
        new = [each for each in state.commands if each not in self.state.commands]
        super().show(state)
        if new:
            table = self.query_one(RecordTable)
            table.extend(new)
            table.flush()
            self._draw_line(table.highlighted)

    def on_record_table_highlighted(self, event: RecordTable.Highlighted) -> None:
        event.stop()
        self._draw_line(event.record)

    def _draw_line(self, command: CommandRun | None) -> None:
        """The whole line and its outcome, for the table cuts both."""
        line = self.query_one("#docker-command", Static)
        line.set_class(command is not None, "-shown")
        if command is not None:
            outcome, _ = _outcome(command)
            tone = "$text-error" if command.failed else "$text-muted"
            line.update(
                Content.assemble(
                    (f"$ {clean_line(command.line)}", "bold"),
                    (f"\n{clean_line(outcome)}", tone),
                )
            )

    async def action_copy(self) -> None:
        command: CommandRun | None = self.query_one(RecordTable).highlighted
        if command is not None:
            copied = await self.attempt(
                clipboard.copy(command.line.encode(), by_terminal=self.app.copy_to_clipboard)
            )
            if copied is not None:
                self.notify(f"{copied}", timeout=2, markup=False)
