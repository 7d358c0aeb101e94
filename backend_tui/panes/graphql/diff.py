"""What changed between two schemas, as graphql-core judges it: breaking, dangerous or safe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from backend_tui.panes.graphql.schema import Schema

Weight = Literal["breaking", "dangerous", "safe"]


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One change: its weight, graphql-core's name for its kind, and a sentence; all clean."""

    weight: Weight
    kind: str
    description: str

    @property
    def symbol(self) -> str:
        """✗ breaking, ▲ dangerous, ○ safe."""
        return _SYMBOLS[self.weight]


_SYMBOLS: Final[dict[Weight, str]] = {"breaking": "✗", "dangerous": "▲", "safe": "○"}


def schema_changes(old: Schema, new: Schema) -> tuple[SchemaChange, ...]:
    """All changes, the breaking ones first; blocks for a while on large schemas."""
    from graphql import BreakingChange, DangerousChange, find_schema_changes

    from backend_tui.core.text import clean_line

    found: list[SchemaChange] = []
    for change in find_schema_changes(old.graphql, new.graphql):
        weight: Weight = "safe"
        if isinstance(change, BreakingChange):
            weight = "breaking"
        elif isinstance(change, DangerousChange):
            weight = "dangerous"
        kind = change.type.name.replace("_", " ").lower()
        found.append(SchemaChange(weight, kind, clean_line(change.description)))
    order = ("breaking", "dangerous", "safe")
    return tuple(sorted(found, key=lambda change: order.index(change.weight)))
