"""What the words of a GraphQL document are, line by line, so that only visible lines are read."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

Span = tuple[int, int, str]

_TOKEN: Final = re.compile(
    r"(?P<comment>\#.*)"
    r'|(?P<block>""")'
    r'|(?P<string>"(?:[^"\\]|\\.)*"?)'
    r"|(?P<variable>\$\w*)"
    r"|(?P<directive>@\w*)"
    r"|(?P<number>-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<mark>\.\.\.|[{}()\[\]:!=|&,])"
)
_KEYWORDS: Final = frozenset(
    {"query", "mutation", "subscription", "fragment", "schema", "type", "interface", "union"}
    | {"enum", "input", "scalar", "directive", "extend", "implements"}
)
_WORDS: Final = frozenset({"true", "false", "null"})
_AFTER_NAME: Final = re.compile(r"\s*:(?!:)")
_OUTSIDE: Final = re.compile(r'"""|"(?:[^"\\]|\\.)*"?|\#.*')
_BLOCK_END: Final = re.compile(r'(?<!\\)"""')


def line_tokens(text: str, *, is_in_block: bool = False) -> list[Span]:
    """The tokens of one line; `is_in_block` when it begins inside a block string."""
    spans: list[Span] = []
    at = 0
    if is_in_block:
        end = _BLOCK_END.search(text)
        at = end.end() if end else len(text)
        spans.append((0, at, "string"))
    before = ""
    while at < len(text):
        found = _TOKEN.search(text, at)
        if found is None:
            break
        kind, word, at = found.lastgroup or "", found[0], found.end()
        if kind == "block":
            end = _BLOCK_END.search(text, at)
            at = end.end() if end else len(text)
            kind = "string"
        elif kind == "name":
            kind = _name_kind(word, before, text, at)
        if kind:
            spans.append((found.start(), at, kind))
        before = word
    return spans


def _name_kind(word: str, before: str, text: str, end: int) -> str:
    if word in _WORDS:
        return "word"
    if before in ("", "}") and word in _KEYWORDS:
        return "keyword"
    if word == "on" and before not in ("{", "}", ",", "("):
        return "keyword"
    if before == "on":
        return "type"
    if _AFTER_NAME.match(text, end):
        return ""
    if word[0].isupper():
        return "word" if word.isupper() and len(word) > 1 else "type"
    return "key"


class Blocks:
    """Which lines of a document begin inside a block string, found once an edit.

    Only lines with three quotes are looked at, so a long document costs one fast scan.
    """

    def __init__(self, lines: Sequence[str]) -> None:
        self._turns: list[int] = []
        is_open = False
        for number, line in enumerate(lines):
            if '"""' in line and _ends_open(line, is_open) != is_open:
                is_open = not is_open
                self._turns.append(number)

    def holds(self, line: int) -> bool:
        """True when the line begins inside a block string."""
        return bisect_left(self._turns, line) % 2 == 1


def _ends_open(line: str, is_open: bool) -> bool:
    """Whether a block string is open at the end of a line that has three quotes somewhere."""
    at = 0
    while True:
        pattern = _BLOCK_END if is_open else _OUTSIDE
        found = pattern.search(line, at)
        if found is None:
            return is_open
        at = found.end()
        if is_open or found[0] == '"""':
            is_open = not is_open
