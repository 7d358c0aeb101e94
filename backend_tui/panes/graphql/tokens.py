"""The words of a GraphQL document one after the other, forgiving: broken texts have tokens too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

TokenKind = Literal["name", "number", "string", "block", "spread", "mark", "comment"]

_TOKEN: Final = re.compile(
    r"(?P<comment>\#[^\n\r]*)"
    r'|(?P<block>"""(?:[^"\\]|\\"""|\\|"(?!""))*(?:"""|\Z))'
    r'|(?P<string>"(?:[^"\\\n\r]|\\.)*(?:"|$)?)'
    r"|(?P<number>-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[_A-Za-z][_0-9A-Za-z]*)"
    r"|(?P<spread>\.\.\.)"
    r"|(?P<mark>[!$&()\[\]:=@{|}])"
)
_DEFINITION: Final = re.compile(r"^(?:query|mutation|subscription|fragment|\{)", re.MULTILINE)
_FRAGMENT: Final = re.compile(
    r"^[^#\"\n]*?\bfragment\s+([_A-Za-z]\w*)\s+on\s+([_A-Za-z]\w*)", re.MULTILINE
)
_WINDOW: Final = 50_000


class Token(NamedTuple):
    """One token with the offsets of its first character and behind its last one."""

    kind: TokenKind
    start: int
    end: int
    text: str


def tokens(
    document: str, start: int = 0, end: int | None = None, *, with_comments: bool = False
) -> Iterator[Token]:
    """The tokens between two offsets; what is no token is passed over.

    A string ends with its line, a block string that never ends goes to the end.
    """
    stop = len(document) if end is None else end
    for found in _TOKEN.finditer(document, start, stop):
        kind: TokenKind = found.lastgroup  # type: ignore[assignment]
        if kind != "comment" or with_comments:
            yield Token(kind, found.start(), found.end(), found[0])


def definition_start(document: str, offset: int) -> int:
    """Where the definition around an offset begins: the last line that starts like one, or 0."""
    end = offset
    while end > 0:
        begin = max(end - _WINDOW, 0)
        begin = document.rfind("\n", 0, begin) + 1
        last = None
        for last in _DEFINITION.finditer(document, begin, end):
            pass
        if last is not None:
            return last.start()
        end = begin
    return 0


def fragments(document: str) -> dict[str, str]:
    """The names of the document's fragments, each with the name of its type."""
    return dict(_FRAGMENT.findall(document))
