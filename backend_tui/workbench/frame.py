"""What the frame says, as plain pieces of text: one source for the skeleton and for the widgets.

A piece is a text and a role; the skeleton gives roles colours of a palette, the widgets those of
the theme. Nothing here imports a library, so that the first frame can be drawn with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

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
    words = entry.words[: max(room - len(title) - 1, 0)]
    words = f" {words}" if words else ""
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
    for with_detail, gap in ((True, "   "), (True, "  "), (False, " "), (False, "")):
        pieces: list[Piece] = [(" ", "text")]
        for each in services:
            symbol, role = CONDITIONS[each.condition]
            pieces += [(f"{each.name} ", "text"), (f"{symbol} ", role)]
            if with_detail and each.detail:
                pieces.append((each.detail, "muted"))
            pieces.append((gap, "text"))
        if _length(pieces) <= width:
            return pieces
    return [
        piece
        for each in services
        for piece in ((f" {each.name[:2]}", "text"), CONDITIONS[each.condition])
    ]


def hints_line(hints: tuple[tuple[str, str], ...], width: int) -> list[Piece]:
    """Key and word of each hint, as many as fit, to the right end of exactly `width` cells.

    The standing hints come last and stay longest, so that they never move.
    """
    shown: list[Piece] = []
    left = width - 1
    for key, word in (*reversed(STANDING_HINTS), *hints):
        pieces: list[Piece] = [("  ", "text"), (f"{key} ", "key"), (word, "muted")]
        if _length(pieces) > left:
            break
        left -= _length(pieces)
        shown = pieces + shown if len(shown) < 3 * len(STANDING_HINTS) else _inserted(shown, pieces)
    return [(" " * left, "text"), *shown, (" ", "text")]


def _inserted(shown: list[Piece], pieces: list[Piece]) -> list[Piece]:
    """The hint before the standing ones and after the hints of what has focus."""
    border = len(shown) - 3 * len(STANDING_HINTS)
    return [*shown[:border], *pieces, *shown[border:]]


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
