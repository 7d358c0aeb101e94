"""Pictures of the screen that need nothing from the network."""

from __future__ import annotations

import re
from typing import Final

_FONT_FACE: Final = re.compile(r"\s*@font-face\s*\{[^}]*\}")
_FONT: Final = "Fira Code, DejaVu Sans Mono, Menlo, Consolas, monospace"


def offline_svg(svg: str) -> str:
    """The picture without remote fonts: the viewer's own monospaced one, blanks kept."""
    svg = _FONT_FACE.sub("", svg)
    svg = svg.replace("font-family: Fira Code, monospace;", f"font-family: {_FONT};")
    return svg.replace("<text ", '<text xml:space="preserve" ')
