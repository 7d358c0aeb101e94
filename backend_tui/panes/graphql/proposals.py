"""The proposals at one place of the language, ranked by what is typed already."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLObjectType,
    do_types_overlap,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_input_type,
)

from backend_tui.core.text import clean, clean_line, shorten
from backend_tui.panes.graphql.item import Item
from backend_tui.panes.graphql.tokens import fragments
from backend_tui.panes.graphql.walk import Frame, Inputs, Walk, directive_locations, is_required

_HUMP: Final = re.compile(r"^_*[A-Za-z]|[A-Z]|(?<=_)[a-z0-9]")
_KEYWORDS: Final = (
    ("query", "read data"),
    ("mutation", "change data"),
    ("subscription", "be told of events"),
    ("fragment", "name a selection to use it again"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is typed, how many proposals are wanted, and the text behind the word."""

    word: str
    limit: int
    following: str

    def nearest(self, names: Iterable[str]) -> list[str]:
        """The names worth a closer look: of thousands, only the nearest are made into items."""
        typed = self.word.casefold()
        ranks = [(closeness(name, typed), place, name) for place, name in enumerate(names)]
        found = [(rank, place, name) for rank, place, name in ranks if rank is not None]
        return [name for _, _, name in heapq.nsmallest(self.limit * 2, found)]


def proposals(walk: Walk, asked: Asked) -> Iterator[Item]:
    """Everything near to what is typed that may stand there."""
    following = asked.following
    frame = walk.frame
    match frame.kind:
        case "document":
            yield from _definition_items(walk, frame, asked)
        case "selection":
            yield from _selection_items(walk, frame, asked)
        case "variables":
            yield from _variable_definition_items(walk, frame, asked)
        case "list":
            yield from _value_items(walk, frame.value, has_dollar=frame.after == "$")
        case "arguments" | "object":
            if frame.after == "":
                yield from _input_items(frame, following)
            elif frame.after in (":", "$"):
                yield from _value_items(walk, frame.value, has_dollar=frame.after == "$")


def ranked(items: Iterable[Item], word: str, limit: int) -> tuple[Item, ...]:
    """Those that hold the word's letters in order: beginnings first, then humps, then inside."""
    typed = word.casefold()
    found: list[tuple[int, bool, bool, int, Item]] = []
    for place, item in enumerate(items):
        rank = closeness(item.label.lstrip("$@"), typed)
        if rank is not None:
            found.append((rank, item.is_deprecated, not item.is_required, place, item))
    found.sort(key=lambda each: each[:4])
    return tuple(each[4] for each in found[:limit])


def closeness(label: str, typed: str) -> int | None:
    """0 the same, 1 a beginning, 2 its humps, 3 inside, 4 its letters in order; None not at all."""
    if not typed:
        return 1
    folded = label.casefold()
    if folded == typed:
        return 0
    if folded.startswith(typed):
        return 1
    if folded[:1] == typed[:1] and _humps(label).startswith(typed):
        return 2
    if typed in folded:
        return 3
    at = -1
    for letter in typed if len(typed) > 1 else " ":
        at = folded.find(letter, at + 1)
        if at < 0:
            return None
    return 4


def _humps(label: str) -> str:
    """The letters that begin its parts, small: `tp` of totalPrice and of total_price."""
    return "".join(_HUMP.findall(label)).casefold()


def _definition_items(walk: Walk, frame: Frame, asked: Asked) -> Iterator[Item]:
    if frame.after == "@":
        yield from _directive_items(walk, frame.location)
    elif frame.after == "on":
        yield from _type_items(walk, asked, composite=True)
    elif frame.after == "fragment name":
        yield Item("on", "keyword", "the type it is of", insert="on ")
    elif not frame.header:
        for word, meaning in _KEYWORDS:
            kind = getattr(walk.schema, f"{word}_type", True)
            if kind is not None:
                yield Item(word, "keyword", meaning, insert=f"{word} ")


def _selection_items(walk: Walk, frame: Frame, asked: Asked) -> Iterator[Item]:
    if frame.after == "@":
        yield from _directive_items(walk, frame.location)
    elif frame.after == "on":
        yield from _type_items(walk, asked, composite=True, within=frame.parent)
    elif frame.after == "...":
        yield from _fragment_items(walk, frame)
        for item in _type_items(walk, asked, composite=True, within=frame.parent):
            yield Item(
                f"on {item.label}", "type", item.detail, item.description, insert=f"on {item.label}"
            )
    elif frame.parent is not None:
        yield from _field_items(walk, frame, asked)


def _field_items(walk: Walk, frame: Frame, asked: Asked) -> Iterator[Item]:
    parent = frame.parent
    fields = parent.fields if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else {}
    following = asked.following.lstrip(" \t")[:1]
    for name in asked.nearest(fields):
        each = fields[name]
        required = [key for key, argument in each.args.items() if is_required(argument)]
        insert = name if not required or following in ("(", ":") else f"{name}({required[0]}: )"
        yield Item(
            clean_line(name),
            "field",
            signature(each.args, str(each.type)),
            _described(each.description, each.deprecation_reason),
            each.deprecation_reason is not None,
            insert=insert,
            back=1 if insert.endswith(")") else 0,
        )
    if walk.schema.subscription_type is not parent:
        yield Item("__typename", "field", "String!", "The object's type.", insert="__typename")
    if parent is walk.schema.query_type:
        yield Item("__schema", "field", "__Schema!", "This server's schema.", insert="__schema")
        detail = "(name: String!) __Type"
        yield Item("__type", "field", detail, "A type by name.", insert="__type(name: )", back=1)


def _fragment_items(walk: Walk, frame: Frame) -> Iterator[Item]:
    for name, type_name in fragments(walk.document).items():
        found: Any = walk.schema.get_type(type_name)
        fits = is_composite_type(found) and (
            frame.parent is None or do_types_overlap(walk.schema, frame.parent, found)
        )
        if fits:
            yield Item(name, "fragment", f"on {type_name}", insert=name)


def _type_items(walk: Walk, asked: Asked, *, composite: bool, within: Any = None) -> Iterator[Item]:
    wanted = is_composite_type if composite else is_input_type
    schema, types = walk.schema, walk.schema.type_map
    fitting = (
        name
        for name, each in types.items()
        if not name.startswith("__")
        and wanted(each)
        and (within is None or do_types_overlap(schema, within, cast("Any", each)))
    )
    for name in asked.nearest(fitting):
        each = types[name]
        text = _described(each.description, None)
        yield Item(clean_line(name), "type", kind_of(each), text, insert=name)


def _directive_items(walk: Walk, location: str) -> Iterator[Item]:
    for each in walk.schema.directives:
        if location not in directive_locations(each):
            continue
        required = [key for key, argument in each.args.items() if is_required(argument)]
        insert = f"{each.name}({required[0]}: )" if required else each.name
        yield Item(
            f"@{clean_line(each.name)}",
            "directive",
            signature(each.args, ""),
            _described(each.description, None),
            insert=insert,
            back=1 if required else 0,
        )


def _input_items(frame: Frame, following: str) -> Iterator[Item]:
    kind = "argument" if frame.kind == "arguments" else "input field"
    tail = "" if following.lstrip(" \t").startswith(":") else ": "
    for name, each in frame.inputs.items():
        if name in frame.given:
            continue
        yield Item(
            clean_line(name),
            kind,  # type: ignore[arg-type]
            str(each.type),
            _described(each.description, each.deprecation_reason),
            each.deprecation_reason is not None,
            is_required(each),
            insert=f"{name}{tail}",
        )


def _value_items(
    walk: Walk, wanted: GraphQLInputType | None, *, has_dollar: bool, constant: bool = False
) -> Iterator[Item]:
    named = get_named_type(wanted) if wanted is not None else None
    if not constant:
        for name, declared in walk.variables.items():
            if named is None or not declared or declared.strip("[]!") == named.name:
                insert = name if has_dollar else f"${name}"
                yield Item(f"${name}", "variable", declared, insert=insert)
    if has_dollar or wanted is None or named is None:
        return
    nullable = get_nullable_type(wanted)
    if isinstance(nullable, GraphQLList):
        yield Item("[]", "value", str(wanted), "A list.", insert="[]", back=1)
    if isinstance(named, GraphQLEnumType):
        for name, value in named.values.items():
            yield Item(
                clean_line(name),
                "enum value",
                named.name,
                _described(value.description, value.deprecation_reason),
                value.deprecation_reason is not None,
                insert=name,
            )
    elif isinstance(named, GraphQLInputObjectType):
        yield Item(
            "{}", "value", named.name, _described(named.description, None), insert="{}", back=1
        )
    elif named.name == "Boolean":
        yield Item("true", "value", "Boolean", insert="true")
        yield Item("false", "value", "Boolean", insert="false")
    elif named.name in ("String", "ID"):
        yield Item('""', "value", named.name, "A text.", insert='""', back=1)
    if wanted is nullable:
        yield Item("null", "value", str(wanted), "No value.", insert="null")


def _variable_definition_items(walk: Walk, frame: Frame, asked: Asked) -> Iterator[Item]:
    if frame.after == "@":
        yield from _directive_items(walk, "VARIABLE_DEFINITION")
    elif frame.after == "type":
        yield from _type_items(walk, asked, composite=False)
    elif frame.after == "=":
        yield from _value_items(walk, frame.value, has_dollar=False, constant=True)


def signature(arguments: Inputs, returns: str) -> str:
    """Arguments and type as SDL writes them, on one line."""
    inside = ", ".join(f"{name}: {each.type}" for name, each in arguments.items())
    return clean_line(" ".join(part for part in (f"({inside})" if inside else "", returns) if part))


def kind_of(named: Any) -> str:
    """object, interface, union, enum, input or scalar."""
    words = type(named).__name__.removeprefix("GraphQL").removesuffix("Type").lower()
    return "input" if words == "inputobject" else words


def _described(description: str | None, deprecation: str | None) -> str:
    text = clean(description or "").strip()
    if deprecation is not None:
        text = f"Deprecated: {clean(deprecation).strip()}\n{text}".strip()
    return shorten(text, 2_000)
