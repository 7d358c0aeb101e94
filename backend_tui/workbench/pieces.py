"""A line of pieces as a widget: the frame's text in the theme's colours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.content import Content

from backend_tui.workbench.frame import Piece, Role

STYLES: Final[dict[Role, str]] = {
    "title": "bold $primary",
    "text": "$foreground",
    "chosen": "bold $foreground",
    "muted": "$text-muted",
    "key": "$primary",
    "bar": "$primary",
    "good": "$success",
    "wait": "$warning",
    "bad": "$error",
}


def content(pieces: Iterable[Piece]) -> Content:
    """The pieces in one line, never read as markup."""
    return Content.assemble(*((text, STYLES[role]) for text, role in pieces))
