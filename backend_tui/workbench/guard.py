"""The second layer over everything drawn: no control character reaches the terminal."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from backend_tui.core.text import clean_line, is_clean


class TerminalGuard(LineFilter):
    """Makes visible what a widget of any library lets through; clean lines pass unchanged.

    The glyph takes one cell where the control took none: what is drawn may be shifted, but nothing
    is obeyed.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        if all(text.isascii() and text.isprintable() for text, _, _ in segments):
            return segments
        if all(is_clean(text) and "\n" not in text and "\t" not in text for text, _, _ in segments):
            return segments
        return [Segment(clean_line(text), style, None) for text, style, _ in segments]
