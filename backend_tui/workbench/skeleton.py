"""The first frame, painted before any library is imported, exactly where the real one appears.

It enters the alternate screen and raw mode as Textual will, so that keys typed meanwhile are kept.
"""

from __future__ import annotations

import os
import termios
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from backend_tui.feature import Feature
    from backend_tui.workbench.frame import Piece, Role

_IN: Final = 0
_OUT: Final = 2  # where Textual writes
LEAVE: Final = b"\x1b[0m\x1b[?7h\x1b[?1049l\x1b[?25h"


class Skeleton:
    """A terminal borrowed from its shell: `paint` it, then hand it to the app or `restore` it."""

    def __init__(self, theme: str) -> None:
        from backend_tui.ui.colours import PALETTES

        has_colours = os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit")
        self.colours = PALETTES.get(theme) if has_colours else None
        self.is_grey = "NO_COLOR" in os.environ
        self.before: list[Any] | None = None
        self.width, self.height = os.get_terminal_size(_OUT)

    def enter(self) -> None:
        """Raw mode, alternate screen, the title: the first visible characters."""
        self.before = termios.tcgetattr(_IN)
        raw = termios.tcgetattr(_IN)
        raw[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
        raw[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
        raw[6][termios.VMIN] = 1
        termios.tcsetattr(_IN, termios.TCSANOW, raw)
        ground = self._ground("background")
        self._write(f"\x1b[?1049h\x1b[?25l\x1b[?7l{ground}\x1b[2J")
        self._write(f"\x1b[1;1H{self._ground('panel')}\x1b[1m backend-tui \x1b[0m")

    def paint(self, features: tuple[Feature, ...]) -> None:
        """Title, navigator and status line as the workbench will show them at its start."""
        from backend_tui.workbench import frame

        if self.width < frame.SMALLEST[0] or self.height < frame.SMALLEST[1]:
            return
        entries = tuple(frame.Entry(each.name, each.digit or "", each.title) for each in features)
        chosen = features[0].name if features else ""
        services = tuple(frame.Service(name) for name in frame.SERVICES)
        out = []
        if self.width >= frame.WIDE:
            blank: list[Piece] = [(" " * frame.NAVIGATOR_WIDTH, "text")]
            title: list[Piece] = [(f" {frame.TITLE}".ljust(frame.NAVIGATOR_WIDTH), "title")]
            rows = [title, blank]
            rows += [frame.navigator_line(entry, entry.name == chosen) for entry in entries]
            rows += [blank] * (self.height - 1 - len(rows))
            out += [self._row(y, row) for y, row in enumerate(rows[: self.height - 1])]
        else:
            out.append(self._row(0, frame.tab_line(entries, chosen, self.width)))
        left = frame.services_line(services, self.width * 5 // 8)
        used = sum(len(text) for text, _ in left)
        standing = frame.standing_hints(self.width)
        hints = frame.hints_line((), standing, self.width - used)
        out.append(self._row(self.height - 1, left + hints))
        self._write("".join(out) + "\x1b[0m")

    def hand_over(self) -> list[Any] | None:
        """The terminal's first settings, for the app that restores them from here on."""
        before, self.before = self.before, None
        return before

    def restore(self) -> None:
        """Give the terminal back as it was; harmless when it was never taken or is gone."""
        if self.before is None:
            return
        from contextlib import suppress

        before, self.before = self.before, None
        with suppress(OSError, termios.error):  # the terminal itself may be gone
            os.write(_OUT, LEAVE)
            termios.tcsetattr(_IN, termios.TCSANOW, before)

    def _row(self, y: int, pieces: list[Piece]) -> str:
        text = "".join(self._styled(text, role) for text, role in pieces)
        return f"\x1b[{y + 1};1H{self._ground('panel')}{text}"

    def _styled(self, text: str, role: Role) -> str:
        name = {
            "title": "primary",
            "bar": "primary",
            "key": "primary",
            "good": "success",
            "wait": "warning",
            "bad": "error",
            "muted": "muted",
        }.get(role, "foreground")
        weight = "\x1b[1m" if role in ("title", "chosen") else "\x1b[22m"
        return f"{weight}{self._colour(38, name)}{text}"

    def _ground(self, name: str) -> str:
        return self._colour(48, name) + self._colour(38, "foreground")

    def _colour(self, plane: int, name: str) -> str:
        if self.colours is None:
            return ""
        value = int(self.colours[name][1:], 16)
        red, green, blue = value >> 16, value >> 8 & 255, value & 255
        if self.is_grey:
            red = green = blue = round(red * 0.2126 + green * 0.7152 + blue * 0.0722)
        return f"\x1b[{plane};2;{red};{green};{blue}m"

    def _write(self, text: str) -> None:
        data = text.encode()
        while data:
            data = data[os.write(_OUT, data) :]
