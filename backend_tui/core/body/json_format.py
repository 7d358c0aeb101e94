"""JSON text laid out anew, never parsed and written again: every token stays as it was typed."""

from __future__ import annotations

import json
import re
from typing import Final, NoReturn

from backend_tui.core.body.grammar import JsonProblem
from backend_tui.core.body.json_rows import CONTINUED, JsonRows, JsonScanner

_KEY: Final = re.compile(rb'("(?:[^"\\]++|\\.)*+")[ \t\r\n]*+:[ \t\r\n]*+')
_EMPTY: Final = re.compile(rb"([{\[])[ \t\r\n]+([}\]])(?=,?\Z)")
_BEFORE_COMMA: Final = re.compile(rb"[ \t\r\n]+,\Z")
_BATCH: Final = 1 << 14


def check(text: str) -> JsonProblem | None:
    """What is wrong with a JSON text, or None. Depth knows no limit; a body of blanks is wrong."""
    try:
        json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return _scanned(text.encode("utf-8", "replace")).problem
    return None


def format_json(text: str, indent: int = 2) -> str:
    """The text with one member a line; ValueError with the problem in words when it is no JSON."""
    data = text.encode("utf-8", "surrogatepass")
    rows = _scanned(data)
    if rows.problem is not None:
        raise ValueError(str(rows.problem))
    lines: list[list[bytes]] = []
    for row in range(rows.count):
        start, stop = rows.bounds(row)
        if rows.ordinals[row] == CONTINUED:
            lines[-1].append(data[start:stop])
        else:
            lines.append([b" " * (indent * rows.depths[row]), data[start:stop]])
    return b"\n".join(tidy(b"".join(line)) for line in lines).decode("utf-8", "surrogatepass")


def tidy(line: bytes) -> bytes:
    """One row without needless blanks: one after the colon, none before the comma or at the end."""
    line = line.rstrip(b" \t\r\n")
    blank = len(line) - len(line.lstrip(b" "))
    if key := _KEY.match(line, blank):
        line = line[:blank] + key[1] + b": " + line[key.end() :]
    if line.endswith(b","):
        line = _BEFORE_COMMA.sub(b",", line)
    return _EMPTY.sub(rb"\1\2", line) if line.endswith((b"]", b"}", b"],", b"},")) else line


def _scanned(data: bytes) -> JsonRows:
    scanner = JsonScanner()
    while not scanner.advance(data, len(data), is_final=True, most=_BATCH):
        if scanner.rows.problem is not None:
            break
    return scanner.rows


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
