"""A place in the workbench that another pane, the palette or a tour can lead to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A pane by its feature's name, and what to show there: a trace id, a key, a table, a route."""

    pane: str
    kind: str = ""
    subject: str = ""

    def __str__(self) -> str:
        return "/".join(part for part in (self.pane, self.kind, self.subject) if part)
