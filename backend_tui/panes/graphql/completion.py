"""What can stand at the cursor, by walking the tokens up to it: works on broken documents too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_tui.panes.graphql.item import Item
from backend_tui.panes.graphql.tokens import definition_start, tokens

if TYPE_CHECKING:
    from backend_tui.panes.graphql.schema import Schema


@dataclass(frozen=True, slots=True)
class Completion:
    """The proposals for the word between two offsets, the best first."""

    start: int
    end: int
    items: tuple[Item, ...] = ()


LONGEST_WALK: Final = 1_000_000
_WORD: Final = re.compile(r"[_0-9A-Za-z]*")
_FAR: Final = 50_000


def complete(schema: Schema, document: str, cursor: int, limit: int = 100) -> Completion:
    """The proposals at the cursor, at most `limit`; empty inside comments, texts and numbers."""
    from backend_tui.panes.graphql.proposals import Asked, proposals, ranked
    from backend_tui.panes.graphql.walk import Walk

    cursor = min(max(cursor, 0), len(document))
    start = cursor
    while start and (document[start - 1] == "_" or document[start - 1].isalnum()):
        start -= 1
    word = document[start:cursor]
    begin = definition_start(document, start) if start > _FAR else 0
    nothing = Completion(cursor, cursor)
    if start - begin > LONGEST_WALK or word[:1].isdigit() or not word.isascii():
        return nothing
    if _is_inside_text(document, begin, start):
        return nothing
    found = _WORD.match(document, cursor)
    end = found.end() if found and word else cursor
    walk = Walk(schema.graphql, document).to(start, begin)
    asked = Asked(word, limit, document[end : end + 40])
    items = ranked(proposals(walk, asked), word, limit)
    return Completion(start, end, items)


def is_trigger(character: str) -> bool:
    """True for a typed character after which proposals are worth showing at once."""
    return character.isalpha() or character in "_@$.(:"


def _is_inside_text(document: str, begin: int, offset: int) -> bool:
    """True when the offset lies in a comment or a string; a string ends with its line."""
    line = max(document.rfind("\n", begin, offset), document.rfind("\r", begin, offset)) + 1
    first = begin if document.find('"""', begin, offset) >= 0 else max(line, begin)
    for token in tokens(document, first, with_comments=True):
        if token.start >= offset:
            return False
        if token.kind == "comment":
            if token.end >= offset:
                return True
        elif token.kind in ("string", "block") and token.end > offset:
            return True
        elif token.kind == "string" and token.end == offset:
            return document[offset - 1] != '"' or token.end - token.start == 1
    return False
