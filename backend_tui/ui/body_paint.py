"""One row of a body as text with spans: JSON tokens, markup tags, hexadecimal; always clean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from backend_tui.core.body.hexdump import hex_parts
from backend_tui.core.body.json_format import tidy
from backend_tui.core.body.json_rows import BROKEN, CONTINUED, JsonRows
from backend_tui.core.body.kind import Kind
from backend_tui.core.body.source import Buffer
from backend_tui.core.body.text_rows import ROW_BYTES
from backend_tui.core.text import clean

_JSON: Final = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>\b(?:true|false|null)\b)"
    r"|(?P<mark>[{}\[\],:]+)"
)
_MARKUP: Final = re.compile(
    r"(?P<comment><!--.*?(?:-->|$))|(?P<key></?[A-Za-z!?][^\s<>/]*)"
    r"|(?P<string>\"[^\"<>]*\"|'[^'<>]*')|(?P<mark>/?>)"
)
_DEEPEST: Final = 40
_FOLDED_TEXT: Final = 48
GUTTER: Final = 2

Span = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class PaintedRow:
    """A row's clean text and the names of the component styles of its parts."""

    text: str
    spans: list[Span] = field(default_factory=list)


def pretty_row(rows: JsonRows, buffer: Buffer, row: int, *, is_folded: bool) -> PaintedRow:
    """A row of pretty JSON: gutter with the fold's state, indent, tokens, what a fold hides."""
    start, stop = rows.bounds(row)
    ordinal, closer = rows.ordinals[row], rows.closers[row]
    if ordinal == BROKEN:
        return _broken(rows, bytes(buffer[start:stop]), row)
    data = bytes(buffer[start:stop])
    is_piece = ordinal == CONTINUED
    if not is_piece and len(data.rstrip(b" \t\r\n")) < ROW_BYTES:
        data = tidy(data)
    depth = rows.depths[row]
    lead = "  " * min(depth, _DEEPEST) + (f"⋯{depth} " if depth > _DEEPEST else "")
    gutter = ("▸ " if is_folded else "▾ ") if closer else "  "
    head = gutter + lead
    if is_folded and rows.ordinals[closer] == CONTINUED:
        data = data[:_FOLDED_TEXT]
    body = flat(data)
    spans: list[Span] = [(0, len(head), "muted")]
    if is_piece:
        spans.append((len(head), len(head) + len(body), "string"))
    else:
        spans += _tokens(_JSON, body, len(head))
    text = head + body
    if is_folded:
        after = _hidden_words(rows, buffer, row, data)
        spans.append((len(text), len(text) + len(after), "muted"))
        text += after
    return PaintedRow(text, spans)


def text_row(data: bytes, kind: Kind) -> PaintedRow:
    """A row of raw text, its tokens coloured where the kind has any."""
    body = flat(data.rstrip(b"\r\n"))
    if kind.is_json:
        return PaintedRow(body, _tokens(_JSON, body, 0))
    if kind.name in {"xml", "html"}:
        return PaintedRow(body, _tokens(_MARKUP, body, 0))
    return PaintedRow(body)


def hex_row(data: bytes, offset: int, width: int) -> PaintedRow:
    """A row of bytes: offset, hexadecimal, characters."""
    at, pairs, readable = hex_parts(data, offset, width)
    text = f"{at}  {pairs}  {readable}"
    first = len(at) + 2 + len(pairs) + 2
    return PaintedRow(text, [(0, len(at), "muted"), (first, len(text), "string")])


def flat(data: bytes) -> str:
    """Clean text of one row: no line break, tabs as blanks."""
    text = clean(data.decode("utf-8", "replace"))
    if "\n" in text:
        text = text.replace("\n", "␊")
    return text.expandtabs(4) if "\t" in text else text


def json_spans(text: str) -> list[Span]:
    """The tokens of one line of JSON."""
    return _tokens(_JSON, text, 0)


def _tokens(pattern: re.Pattern[str], text: str, shift: int) -> list[Span]:
    return [
        (found.start() + shift, found.end() + shift, found.lastgroup or "")
        for found in pattern.finditer(text)
    ]


def _broken(rows: JsonRows, data: bytes, row: int) -> PaintedRow:
    body = flat(data.rstrip(b"\r\n"))
    problem = rows.problem
    start = rows.starts[row]
    if problem is None or not start <= problem.offset < start + len(data):
        return PaintedRow("  " + body, [(0, len(body) + 2, "broken")])
    at = GUTTER + len(flat(data[: problem.offset - start]))
    text = "✗ " + body + " "
    return PaintedRow(text, [(0, len(text), "broken"), (0, 1, "error"), (at, at + 1, "error")])


def _hidden_words(rows: JsonRows, buffer: Buffer, row: int, data: bytes) -> str:
    closer = rows.closers[row]
    if rows.ordinals[closer] == CONTINUED:
        hidden = rows.bounds(closer)[1] - rows.bounds(row)[0] - len(data)
        return f" … {spaced(hidden)} bytes more"
    start, stop = rows.bounds(closer)
    end = flat(tidy(bytes(buffer[start:stop])))
    count = rows.ordinals[closer]
    is_object = data.rstrip().endswith(b"{")
    noun = ("member" if is_object else "item") + ("" if count == 1 else "s")
    return f" … {end} {spaced(count)} {noun}"


def spaced(number: int) -> str:
    """A count as people read it: 1 234 567."""
    return f"{number:,}".replace(",", " ")
