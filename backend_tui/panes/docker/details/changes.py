"""The files that the chosen container added, changed and deleted against its image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar, Final

from backend_tui.core.text import clean_line
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details.table import Facts, Row, TableSection, column
from backend_tui.ui.record_table import Cell

_KINDS: Final[dict[object, tuple[str, Cell, str]]] = {
    0: ("changed", ("C ~", "warning"), "changed"),
    1: ("added", ("A +", "good"), "added"),
    2: ("deleted", ("D -", "error"), "deleted"),
}


def change_facts(document: object) -> Facts:
    """What `diff` answers, ordered by path."""
    entries = [each for each in document or () if isinstance(each, Mapping)]  # type: ignore[attr-defined]
    entries.sort(key=lambda each: str(each.get("Path")))
    rows = []
    counts: Counter[str] = Counter()
    for entry in entries:
        word, glyph, told = _KINDS.get(entry.get("Kind"), ("other", ("?", "muted"), "other"))
        counts[word] += 1
        path = clean_line(str(entry.get("Path", "")))
        rows.append(Row((glyph, (told, "muted"), (path, "plain")), path, copied=path))
    order = ("added", "changed", "deleted", "other")
    words = ", ".join(f"{counts[each]} {each}" for each in order if counts[each])
    return Facts(
        tuple(rows),
        f"{words} against the image  ·  gone when it is removed  ·  ctrl+r reads again"
        if rows
        else "",
        "It wrote nothing outside of its volumes: its files are its image's.",
    )


class ChangesSection(TableSection):
    """`docker diff`; the engine walks the files for it, so it is read when asked, not polled."""

    COLUMNS: ClassVar = (
        column("", 0, 3),
        column("", 1, 8),
        column("path", 2, 0),
    )

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-changes")

    async def read(self, container: Container) -> Facts:
        asked = f"compare {container.name} with its image"
        return change_facts(await self.client.engine.call("diff", container.id, asked=asked))
