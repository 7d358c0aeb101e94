"""A document laid out by graphql-core's printer, with the comments it drops put back."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from backend_tui.panes.graphql.diagnosis import Lines
from backend_tui.panes.graphql.tokens import Token, tokens

if TYPE_CHECKING:
    from graphql import DocumentNode


def laid_out(document: str, tree: DocumentNode) -> str:
    """The printed tree; a comment stands above the line, or behind it, that it stood at before.

    The document comes back as it is should its tokens and the printed ones not match.
    """
    from graphql import print_ast

    printed = print_ast(tree)
    written = _written(document)
    if all(token.kind != "comment" for token in written):
        return printed + "\n"
    new = list(tokens(printed))
    if sum(token.kind != "comment" for token in written) != len(new):
        return document
    return _with_comments(document, written, printed, new)


def _with_comments(document: str, written: list[Token], printed: str, new: list[Token]) -> str:
    lines = Lines(printed)
    above: dict[int, list[str]] = defaultdict(list)
    behind: dict[int, list[str]] = defaultdict(list)
    rows = printed.split("\n")
    place = 0
    for token in written:
        if token.kind != "comment":
            place += 1
            continue
        text = document[token.start : token.end].rstrip()
        if place and not _is_alone(document, token):
            row = lines.place(max(new[place - 1].end - 1, 0))[0] - 1
            behind[row].append(text)
        else:
            row = lines.place(new[place].start)[0] - 1 if place < len(new) else len(rows)
            above[row].append(text)
    out: list[str] = []
    for row, line in enumerate(rows):
        indent = line[: len(line) - len(line.lstrip())]
        deeper = "  " if line.strip() == "}" else ""
        out += [f"{indent}{deeper}{comment}" for comment in above[row]]
        comments = behind[row]
        out.append(" ".join((line, comments[0])) if comments else line)
        out += [f"{indent}{comment}" for comment in comments[1:]]
    return "\n".join([*out, *above[len(rows)]]) + "\n"


def _written(document: str) -> list[Token]:
    """The tokens of the source that the printer prints too, and the comments."""
    found: list[Token] = []
    depth = 0
    for token in tokens(document, with_comments=True):
        if token.text == "{" and depth == 0:
            before = next(
                (i for i in reversed(range(len(found))) if found[i].kind != "comment"), -1
            )
            # An anonymous query without variables is printed in its short form.
            is_bare = before >= 0 and found[before].text == "query"
            previous = found[before - 1].text if before > 0 else "}"
            if is_bare and previous == "}":
                del found[before]
        depth += (token.text in ("{", "(", "[")) - (token.text in ("}", ")", "]"))
        found.append(token)
    return found


def _is_alone(document: str, token: Token) -> bool:
    """True for a comment that has its line for itself."""
    start = max(document.rfind("\n", 0, token.start), document.rfind("\r", 0, token.start)) + 1
    return not document[start : token.start].strip(" \t,\ufeff")
