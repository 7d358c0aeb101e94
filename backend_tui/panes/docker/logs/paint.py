"""One row of the log on screen: sign, time, coloured text, hits, and its cut."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.strip import Strip

from backend_tui.core.text import clean_line
from backend_tui.panes.docker.logs.drawing import LONGEST, drawn, wrapped
from backend_tui.panes.docker.logs.lines import ENGINE, ERR, MARK, LogLine, Passes, clock_text
from backend_tui.panes.docker.logs.matching import Matcher
from backend_tui.ui.body_paint import spaced

GUTTERS: Final = (2, 15, 21)
"""Cells before the text: without time, with it, with the date, too."""
_SIGNS: Final = {ERR: "▌", ENGINE: "!"}
_LONG: Final = 4_096


@dataclass(frozen=True, slots=True)
class Look:
    """How rows are drawn now; `style` by the name of the part, `left` in cells."""

    style: Callable[[str], Style]
    ground: Style
    console: Console
    height: int
    left: int = 0
    wraps: bool = False
    times: int = 0
    search: Passes | None = None


def row_count(line: LogLine, room: int, height: int) -> int:
    """Rows that a wrapped line takes: half of the screen at most."""
    if line.source == MARK:
        return 1
    return len(wrapped(drawn(line, _seen(room, height)).text, room, max(height // 2, 1)))


def painted(line: LogLine, part: int, parts: int, width: int, look: Look) -> Strip:
    """The row of a line; `part` of `parts` when it is wrapped."""
    if line.source == MARK:
        words = f"─── {clean_line(line.data.decode('utf-8', 'replace'))} "
        strip = Strip([Segment(words.ljust(width, "─"), look.style("mark"))])
        return strip.crop_extend(0, width, look.ground)
    room = max(width - GUTTERS[look.times], 1)
    shown = drawn(line, _seen(room, look.height) if look.wraps else 8 * (look.left + room) + 1_024)
    text, plain = Text(shown.text, end="", no_wrap=True), look.style("plain")
    for start, stop, style in shown.spans:
        text.stylize(style, start, stop)
    if isinstance(look.search, Matcher):
        for start, stop in look.search.spans(shown.text):
            text.stylize(look.style("hit"), start, stop)
    if look.wraps:
        rows = wrapped(shown.text, room, max(look.height // 2, 1))
        start, stop = rows[min(part, len(rows) - 1)]
        is_cut = part == parts - 1 and (stop < len(shown.text) or shown.more > 0)
        body = Strip(Segment.apply_style(text[start:stop].render(look.console), plain))
    else:
        is_cut = cell_len(shown.text) > look.left + room or shown.more > 0
        body = Strip(Segment.apply_style(text.render(look.console), plain))
        body = body.crop(look.left, look.left + room)
    if is_cut:
        body = _cut(body, line, room, look)
    stamp = ""
    if look.times:
        stamp = f"{clock_text(line.at, has_date=look.times > 1)} "
    sign = Segment(f"{_SIGNS.get(line.source, ' ')} ", look.style("error"))
    head = [sign, Segment(stamp if part == 0 else " " * len(stamp), look.style("time"))]
    return Strip([*head, *body]).crop_extend(0, width, look.ground)


def under_cursor(strip: Strip, look: Look) -> Strip:
    """The row with the cursor's background, hits as they are."""
    cursor, hit = Style(bgcolor=look.style("cursor").bgcolor), look.style("hit").bgcolor
    return Strip(
        [
            each
            if each.style is not None and each.style.bgcolor == hit
            else Segment(each.text, (each.style or Style.null()) + cursor)
            for each in strip
        ],
        strip.cell_length,
    )


def _seen(room: int, height: int) -> int:
    """Bytes that can be on screen of a wrapped line, and some."""
    return min(room * height * 4, LONGEST)


def _cut(body: Strip, line: LogLine, room: int, look: Look) -> Strip:
    """A row whose line goes on: an ellipsis, with how much for a long one."""
    size = len(line.data) + line.lost
    words = f"… +{spaced(max(size - room, 0) // 1024)} KiB" if size > _LONG else "…"
    end = Segment(words, look.style("time"))
    return Strip([*body.crop_extend(0, max(room - len(words), 0), look.ground), end])
