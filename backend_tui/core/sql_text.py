"""SQL made readable: a line per clause, long lists wrapped; strings and quoted names untouched."""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
    | (?P<quoted>'(?:[^']|'')*'? | "(?:[^"]|"")*"? | `[^`]*`?)
    | (?P<comment>--[^\n]* | /\*.*?(?:\*/|\Z))
    | (?P<word>[^\W\d]\w*)
    | (?P<other>[(),] | [^\s'"`(),\w]+ | \d[\w.]*)""",
    re.VERBOSE | re.DOTALL,
)
_CLAUSES: Final = frozenset(
    {"select", "from", "where", "set", "values", "having", "limit", "offset", "returning"}
    | {"union", "intersect", "except", "with", "group", "order", "window", "on"}
    | {"inner", "left", "right", "full", "cross", "join", "insert", "update", "delete"}
)
_CONTINUES: Final = {
    "join": {"inner", "left", "right", "full", "cross", "outer"},
    "from": {"delete"},
    "update": {"for", "do"},
    "set": {"update"},
}
_INDENTED: Final = frozenset({"and", "or", "on", "when", "else"})


def sql_lines(text: str, width: int = 80) -> list[str]:
    """The statement over several lines of at most `width` characters where words allow it.

    Only white space is changed; a subquery is indented by the depth of its parentheses.
    """
    lines: list[str] = []
    line, depth, before = "", 0, ""
    is_query: list[bool] = []
    after_space = False
    for found in _TOKEN.finditer(text):
        piece = found[0]
        if found.lastgroup == "space":
            after_space = True
            continue
        word = piece.lower() if found.lastgroup == "word" else ""
        is_inside_call = bool(is_query) and not is_query[-1]
        opens_line = word in _CLAUSES and before not in _CONTINUES.get(word, ())
        opens_line = opens_line or (word in _INDENTED and before != "between")
        if line.strip() and (found.lastgroup == "comment" or (opens_line and not is_inside_call)):
            lines.append(line)
            line = _indent(depth, word)
        elif len(line.rstrip()) + len(piece) + after_space > width and line.strip():
            lines.append(line.rstrip())
            line, after_space = _indent(depth, "and") + "  ", False
        glue = " " if after_space and line.strip() else ""
        line += glue + piece
        after_space = False
        if piece == "(":
            ahead = text[found.end() : found.end() + 12].lstrip()[:6].lower()
            is_query.append(ahead == "select")
            depth += is_query[-1]
        elif piece == ")" and is_query:
            depth -= is_query.pop()
        if found.lastgroup == "comment" and piece.startswith("--"):
            lines.append(line)
            line = _indent(depth, word)
        before = word or before
    if line.strip():
        lines.append(line)
    return [each.rstrip() for each in lines]


def _indent(depth: int, word: str) -> str:
    return "  " * (depth + (word in _INDENTED))
