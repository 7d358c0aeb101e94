"""A batch of the shop's cache feed: read in short slices, checked, and clean."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn

from backend_tui.core.errors import BackendError
from backend_tui.core.secrets import MASK
from backend_tui.core.text import clean_line
from backend_tui.panes.cache.row import Row

SLICE: Final = 200_000
"""So many characters are read at once: about 4 ms."""

_ROWS: Final = '"rows":['
_LARGEST: Final = 1e17
_INTEGER: Final = frozenset({int})
_NUMBER: Final = frozenset({int, float})
_NUMBER_OR_NONE: Final = frozenset({int, float, type(None)})
_TEXT: Final = frozenset({str})
_TEXT_OR_NONE: Final = frozenset({str, type(None)})
_KINDS: Final = (
    _INTEGER,
    _NUMBER,
    _TEXT,
    _TEXT,
    _TEXT,
    _TEXT_OR_NONE,
    _NUMBER_OR_NONE,
    _NUMBER_OR_NONE,
    _NUMBER_OR_NONE,
    _NUMBER_OR_NONE,
    _TEXT_OR_NONE,
    _TEXT_OR_NONE,
    _TEXT_OR_NONE,
)
_SECRET_WORDS: Final = ("ession", "oken", "ecret", "assword")
_SECRET: Final = re.compile(
    r"(?i)(?P<lead>(?:^|.*[:/.])[\w-]*(?:session|token|secret|password)\w*?[:/=])(?P<value>.+)"
    r"|(?P<django>.*django\.contrib\.sessions\.(?:cached_db|cache))(?P<id>.+)"
)


@dataclass(frozen=True, slots=True)
class Operations:
    """Rows `first` to `last` of a server's life, named by `source`; numbers without holes."""

    source: str
    first: int
    last: int
    rows: Sequence[Row]


async def read_operations(data: str) -> Operations:
    """The batch of one event; other work gets its turn between slices. Raises `BackendError`."""
    try:
        head, rows = await _read(data)
        return _checked(head, rows, is_plain=_is_plain(data))
    except (ValueError, TypeError, KeyError, RecursionError) as wrong:
        raise BackendError(
            "The cache feed could not be read.",
            clean_line(f"Its batch is not as agreed: {wrong}.")[:200],
            "Check that the shop is of the same version as the workbench.",
        ) from wrong


def masked_key(key: str) -> str:
    """A clean key; what follows a word such as session or token in it is masked."""
    if any(word in key for word in _SECRET_WORDS) or any(
        word.upper() in key for word in _SECRET_WORDS
    ):
        found = _SECRET.fullmatch(key)
        if found is not None:
            key = f"{found['lead'] or found['django']}{MASK}"
    return clean_line(key)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_DECODE: Final = json.JSONDecoder(parse_constant=_refuse).decode


async def _read(data: str) -> tuple[dict[str, Any], list[Row]]:
    """The batch's head without rows, and the rows; long ones a slice at a time."""
    at = data.find(_ROWS) if len(data) > SLICE else -1
    if at < 0 or not data.endswith("]}"):
        whole = _DECODE(data)
        return whole, list(map(Row._make, whole.pop("rows")))
    start, end = at + len(_ROWS), len(data) - 2
    head = _DECODE(data[:start] + "]}")
    rows: list[Row] = []
    while start < end:
        part, start = _slice(data, start, end)
        rows.extend(map(Row._make, part))
        await asyncio.sleep(0)
    return head, rows


def _slice(data: str, start: int, end: int) -> tuple[list[Any], int]:
    """Whole rows from `start` on, and where the next begin.

    A cut within a text leaves a quote open and cannot be read: then the next place is tried.
    """
    at = start + SLICE
    while True:
        cut = data.find("],[", at, end)
        if cut < 0:
            return _DECODE(f"[{data[start:end]}]"), end
        try:
            return _DECODE(f"[{data[start : cut + 1]}]"), cut + 2
        except ValueError:
            at = cut + 1


def _is_plain(data: str) -> bool:
    """True when no text in it needs cleaning or masking: JSON itself forbids raw controls."""
    return (
        data.isascii()
        and "\\" not in data
        and "\x7f" not in data
        and not any(word in data or word.upper() in data for word in _SECRET_WORDS)
    )


def _checked(head: dict[str, Any], rows: list[Row], *, is_plain: bool) -> Operations:
    source, first, last = head["source"], head["first"], head["last"]
    if not (type(source) is str and type(first) is int and type(last) is int):
        raise TypeError("source, first or last is of a wrong kind")
    for kinds, values in zip(_KINDS, zip(*rows, strict=True), strict=False):
        found = set(map(type, values))
        if not found <= kinds:
            raise TypeError("a value is of a wrong kind")
        if int in found and max(map(abs, filter(None, values)), default=0) > _LARGEST:
            raise ValueError("a number is beyond all measure")
        if float in found and max(map(abs, filter(None, values)), default=0.0) > _LARGEST:
            raise ValueError("a number is beyond all measure")
    if rows and not (first <= rows[0].sequence and rows[-1].sequence <= last):
        raise ValueError("its numbers and those of its rows differ")
    if not is_plain:
        rows = _cleaned(rows)
    return Operations(clean_line(source), first, last, rows)


def _cleaned(rows: list[Row]) -> list[Row]:
    keys: dict[str, str] = {}
    texts: dict[str | None, str | None] = {None: None}

    def clean(text: str | None) -> str | None:
        if text not in texts:
            texts[text] = None if text is None else clean_line(text)
        return texts[text]

    cleaned = []
    for row in rows:
        key = keys.get(row.key)
        if key is None:
            key = keys[row.key] = masked_key(row.key)
        cleaned.append(
            row._replace(
                op=clean(row.op) or "",
                key=key,
                result=clean(row.result) or "",
                strategy=clean(row.strategy),
                cause=clean(row.cause),
                trace_id=clean(row.trace_id),
                route=clean(row.route),
            )
        )
    return cleaned
