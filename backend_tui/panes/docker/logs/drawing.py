"""A line of a log as drawn text: colours kept, everything else that drives a terminal visible."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, chop_cells
from rich.color import Color
from rich.style import Style

from backend_tui.core.text import clean
from backend_tui.panes.docker.logs.lines import SGR, LogLine

LONGEST: Final = 65_536
"""Bytes of a line that are drawn in the list."""
_TAB: Final = 8
_NAMES: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


@dataclass(frozen=True, slots=True)
class Drawn:
    """Clean text on one line; `spans` of (start, stop, style); `more` bytes are not in it."""

    text: str
    spans: tuple[tuple[int, int, Style], ...] = ()
    more: int = 0


def drawn(line: LogLine, most: int = LONGEST) -> Drawn:
    """What is shown of a line, at most so many bytes of it."""
    data, more = line.data, line.lost
    if len(data) > most:
        data, more = data[:most], more + len(data) - most
    raw = data.decode("utf-8", "replace")
    if "\x1b" not in raw:
        return Drawn(_flat(raw, 0), (), more)
    text, spans = _coloured(raw)
    return Drawn(text, spans, more)


def wrapped(text: str, width: int, most: int) -> list[tuple[int, int]]:
    """Where the rows of a text begin and end, at most so many; always one."""
    if text.isascii():
        rows = [(at, min(at + width, len(text))) for at in range(0, len(text), width)]
        return rows[:most] or [(0, 0)]
    if cell_len(text) <= width:
        return [(0, len(text))]
    found: list[tuple[int, int]] = []
    at = 0
    for part in chop_cells(text[: width * most + width], width):
        found.append((at, at + len(part)))
        at += len(part)
    return found[:most] or [(0, 0)]


def _coloured(raw: str) -> tuple[str, tuple[tuple[int, int, Style], ...]]:
    parts: list[str] = []
    spans: list[tuple[int, int, Style]] = []
    length, end, style = 0, 0, Style.null()
    for found in (*SGR.finditer(raw), None):
        part = _flat(raw[end : found.start() if found else len(raw)], length)
        if part:
            if style:
                spans.append((length, length + len(part), style))
            parts.append(part)
            length += len(part)
        if found:
            end = found.end()
            style = _after(style, found[1])
    return "".join(parts), tuple(spans)


def _after(style: Style, codes: str) -> Style:
    """The style after one SGR sequence; what it does not know is left out."""
    numbers = [int(each) if each else 0 for each in re.split("[;:]", codes)]
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            style = Style.null()
        elif code in (38, 48):
            colour = _extended(numbers)
            if colour is not None:
                style += Style(color=colour) if code == 38 else Style(bgcolor=colour)
        else:
            style += _SIMPLE.get(code, Style.null())
    return style


def _extended(numbers: list[int]) -> Color | None:
    kind = numbers.pop(0) if numbers else 0
    if kind == 5 and numbers:
        number = numbers.pop(0)
        return Color.from_ansi(number) if number < 256 else None
    if kind == 2 and len(numbers) >= 3:
        red, green, blue = (min(numbers.pop(0), 255) for _ in range(3))
        return Color.from_rgb(red, green, blue)
    return None


def _flat(text: str, column: int) -> str:
    """Clean, tabs as far as the next eighth column, no line break."""
    text = clean(text)
    if "\t" in text:
        parts = text.split("\t")
        flat = parts[0]
        for part in parts[1:]:
            flat += " " * (_TAB - (column + len(flat)) % _TAB) + part
        text = flat
    return text.replace("\n", "␊") if "\n" in text else text


def _simple() -> dict[int, Style]:
    styles = {
        1: Style(bold=True),
        2: Style(dim=True),
        3: Style(italic=True),
        4: Style(underline=True),
        7: Style(reverse=True),
        9: Style(strike=True),
        22: Style(bold=False, dim=False),
        23: Style(italic=False),
        24: Style(underline=False),
        27: Style(reverse=False),
        39: Style(color="default"),
        49: Style(bgcolor="default"),
    }
    for number, name in enumerate(_NAMES):
        styles[30 + number] = Style(color=name)
        styles[40 + number] = Style(bgcolor=name)
        styles[90 + number] = Style(color=f"bright_{name}")
        styles[100 + number] = Style(bgcolor=f"bright_{name}")
    return styles


_SIMPLE: Final = _simple()
