"""Sparklines of block glyphs: a value a cell, seven heights, a dot where there was nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

BLOCKS: Final = "▁▂▃▄▅▆▇"
"""Without the full block, so that two lines of them stay two."""

NOTHING: Final = "·"


def spark(values: Sequence[float | None], top: float | None = None) -> str:
    """One glyph a value between 0 and `top` (their largest by default); None is `NOTHING`."""
    known = [each for each in values if each is not None]
    scale = top if top is not None else max(known, default=0.0)
    return "".join(NOTHING if each is None else _glyph(each, scale) for each in values)


def _glyph(value: float, top: float) -> str:
    if top <= 0 or value <= 0:
        return BLOCKS[0]
    return BLOCKS[min(int(value / top * len(BLOCKS)), len(BLOCKS) - 1)]
