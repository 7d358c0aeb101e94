"""Selections written for a person: a field with what it needs, all fields to a depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from backend_tui.panes.graphql.diagnosis import Edit
from backend_tui.panes.graphql.tokens import tokens

if TYPE_CHECKING:
    from graphql import GraphQLField

    from backend_tui.panes.graphql.schema import Schema
    from backend_tui.panes.graphql.walk import Frame

_INDENT: Final = "  "
_DEEPEST: Final = 5
_MOST_LINES: Final = 2_000


def insertion(schema: Schema, document: str, cursor: int, type_name: str, field_name: str) -> Edit:
    """The edit that writes the field at the cursor, with required arguments and a selection.

    Where the selection at the cursor is of another type, the field goes to the end of the document
    in an operation of its own; root fields get one of their kind.
    """
    from backend_tui.panes.graphql.walk import Walk

    cursor = min(max(cursor, 0), len(document))
    found: Any = schema.graphql.get_type(type_name)
    field = getattr(found, "fields", {}).get(field_name)
    if field is None:
        return Edit(cursor, cursor, field_name, cursor + len(field_name))
    frame = Walk(schema.graphql, document).to(cursor).frame
    if frame.kind == "selection" and frame.parent is found:
        return _inside(document, cursor, _written(schema, field_name, field, 0))
    roots = {
        "query": schema.graphql.query_type,
        "mutation": schema.graphql.mutation_type,
        "subscription": schema.graphql.subscription_type,
    }
    kind = next((kind for kind, each in roots.items() if each is found), None)
    text = "\n".join(_INDENT + line for line in _written(schema, field_name, field, 0))
    if kind is None:
        head = f"fragment {type_name}Fields on {type_name}"
    else:
        head = f"{kind} {field_name[:1].upper()}{field_name[1:]}"
    whole = f"{head} {{\n{text}\n}}\n"
    before = "" if not document.strip() else "\n" if document.endswith("\n") else "\n\n"
    start = 0 if not document.strip() else len(document)
    return Edit(start, len(document), before + whole, start + len(before) + len(whole) - 3)


def filled(schema: Schema, document: str, cursor: int, depth: int = 1) -> Edit | None:
    """The edit that fills the selection at the cursor with its missing fields to a depth.

    On a field without a selection it writes one. None when there is nothing to add. Fields with
    required arguments and deprecated ones are left out.
    """
    from graphql import get_named_type, is_composite_type

    from backend_tui.panes.graphql.walk import Walk

    cursor = min(max(cursor, 0), len(document))
    while cursor < len(document) and (document[cursor].isalnum() or document[cursor] == "_"):
        cursor += 1
    walk = Walk(schema.graphql, document).to(cursor)
    frame = walk.frame
    if frame.kind != "selection":
        return None
    depth = min(max(depth, 1), _DEEPEST)
    following = document[cursor:].lstrip(" \t,")
    name = frame.given[-1] if frame.given else ""
    field = walk.field_of(frame.parent, name) if name and frame.owner == name else None
    named = get_named_type(field.type) if field is not None else None
    is_open = following[:1] not in ("{", "(", "@") and document[:cursor].rstrip()[-1:] != "{"
    if is_open and is_composite_type(named) and document[:cursor].endswith(name):
        lines = _fields(schema, named, depth, (), frozenset())
        if not lines:
            return None
        return _selection_after(document, cursor, lines)
    return _fill_around(schema, document, frame, depth)


def _fill_around(schema: Schema, document: str, frame: Frame, depth: int) -> Edit | None:
    end, given = _rest_of_selection(document, frame.start)
    lines = _fields(schema, frame.parent, depth, (), frozenset(given))
    if not lines:
        return None
    indent = _indent_at(document, frame.start) + _INDENT
    body = document[frame.start + 1 : end]
    kept = body.rstrip()
    added = "".join(f"\n{indent}{line}" for line in lines)
    closing = "\n" + _indent_at(document, frame.start)
    start = frame.start + 1 + len(kept)
    text = added + closing
    return Edit(start, end, text, start + len(added))


def _selection_after(document: str, cursor: int, lines: list[str]) -> Edit:
    indent = _indent_at(document, cursor)
    inner = "".join(f"\n{indent}{_INDENT}{line}" for line in lines)
    text = f" {{{inner}\n{indent}}}"
    return Edit(cursor, cursor, text, cursor + len(" {" + inner))


def _inside(document: str, cursor: int, lines: list[str]) -> Edit:
    """The lines at the cursor, on a line of their own when the line has something already."""
    line_start = document.rfind("\n", 0, cursor) + 1
    before = document[line_start:cursor]
    indent = before[: len(before) - len(before.lstrip())]
    if before.strip():
        if before.rstrip().endswith("{"):
            indent += _INDENT
        text = "".join(f"\n{indent}{line}" for line in lines)
        cursor_at = cursor + len(text)
        tail = document[cursor : cursor + 40]
        if tail.lstrip(" ")[:1] == "}":
            text += f"\n{indent[: -len(_INDENT)]}"
    else:
        text = lines[0] + "".join(f"\n{indent}{line}" for line in lines[1:])
        cursor_at = cursor + len(text)
        if document[cursor : cursor + 1] not in ("", "\n", "\\r"):
            text += f"\n{indent}"
    return Edit(cursor, cursor, text, cursor_at)


def _written(schema: Schema, name: str, field: GraphQLField, depth: int) -> list[str]:
    """The field as lines: required arguments as variables' places, a selection of leaves."""
    from graphql import get_named_type, is_composite_type

    from backend_tui.panes.graphql.walk import is_required

    required = [
        f"{key}: {_placeholder(each.type)}" for key, each in field.args.items() if is_required(each)
    ]
    head = name + (f"({', '.join(required)})" if required else "")
    named = get_named_type(field.type)
    if not is_composite_type(named):
        return [head]
    inner = _fields(schema, named, depth + 1, (), frozenset()) or ["__typename"]
    return [f"{head} {{", *(_INDENT + line for line in inner), "}"]


def _placeholder(wanted: Any) -> str:
    """A literal of an input type to be written over."""
    from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLList, get_nullable_type

    nullable = get_nullable_type(wanted)
    if isinstance(nullable, GraphQLList):
        return "[]"
    if isinstance(nullable, GraphQLEnumType):
        return next(iter(nullable.values), "null")
    if isinstance(nullable, GraphQLInputObjectType):
        required = [
            f"{name}: {_placeholder(each.type)}"
            for name, each in nullable.fields.items()
            if str(each.type).endswith("!") and each.type is not wanted
        ]
        return f"{{{', '.join(required[:10])}}}"
    return {"Int": "0", "Float": "0.0", "Boolean": "false"}.get(nullable.name, '""')


def _fields(
    schema: Schema, named: Any, depth: int, path: tuple[str, ...], given: frozenset[str]
) -> list[str]:
    """All leaf fields of a type and, while there is depth, its composite fields, as lines."""
    from graphql import get_named_type, is_composite_type

    from backend_tui.panes.graphql.walk import is_required

    if not hasattr(named, "fields"):
        return [] if "__typename" in given else ["__typename"]
    lines: list[str] = []
    for name, field in named.fields.items():
        if name in given or field.deprecation_reason is not None or len(lines) > _MOST_LINES:
            continue
        if any(is_required(each) for each in field.args.values()):
            continue
        inner = get_named_type(field.type)
        if not is_composite_type(inner):
            lines.append(name)
        elif depth > 1 and inner.name not in path:
            nested = _fields(schema, inner, depth - 1, (*path, named.name), frozenset())
            if nested:
                lines += [f"{name} {{", *(_INDENT + line for line in nested), "}"]
    return lines


def _rest_of_selection(document: str, start: int) -> tuple[int, list[str]]:
    """Where the selection that opens at `start` ends, and the fields it has; aliases aside."""
    depth, given, before = 0, list[str](), ""
    for token in tokens(document, start):
        if token.text in ("{", "(", "["):
            depth += 1
        elif token.text in ("}", ")", "]"):
            depth -= 1
            if depth == 0:
                return token.start, given
        elif depth == 1 and token.kind == "name" and before not in ("@", "...", "on"):
            given.append(token.text)
        before = token.text
    return len(document), given


def _indent_at(document: str, offset: int) -> str:
    line = document[document.rfind("\n", 0, offset) + 1 : offset + 1]
    return line[: len(line) - len(line.lstrip(" \t"))]
