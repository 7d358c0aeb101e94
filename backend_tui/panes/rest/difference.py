"""What two answers to the same request have in common and what not: status, headers, body lines."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from backend_tui.core.body.charset import choose
from backend_tui.core.body.kind import kind_of
from backend_tui.core.text import clean_line, decode, shorten
from backend_tui.panes.rest.exchanges import Exchange
from backend_tui.panes.rest.indent import indented

Mark = Literal[" ", "-", "+", "@"]

_NOISE: Final = frozenset(
    {"date", "x-trace-id", "server-timing", "traceparent", "ratelimit", "age", "x-request-id"}
)
_LARGEST: Final = 1 << 20
_MOST_LINES: Final = 12_000
_CONTEXT: Final = 2
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of either side: same, only before (-), only now (+), or a heading (@)."""

    mark: Mark
    text: str


def compared(before: Exchange, now: Exchange) -> tuple[DiffLine, ...]:
    """Status, headers and body of both; headers that always differ are left out."""
    lines = [*_status(before, now), *_headers(before, now)]
    return (*lines, *_bodies(before, now))


def _status(before: Exchange, now: Exchange) -> list[DiffLine]:
    old, new = _status_line(before), _status_line(now)
    if old == new:
        return [DiffLine(" ", new)]
    return [DiffLine("-", old), DiffLine("+", new)]


def _status_line(exchange: Exchange) -> str:
    head = exchange.head
    return f"{head.status} {head.reason}".strip() if head else "no answer"


def _headers(before: Exchange, now: Exchange) -> list[DiffLine]:
    old, new = _header_lines(before), _header_lines(now)
    if old == new:
        return [DiffLine("@", f"Headers: the same {len(new)}")]
    return [DiffLine("@", "Headers"), *_changes(old, new)]


def _header_lines(exchange: Exchange) -> list[str]:
    headers = exchange.head.headers if exchange.head else ()
    return [f"{name}: {value}" for name, value in headers if name.lower() not in _NOISE]


def _bodies(before: Exchange, now: Exchange) -> list[DiffLine]:
    if before.size > _LARGEST or now.size > _LARGEST:
        same = before.size == now.size and _bytes(before) == _bytes(now)
        words = "the same" if same else "different, and too large to compare by line"
        return [DiffLine("@", f"Body: {words}")]
    if _bytes(before) == _bytes(now):
        return [DiffLine("@", f"Body: the same {now.size} bytes")]
    old, new = _lines(before), _lines(now)
    if old is None or new is None:
        return [DiffLine("@", f"Body: binary, {before.size} and {now.size} bytes, different")]
    if len(old) > _MOST_LINES or len(new) > _MOST_LINES:
        return [DiffLine("@", "Body: different, and too long to compare by line")]
    if old == new:
        return [DiffLine("@", "Body: the same but for its white space")]
    return [DiffLine("@", "Body"), *_changes(old, new)]


def _bytes(exchange: Exchange) -> bytes:
    return exchange.body.read(0, exchange.size) if exchange.body else b""


def _lines(exchange: Exchange) -> list[str] | None:
    """The body as clean lines, JSON indented as its own tokens; None when it is binary."""
    data = _bytes(exchange)
    content_type = exchange.header("content-type")
    kind = kind_of(data[:4096], content_type)
    if kind.name == "binary":
        return None
    text = decode(data, choose(data[:4096], content_type).codec)
    lines = indented(text).split("\n") if kind.name == "json" else text.split("\n")
    return [shorten(clean_line(line), _LONGEST) for line in lines]


def _changes(old: Sequence[str], new: Sequence[str]) -> list[DiffLine]:
    """Changed lines with two lines around; what is left out in between is counted."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > 2_000)
    found: list[DiffLine] = []
    shown_to = 0
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        if group[0][3] > shown_to:
            found.append(DiffLine("@", f"  … {group[0][3] - shown_to} lines the same"))
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                found += [DiffLine(" ", line) for line in new[new_from:new_to]]
                continue
            found += [DiffLine("-", line) for line in old[old_from:old_to]]
            found += [DiffLine("+", line) for line in new[new_from:new_to]]
        shown_to = group[-1][4]
    if shown_to < len(new):
        found.append(DiffLine("@", f"  … {len(new) - shown_to} lines the same"))
    return found
