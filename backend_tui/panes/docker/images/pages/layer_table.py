"""The columns of the layer teacher: line, instruction, size, its bar, the sum, who shares it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from textual.content import Content

from backend_tui.core.text import shorten
from backend_tui.core.units import bytes_text
from backend_tui.panes.docker.images.image import masked_text
from backend_tui.panes.docker.images.teaching import Comparison, Lesson, Taught
from backend_tui.ui.record_table import Cell, Column

BAR: Final = 12
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_LONGEST: Final = 420
_BUILDS: Final = "only builds"


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A line of the lower table, whatever it tells of; `most` is the largest size beside it.

    `side` says of a comparison who has the layer.
    """

    number: int
    line: int
    text: str
    size: int
    most: int
    total: int
    shared: str = ""
    side: Literal["", "both", "this", "other"] = ""
    detail: str = ""
    hints: tuple[str, ...] = ()
    is_faded: bool = False


def rows_of(found: Sequence[Taught]) -> tuple[LayerRow, ...]:
    """The layers of one image."""
    most = max((each.layer.size for each in found), default=0)
    return tuple(
        LayerRow(
            number=each.layer.number,
            line=each.line,
            text=each.text,
            size=each.layer.size,
            most=most,
            total=each.layer.total,
            shared=_shared(each),
            detail=each.does,
            hints=each.hints,
            is_faded=each.is_base or not each.layer.size,
        )
        for each in found
    )


def rows_of_comparison(found: Comparison) -> tuple[LayerRow, ...]:
    """First what both have, then what each has alone."""
    sides = (("both", found.shared), ("this", found.first), ("other", found.second))
    most = max((each.size for _, some in sides for each in some), default=0)
    words: dict[str, str] = {
        "both": "One copy on disk serves both.",
        "this": "Only the image under the cursor has it.",
        "other": "Only the image that was marked has it.",
    }
    rows: list[LayerRow] = []
    for side, some in sides:
        total = 0
        for each in some:
            total += each.size
            row = LayerRow(
                number=each.number,
                line=0,
                text=each.text,
                size=each.size,
                most=most,
                total=total,
                side=side,  # type: ignore[arg-type]
                detail=words[side],
                is_faded=side == "both",
            )
            rows.append(row)
    return tuple(rows)


def rows_of_lessons(found: Sequence[Lesson]) -> tuple[LayerRow, ...]:
    """A Dockerfile without an image: no sizes are known."""
    return tuple(
        LayerRow(
            number=at,
            line=each.instruction.first,
            text=masked_text(each.instruction.text),
            size=0,
            most=0,
            total=0,
            shared="" if each.is_kept else _BUILDS,
            detail=each.does,
            hints=each.hints,
            is_faded=not each.is_kept or not each.instruction.is_layered,
        )
        for at, each in enumerate(found, 1)
    )


def detail_of(row: LayerRow | None) -> Content:
    """All of the instruction, what it does, and what a careful reader would say."""
    if row is None:
        return Content()
    lines = [
        Content.assemble(
            (f"line {row.line}  " if row.line else "", "$text-muted"),
            (shorten(row.text, _LONGEST), "bold"),
        ),
        Content.styled(row.detail, "$text-muted"),
        *(Content.styled(f"▲ {each}", "$text-warning") for each in row.hints),
    ]
    return Content("\n").join(line for line in lines if line.plain)


def _shared(row: Taught) -> str:
    others = row.images - 1
    images = f"{others} more" if others > 0 else ""
    containers = f"{row.containers} run on it" if row.containers else ""
    return ", ".join(each for each in (images, containers) if each)


def _mark(row: LayerRow) -> Cell:
    if row.hints:
        return "▲", "warning"
    return {"": "", "both": "=", "this": "+", "other": "-"}[row.side], "accent"


def _sharing(row: LayerRow) -> Cell:
    return row.shared, "muted" if row.shared == _BUILDS else "good"


def _bar(row: LayerRow) -> Cell:
    if not row.size or not row.most:
        return "", "muted"
    eighths = max(round(row.size / row.most * BAR * 8), 1)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip(), "accent"


LAYER_COLUMNS: Final[tuple[Column[Any], ...]] = (
    Column("", _mark, 1),
    Column("line", lambda row: (str(row.line or ""), "muted"), 4, is_number=True),
    Column("instruction", lambda row: (row.text, "muted" if row.is_faded else "plain"), 0),
    Column("size", lambda row: (bytes_text(row.size) if row.size else "", "plain"), 7, True),
    Column("", _bar, BAR),
    Column("sum", lambda row: (bytes_text(row.total) if row.total else "", "muted"), 7, True),
    Column(
        "shared with", lambda row: (row.shared, "muted" if row.is_faded else "good"), 22, above=100
    ),
)
