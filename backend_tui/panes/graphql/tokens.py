"""The tokens of a GraphQL document by one pattern: any text has some, broken ones too.

Faster than a parser's lexer and never refuses: what is no GraphQL is a `junk` token. Commas,
white space and comments are left out, unless comments are asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

TokenKind = Literal["name", "string", "block", "number", "spread", "mark", "comment", "junk"]


class Token(NamedTuple):
    """A kind, the offsets of its first character and behind its last, and its text.

    The text of strings and comments is left empty: it is rarely needed and may be long.
    """

    kind: TokenKind
    start: int
    end: int
    text: str


_TOKEN: Final = re.compile(
    r"(?P<skip>[\s,\ufeff]+)"
    r"|(?P<name>[_A-Za-z][_0-9A-Za-z]*)"
    r"|(?P<mark>[!$&()\[\]{}:=@|])"
    r"|(?P<comment>\#[^\n\r]*)"
    r"|(?P<spread>\.\.\.)"
    r"|(?P<number>-?[0-9][0-9A-Za-z.]*(?:(?<=[eE])[+-][0-9]+)?)"
    r'|(?P<block>"""[^"\\]*(?:(?:\\"""|\\|"(?!""))[^"\\]*)*(?:"""|\Z))'
    r'|(?P<string>"[^"\\\n\r]*(?:\\[^\n\r][^"\\\n\r]*)*\\?"?)'
    r"|(?P<junk>.)",
    re.DOTALL,
)
_DEFINITION: Final = re.compile(r"^(?:query|mutation|subscription|fragment)\b|^\{", re.MULTILINE)
_FRAGMENT: Final = re.compile(
    r"\bfragment\s+(?P<name>[_A-Za-z][_0-9A-Za-z]*)\s+on\s+(?P<type>[_A-Za-z][_0-9A-Za-z]*)"
)
_TEXTLESS: Final = frozenset({"string", "block", "comment"})
_WINDOW: Final = 65_536


def tokens(
    document: str, start: int = 0, end: int | None = None, *, with_comments: bool = False
) -> Iterator[Token]:
    """The tokens between two offsets; a string that never ends goes to the end of its line."""
    for found in _TOKEN.finditer(document, start, len(document) if end is None else end):
        kind = found.lastgroup
        if kind == "skip" or (kind == "comment" and not with_comments):
            continue
        text = "" if kind in _TEXTLESS else found[0]
        yield Token(kind, found.start(), found.end(), text)  # type: ignore[arg-type]


def definition_start(document: str, offset: int) -> int:
    """An offset at or before the given one where a definition seems to begin, 0 if none does.

    It looks for a keyword at the beginning of a line, and so needs no walk from the beginning.
    """
    low, window = offset, _WINDOW
    while low > 0:
        low = max(low - window, 0)
        starts = [found.start() for found in _DEFINITION.finditer(document, low, offset)]
        if starts:
            return starts[-1]
        window *= 4
    return 0


def fragments(document: str) -> dict[str, str]:
    """The named fragments of a document, each with the type it is on."""
    return {found["name"]: found["type"] for found in _FRAGMENT.finditer(document)}


class Nesting:
    """How deep a document's brackets go and how many tokens it has, up to given bounds.

    `too_deep_at` and `too_many_at` are the offsets where a bound was passed, and counting ended.
    """

    def __init__(self, document: str, deepest: int, most: int) -> None:
        self.count = 0
        self.too_deep_at: int | None = None
        self.too_many_at: int | None = None
        depth = 0
        for token in tokens(document):
            self.count += 1
            if self.count > most:
                self.too_many_at = token.start
                return
            if token.text in ("{", "(", "["):
                depth += 1
                if depth > deepest:
                    self.too_deep_at = token.start
                    return
            elif token.text in ("}", ")", "]"):
                depth = max(depth - 1, 0)
