"""Where in the JSON a row is, as a JSONPath, and which bytes its value has."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from backend_tui.core.body.json_rows import BROKEN, CONTINUED, NO_ROW, JsonRows
from backend_tui.core.body.source import Buffer

_KEY: Final = re.compile(rb'("(?:[^"\\]++|\\.)*+")[ \t\r\n]*+:[ \t\r\n]*+')
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SHOWN: Final = 24


def json_path(rows: JsonRows, buffer: Buffer, row: int, *, most: int = _SHOWN) -> str:
    """Like `$.items[3]["unit price"]`; an ellipsis stands for all but the last `most` steps."""
    if row >= rows.count or rows.ordinals[row] == BROKEN:
        return ""
    steps: list[str] = []
    at = _item(rows, row)
    while at != NO_ROW and rows.parents[at] != NO_ROW:
        if len(steps) >= most:
            steps.append("…")
            break
        steps.append(_step(rows, buffer, at))
        at = _item(rows, rows.parents[at])
    return "$" + "".join(reversed(steps))


def value_span(rows: JsonRows, buffer: Buffer, row: int) -> tuple[int, int]:
    """The bytes of the value on the row, of the whole container when it opens or closes one."""
    at = _item(rows, row)
    start = rows.starts[at]
    key = _KEY.match(buffer, start) if _is_member(rows, buffer, at) else None
    first = key.end() if key else start
    last = rows.closers[at] or at
    if last == at and _opens(rows, buffer, at):
        return first, rows.position
    end = rows.starts[last + 1] if last + 1 < rows.count else rows.position
    tail = buffer[max(first, end - 4096) : end].rstrip(b" \t\r\n")
    if last + 1 < rows.count or tail.endswith(b","):
        tail = tail.removesuffix(b",").rstrip(b" \t\r\n")
    return first, max(first, end - 4096) + len(tail)


def row_at_path(rows: JsonRows, buffer: Buffer, path: Sequence[str | int]) -> int:
    """The row of the value at a path of names and indexes; where it ends early, the last one."""
    row = 0
    for step in path:
        stop = rows.closers[row] or rows.count
        child = row + 1
        while child < stop and not _is_step(rows, buffer, child, step):
            child = (rows.closers[child] or child) + 1
        if child >= stop or rows.parents[child] != row:
            break
        row = child
    return row


def _is_step(rows: JsonRows, buffer: Buffer, row: int, step: str | int) -> bool:
    if rows.ordinals[row] == CONTINUED:
        return False
    if not _is_member(rows, buffer, row):
        return rows.ordinals[row] == step
    key = _KEY.match(buffer, rows.starts[row], rows.starts[row] + 4096)
    return key is not None and json.loads(key[1].decode("utf-8", "replace"), strict=False) == step


def child_count(rows: JsonRows, row: int) -> int:
    """How many items the container that the row opens has."""
    return rows.ordinals[rows.closers[row]]


def _item(rows: JsonRows, row: int) -> int:
    """The row a value begins on: of a piece the first, of a closing row its opener."""
    if rows.ordinals[row] == CONTINUED:
        row = rows.parents[row]
    elif row and _closes(rows, row):
        row = _opener(rows, row)
        if rows.ordinals[row] == CONTINUED:
            row = rows.parents[row]
    return row


def _closes(rows: JsonRows, row: int) -> bool:
    opener = _opener(rows, row)
    return opener != NO_ROW and rows.closers[opener] == row


def _opener(rows: JsonRows, row: int) -> int:
    """The container that holds the row before this one, a piece of a long text taken as its row."""
    before = row - 1
    if rows.ordinals[before] == CONTINUED:
        before = rows.parents[before]
    return rows.parents[before]


def _is_member(rows: JsonRows, buffer: Buffer, row: int) -> bool:
    parent = rows.parents[row]
    return parent != NO_ROW and _last_byte(rows, buffer, parent) == b"{"


def _opens(rows: JsonRows, buffer: Buffer, row: int) -> bool:
    return _last_byte(rows, buffer, row) in {b"{", b"["}


def _last_byte(rows: JsonRows, buffer: Buffer, row: int) -> bytes:
    start, stop = rows.bounds(row)
    return buffer[start:stop].rstrip(b" \t\r\n")[-1:]


def _step(rows: JsonRows, buffer: Buffer, row: int) -> str:
    if not _is_member(rows, buffer, row):
        return f"[{rows.ordinals[row]}]"
    key = _KEY.match(buffer, rows.starts[row], rows.starts[row] + 4096)
    if key is None:
        return "[…]"
    name = str(json.loads(key[1].decode("utf-8", "replace"), strict=False))
    return f".{name}" if _PLAIN.match(name) else f"[{json.dumps(name, ensure_ascii=False)}]"
