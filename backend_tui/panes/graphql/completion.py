"""What can stand at the cursor, by walking the tokens up to it: works on broken documents too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from backend_tui.panes.graphql.schema import Schema

ItemKind = Literal[
    "field",
    "argument",
    "enum value",
    "input field",
    "variable",
    "directive",
    "fragment",
    "type",
    "keyword",
    "value",
]


@dataclass(frozen=True, slots=True)
class Item:
    """One proposal. `insert` replaces the completion's range; the cursor goes `back` from its end.

    `detail` is the type or signature, all texts are clean.
    """

    label: str
    kind: ItemKind
    detail: str = ""
    description: str = ""
    is_deprecated: bool = False
    is_required: bool = False
    insert: str = ""
    back: int = 0


@dataclass(frozen=True, slots=True)
class Completion:
    """The proposals for the word between two offsets, the best first."""

    start: int
    end: int
    items: tuple[Item, ...] = ()


def complete(schema: Schema, document: str, cursor: int, limit: int = 100) -> Completion:
    """The proposals at the cursor, at most `limit`; empty inside comments and texts."""
    raise NotImplementedError
