"""A value over time as an area of braille dots, with its limit drawn where it is in reach."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from backend_tui.core.text import shorten
from backend_tui.panes.docker.history import Point, slots

_BLANK: Final = 0x2800
_LEFT: Final = (0x40, 0x04, 0x02, 0x01)
_RIGHT: Final = (0x80, 0x20, 0x10, 0x08)
"""The dots of a braille cell's two columns, from the lowest."""
_LABEL: Final = 8
_NEAR: Final = 4.0
"""A limit is drawn when it is at most so many times the largest value; else it is only told."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What a chart shows: `points` in any unit, `say` puts a value of it into words."""

    title: str
    points: Sequence[Point]
    say: Callable[[float], str]
    now: str = ""
    limit: float | None = None
    least_top: float = 1.0


def top_of(values: Sequence[float | None], limit: float | None, least: float) -> float:
    """The value at the upper edge: the limit when it is near, else the next round number."""
    largest = max((each for each in values if each is not None), default=0.0)
    if limit is not None and limit > 0 and limit <= max(largest, 1e-9) * _NEAR:
        return max(limit, largest)
    if largest <= least:
        return least
    size = 10.0 ** math.floor(math.log10(largest))
    return float(next(step * size for step in (1, 2, 5, 10) if largest <= step * size * 1.000001))


def area(values: Sequence[float | None], height: int, top: float) -> list[str]:
    """`height` lines, two values a cell, filled from the ground; None leaves a gap.

    A known value shows at least one dot: zero is not the same as not measured.
    """
    dots = [
        0 if each is None else max(1, min(round(each / top * height * 4), height * 4))
        for each in values
    ]
    lines = []
    for line in range(height):
        ground = (height - 1 - line) * 4
        cells = []
        for left, right in zip(dots[::2], dots[1::2], strict=True):
            code = sum(_LEFT[i] for i in range(4) if left > ground + i)
            code |= sum(_RIGHT[i] for i in range(4) if right > ground + i)
            cells.append(chr(_BLANK + code))
        lines.append("".join(cells))
    return lines


class Chart(Widget):
    """One curve: a line of words, then the area, at its right edge the scale."""

    DEFAULT_CSS = """
    Chart { width: 1fr; height: 1fr; padding: 0 1; text-wrap: nowrap; }
    """

    def __init__(self, id: str) -> None:  # noqa: A002 - Textual's own
        super().__init__(id=id)
        self.curve: Curve | None = None
        self._end = 0.0
        self._seconds = 60.0

    def show(self, curve: Curve | None, end: float, seconds: float) -> None:
        """Draw the `seconds` before `end`, a Unix time."""
        self.curve, self._end, self._seconds = curve, end, seconds
        self.refresh()

    def render(self) -> Content:
        curve, width, height = self.curve, self.content_size.width, self.content_size.height
        if curve is None or width < 12 or height < 1:
            return Content("")
        room = width - _LABEL - 1
        values = slots(curve.points, self._end, self._seconds, room * 2)
        top = top_of(values, curve.limit, curve.least_top)
        lines = [_words(curve, width)]
        drawn = area(values, height - 1, top) if height > 1 and curve.points else []
        is_near = curve.limit is not None and curve.limit <= top
        for number, line in enumerate(drawn):
            label, tone = "", "$text-muted"
            if number == 0:
                label = curve.say(top)
                tone = "$text-warning" if is_near else tone
            elif number == len(drawn) - 1:
                label = "0"
            if number == 0 and is_near:
                line = line.replace(chr(_BLANK), "┈")
            lines.append(
                Content.assemble((line, "$text-primary"), " ", (label.rjust(_LABEL), tone))
            )
        return Content("\n").join(lines)


def _words(curve: Curve, width: int) -> Content:
    title = shorten(curve.title, width)
    now = shorten(curve.now, max(width - cell_len(title) - 2, 0))
    return Content.assemble((title, "$text-muted"), "  ", (now, "bold"))
