"""One thing that fits where the cursor stands, as the completion proposes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
