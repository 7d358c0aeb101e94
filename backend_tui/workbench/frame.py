"""What the frame says, as plain pieces of text: one source for the skeleton and for the widgets.

A piece is a text and a role; the skeleton gives roles colours of a palette, the widgets those of
the theme. Nothing here imports a library, so that the first frame can be drawn with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from backend_tui.core.text import shorten

Role = Literal["title", "text", "muted", "key", "bar", "good", "wait", "bad", "chosen"]
Piece = tuple[str, Role]

TITLE: Final = "backend-tui"
NAVIGATOR_WIDTH: Final = 18
WIDE: Final = 100
SMALLEST: Final = (60, 20)
SERVICES: Final = ("demo", "cache", "database", "docker")
CONDITIONS: Final[dict[str, tuple[str, Role]]] = {
    "starting": ("◌", "wait"),
    "ready": ("●", "good"),
    "restarting": ("◌", "wait"),
    "failed": ("✗", "bad"),
    "absent": ("○", "muted"),
    "stopped": ("○", "muted"),
}
STANDING_HINTS: Final = (("?", "help"), ("^p", "palette"), ("^q", "quit"))
_SYMBOL_ROLES: Final[dict[str, Role]] = {"●": "good", "✓": "good", "◌": "wait", "✗": "bad"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A pane in the navigator: its digit (or a blank), title, symbol of state, words about it."""

    name: str
    digit: str
    title: str
    symbol: str = "○"
    words: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A service in the status line: its name, condition and a few words."""

    name: str
    condition: str = "starting"
    detail: str = ""


def navigator_line(entry: Entry, is_chosen: bool, width: int = NAVIGATOR_WIDTH) -> list[Piece]:
    """One row of the slim list, exactly `width` cells."""
    room = width - 7
    title = entry.title[:room]
    has_room = 0 < len(entry.words) < room - len(title)
    words = f" {entry.words}" if has_room else ""
    blank = " " * (room - len(title) - len(words))
    return [
        ("▌" if is_chosen else " ", "bar"),
        (f"{entry.digit or ' '} ", "key"),
        (f" {title}", "chosen" if is_chosen else "text"),
        (f"{words}{blank} ", "muted"),
        (entry.symbol, _SYMBOL_ROLES.get(entry.symbol, "muted")),
        (" ", "text"),
    ]


def tab_line(entries: tuple[Entry, ...], chosen: str, width: int) -> list[Piece]:
    """The one-line bar of small terminals; titles shrink, then the bar starts at the chosen one."""
    pieces: list[Piece] = [(f" {TITLE} ", "title")]
    left = width - len(TITLE) - 2
    tabs = [_tab(entry, entry.name == chosen) for entry in entries]
    at = next((i for i, entry in enumerate(entries) if entry.name == chosen), 0)
    first = 0
    while first < at and sum(_length(tab) for tab in tabs[first : at + 1]) > left:
        first += 1
    for tab in tabs[first:]:
        if _length(tab) > left:
            break
        pieces += tab
        left -= _length(tab)
    return [*pieces, (" " * left, "text")]


def tab_at(entries: tuple[Entry, ...], chosen: str, width: int, x: int) -> str | None:
    """The name of the pane whose tab is drawn at a column, if any."""
    drawn = tab_line(entries, chosen, width)
    position = 0
    for text, role in drawn:
        if position <= x < position + len(text) and role in ("text", "chosen"):
            return next((each.name for each in entries if text.strip() == each.title), None)
        position += len(text)
    return None


def services_line(services: tuple[Service, ...], width: int) -> list[Piece]:
    """Every service with its symbol; details only as far as all of them fit into `width` cells."""
    for longest, gap in ((40, "   "), (16, "  "), (0, " "), (0, "")):
        pieces: list[Piece] = [(" ", "text")]
        for each in services:
            symbol, role = CONDITIONS[each.condition]
            pieces += [(f"{each.name} ", "text"), (f"{symbol} ", role)]
            if longest and each.detail:
                pieces.append((shorten(each.detail, longest), "muted"))
            pieces.append((gap, "text"))
        if _length(pieces) <= width:
            return pieces
    return [
        piece
        for each in services
        for piece in ((f" {each.name[:2]}", "text"), CONDITIONS[each.condition])
    ]


def standing_hints(columns: int) -> tuple[tuple[str, str], ...]:
    """The hints that are always there on a screen of so many columns."""
    return STANDING_HINTS if columns >= WIDE else STANDING_HINTS[:2]


def hints_line(
    hints: tuple[tuple[str, str], ...], standing: tuple[tuple[str, str], ...], width: int
) -> list[Piece]:
    """Key and word of each hint, as many as fit, to the right end of exactly `width` cells.

    The standing hints come last and are always there, so that they never move.
    """
    last = [piece for hint in standing for piece in _hint(hint)]
    left = width - 1 - _length(last)
    shown: list[Piece] = []
    for hint in hints:
        pieces = _hint(hint)
        if _length(pieces) <= left:
            left -= _length(pieces)
            shown += pieces
    return [(" " * left, "text"), *shown, *last, (" ", "text")]


def _hint(hint: tuple[str, str]) -> list[Piece]:
    key, word = hint
    return [("  ", "text"), (f"{key} ", "key"), (word, "muted")]


def _tab(entry: Entry, is_chosen: bool) -> list[Piece]:
    return [
        ("▌" if is_chosen else " ", "bar"),
        (f"{entry.digit} " if entry.digit else "", "key"),
        (entry.title, "chosen" if is_chosen else "text"),
        (" ", "text"),
        (entry.symbol, _SYMBOL_ROLES.get(entry.symbol, "muted")),
        (" ", "text"),
    ]


def _length(pieces: list[Piece]) -> int:
    return sum(len(text) for text, _ in pieces)
