"""The processes of the chosen container as the host sees them, read again every two seconds."""

from __future__ import annotations

from typing import ClassVar

from backend_tui.core.text import clean_line
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details.table import Facts, Row, TableSection, column, items

_NAMES: dict[str, tuple[str, ...]] = {
    "pid": ("PID", "HPID"),
    "parent": ("PPID",),
    "user": ("UID", "USER", "HUSER"),
    "since": ("STIME", "ELAPSED", "START"),
    "time": ("TIME",),
    "command": ("CMD", "COMMAND", "ARGS"),
}
"""How `ps` and Podman call a column."""


def process_facts(document: object) -> Facts:
    """What `top` answers, whatever columns its `ps` has."""
    titles = [str(each).upper() for each in items(document, "Titles")]
    at = {
        key: next((titles.index(name) for name in names if name in titles), None)
        for key, names in _NAMES.items()
    }
    rows = []
    for each in items(document, "Processes"):
        cells = [clean_line(str(cell)) for cell in each] if isinstance(each, list) else []

        def cell(key: str, cells: list[str] = cells) -> str:
            index = at[key]
            return cells[index] if index is not None and index < len(cells) else ""

        command = cell("command")
        rows.append(
            Row(
                (
                    (cell("pid"), "accent"),
                    (cell("parent"), "muted"),
                    (cell("user"), "plain"),
                    (cell("since"), "muted"),
                    (cell("time"), "plain"),
                    (command, "strong"),
                ),
                cell("pid"),
                copied=command,
                full=command if len(command) > 50 else "",
            )
        )
    count = f"{len(rows)} process{'' if len(rows) == 1 else 'es'}"
    return Facts(tuple(rows), f"{count}  ·  numbers are the host's", "It has no processes.")


class ProcessesSection(TableSection):
    """`docker top`."""

    EVERY = 2.0
    COLUMNS: ClassVar = (
        column("pid", 0, 8, is_number=True),
        column("parent", 1, 8, is_number=True),
        column("user", 2, 10),
        column("since", 3, 8, above=70),
        column("cpu time", 4, 9, is_number=True),
        column("command", 5, 0),
    )

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-processes")

    async def read(self, container: Container) -> Facts:
        now = self.container or container
        if not now.is_alive or now.state == "restarting":
            return Facts((), "", f"It is {now.state}: it has no processes.")
        asked = f"list the processes of {now.name}"
        return process_facts(await self.client.engine.call("top", now.id, asked=asked))
