"""JSON text laid out over lines, token by token: numbers, order, duplicates, escapes as sent."""

from __future__ import annotations

import re
from typing import Final

_PIECE: Final = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def indented(text: str, step: int = 2) -> str:
    """The same tokens on lines of their own; text that is no JSON comes out as its pieces."""
    out: list[str] = []
    depth = 0
    line = ""
    opened = False
    for found in _PIECE.finditer(text):
        piece = found[0]
        if piece in "]}":
            depth = max(depth - 1, 0)
            if opened:
                line += piece
            else:
                out.append(line)
                line = " " * (step * depth) + piece
            opened = False
            continue
        if opened:
            out.append(line)
            line = " " * (step * depth)
        opened = piece in "[{"
        if piece == ",":
            out.append(line + ",")
            line = " " * (step * depth)
        elif piece == ":":
            line += ": "
        else:
            line += piece
            depth += opened
    out.append(line)
    return "\n".join(each for each in out if each.strip())
