"""The line under a log: whether it follows, what is new, found, left out and lost."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from backend_tui.core.text import clean_line, shorten
from backend_tui.ui.body_paint import spaced


@dataclass(frozen=True, slots=True)
class Status:
    """What is to be said; `hit` counts from 1, 0 for none under the cursor."""

    lines: int
    is_live: bool
    is_following: bool
    unseen: int = 0
    dropped: int = 0
    newer_cut: int = 0
    search: str = ""
    hit: int = 0
    hits: int = 0
    filter: str = ""
    passing: int = 0
    words: str = ""


def status_line(status: Status, width: int) -> Content:
    """Facts in order of weight; what has no room is left out from the right."""
    parts: list[tuple[str, str]] = []
    if not status.is_live:
        parts.append(("■ not followed", "$text-muted"))
    elif status.is_following:
        parts.append(("● following", "$text-success"))
    else:
        parts.append(("‖ held", "$text-warning"))
    if status.newer_cut:
        parts.append(("↓ newer lines: f", "$text-accent"))
    elif status.unseen:
        parts.append((f"↓ {spaced(status.unseen)} new", "$text-accent"))
    if status.words:
        parts.append((status.words, "$text-accent"))
    if status.search:
        found = f"{spaced(status.hit) if status.hit else '?'} of {spaced(status.hits)}"
        words = found if status.hits else "not found"
        parts.append((f"/{shorten(clean_line(status.search), 20)}  {words}", "$text-accent"))
    if status.filter:
        shown = shorten(clean_line(status.filter), 20)
        parts.append((f"& {shown}  {spaced(status.passing)} pass", "$text-warning"))
    if status.dropped:
        parts.append((f"▲ {spaced(status.dropped)} older dropped", "$text-warning"))
    unit = "line" if status.lines == 1 else "lines"
    parts.append((f"{spaced(status.lines)} {unit}", "$text-muted"))
    taken = 0
    shown_parts: list[tuple[str, str]] = []
    for text, style in parts:
        taken += Content(text).cell_length + 3
        if taken - 3 > width and shown_parts:
            break
        shown_parts += [("   " if shown_parts else "", ""), (text, style)]
    return Content.assemble(*shown_parts)
