"""A batch of the shop's cache feed: read in short slices, checked, and clean."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NoReturn

from backend_tui.core.errors import BackendError
from backend_tui.core.secrets import MASK
from backend_tui.core.text import clean_line
from backend_tui.panes.cache.row import Row

SLICE: Final = 100_000
"""So many characters are read at once: some 750 rows, about 2 ms, counted in 1 ms more."""

_ROWS: Final = '"rows":['
_LARGEST: Final = 1e18
_INTEGER: Final = frozenset({int})
_NUMBER: Final = frozenset({int, float})
_NUMBER_OR_NONE: Final = frozenset({int, float, type(None)})
_TEXT: Final = frozenset({str})
_TEXT_OR_NONE: Final = frozenset({str, type(None)})
_KEY: Final = 3
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
_new_row: Final = partial(tuple.__new__, Row)
"""As `Row._make` without looking at the length, which `_checked` does for all at once."""

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


async def read_operations(data: str) -> AsyncGenerator[Operations]:
    """The batch of one event, a long one in parts, between which other work gets its turn.

    Raises `BackendError` for what is no batch.
    """
    try:
        head, start, end = _head(data)
        is_plain = data.isascii() and "\\" not in data and "\x7f" not in data
        first, last = head["first"], head["last"]
        if not (type(head["source"]) is str and type(first) is int and type(last) is int):
            raise TypeError("source, first or last is of a wrong kind")
        source = clean_line(head["source"])
        while start < end:
            raw, start = _slice(data, start, end)
            rows = _checked(list(map(_new_row, raw)), is_plain=is_plain)
            until = last if start >= end else rows[-1].sequence
            if not first <= rows[0].sequence <= rows[-1].sequence <= until:
                raise ValueError("its numbers and those of its rows differ")
            yield Operations(source, first, until, rows)
            first = until + 1
            if start < end:
                await asyncio.sleep(0)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError) as wrong:
        raise BackendError(
            "The cache feed could not be read.",
            clean_line(f"Its batch is not as agreed: {wrong}.")[:200],
            "Check that the shop is of the same version as the workbench.",
        ) from wrong


def masked_key(key: str) -> str:
    """A clean key; what follows a word such as session or token in it is masked."""
    if _may_be_secret(key):
        found = _SECRET.fullmatch(key)
        if found is not None:
            key = f"{found['lead'] or found['django']}{MASK}"
    return clean_line(key)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_DECODE: Final = json.JSONDecoder(parse_constant=_refuse).decode


def _head(data: str) -> tuple[dict[str, Any], int, int]:
    """The batch without its rows, and where these begin and end; raises `ValueError`."""
    at = data.find(_ROWS)
    if at < 0 or not data.endswith("]}"):
        raise ValueError("it does not end with its rows")
    start, end = at + len(_ROWS), len(data) - 2
    head = _DECODE(data[:start] + "]}")
    if not isinstance(head, dict):
        raise TypeError("it is no object")
    return head, start, end


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


def _may_be_secret(text: str) -> bool:
    return any(word in text or word.upper() in text for word in _SECRET_WORDS)


def _checked(rows: list[Row], *, is_plain: bool) -> list[Row]:
    """The same rows, each member of its kind and in measure, texts clean; else raises."""
    columns = tuple(zip(*rows, strict=True))
    for kinds, values in zip(_KINDS, columns, strict=True):
        if not set(map(type, values)) <= kinds:
            raise TypeError("a value is of a wrong kind")
        if int in kinds and not -_LARGEST < sum(filter(None, values)) < _LARGEST:
            raise ValueError("a number is beyond all measure")
    if is_plain and not _may_be_secret("\n".join(columns[_KEY])):
        return rows
    return _cleaned(rows)


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
