"""Looking around in a schema: search, types and fields, who uses what, and text to insert."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, cast
from weakref import WeakKeyDictionary

from backend_tui.core.text import clean, clean_line, shorten
from backend_tui.panes.graphql.filling import filled, insertion

if TYPE_CHECKING:
    from backend_tui.panes.graphql.schema import Schema

__all__ = [
    "ArgumentEntry",
    "FieldEntry",
    "Found",
    "TypeEntry",
    "ValueEntry",
    "filled",
    "insertion",
    "roots",
    "search",
    "type_entry",
    "type_names",
    "used_by",
]

TypeKind = Literal["object", "interface", "union", "enum", "input", "scalar", "directive"]


@dataclass(frozen=True, slots=True)
class ArgumentEntry:
    """One argument or input field; `type_name` is the named type inside lists and non-nulls."""

    name: str
    type: str
    type_name: str
    description: str = ""
    default: str = ""
    deprecation: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """One field of a type: `type` as SDL writes it, `type_name` the type to go on to."""

    name: str
    type: str
    type_name: str
    arguments: tuple[ArgumentEntry, ...] = ()
    description: str = ""
    deprecation: str = ""
    is_leaf: bool = True


@dataclass(frozen=True, slots=True)
class ValueEntry:
    """One value of an enum."""

    name: str
    description: str = ""
    deprecation: str = ""


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """Everything to show of one type; `used_by` are places as `Type.field`."""

    name: str
    kind: TypeKind
    description: str = ""
    fields: tuple[FieldEntry, ...] = ()
    inputs: tuple[ArgumentEntry, ...] = ()
    values: tuple[ValueEntry, ...] = ()
    interfaces: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()
    operation: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One hit of a search: a type, or a field, argument or value of it."""

    type_name: str
    member: str
    kind: str
    detail: str
    description: str

    @property
    def title(self) -> str:
        return f"{self.type_name}.{self.member}" if self.member else self.type_name


def roots(schema: Schema) -> tuple[str, ...]:
    """The names of the query, mutation and subscription types there are."""
    return tuple(name for name, _ in _root_types(schema))


def type_names(schema: Schema) -> tuple[str, ...]:
    """All types but introspection's, root types first, then by name."""
    first = roots(schema)
    others = (
        name for name in schema.graphql.type_map if not name.startswith("__") and name not in first
    )
    return (*first, *sorted(others, key=str.casefold))


def type_entry(schema: Schema, name: str) -> TypeEntry | None:
    """A type by name, None for an unknown one; `@name` gives a directive."""
    if name.startswith("@"):
        return _directive_entry(schema, name)
    found: Any = schema.graphql.get_type(name)
    if found is None:
        return None
    kind = kind_of(found)
    possible: tuple[str, ...] = ()
    if kind in ("interface", "union"):
        possible = tuple(each.name for each in schema.graphql.get_possible_types(found))
    inputs = found.fields if kind == "input" else {}
    fields = found.fields if kind in ("object", "interface") else {}
    values = found.values if kind == "enum" else {}
    return TypeEntry(
        clean_line(name),
        kind,
        _described(found.description),
        tuple(_field(key, each) for key, each in fields.items()),
        tuple(_argument(key, each) for key, each in inputs.items()),
        tuple(
            ValueEntry(clean_line(key), _described(v.description), _described(v.deprecation_reason))
            for key, v in values.items()
        ),
        tuple(each.name for each in getattr(found, "interfaces", ())),
        possible,
        used_by(schema, name),
        dict(_root_types(schema)).get(name, ""),
    )


def used_by(schema: Schema, name: str) -> tuple[str, ...]:
    """Where a type is used: `Type.field`, `Type.field(argument)`, `Union`, `Interface`."""
    return _usage(schema).get(name, ())


def search(schema: Schema, words: str, limit: int = 100) -> tuple[Found, ...]:
    """Types, fields, arguments and values by name, then by description; the nearest first.

    `Type.field` is found by both names.
    """
    typed = words.strip().casefold()
    if not typed:
        return ()
    owner, dot, member = typed.partition(".")
    best: list[tuple[int, int, Found]] = []
    for place, (text, found) in enumerate(_index(schema)):
        if dot:
            fits = owner in found.type_name.casefold() and found.member.casefold().find(member)
            rank = None if fits is False or fits == -1 or not found.member else int(fits > 0)
        else:
            rank = closeness(found.member or found.type_name, typed)
            if rank == 4:
                rank = None
            if rank is None and typed in text:
                rank = 5
        if rank is not None:
            best.append((rank * 2 + bool(found.member), place, found))
    return tuple(found for _, _, found in heapq.nsmallest(limit, best, key=lambda b: b[:2]))


def _root_types(schema: Schema) -> tuple[tuple[str, str], ...]:
    found = schema.graphql
    kinds = (
        ("query", found.query_type),
        ("mutation", found.mutation_type),
        ("subscription", found.subscription_type),
    )
    return tuple((each.name, kind) for kind, each in kinds if each is not None)


def _directive_entry(schema: Schema, name: str) -> TypeEntry | None:
    found = schema.graphql.get_directive(name[1:])
    if found is None:
        return None
    places = ", ".join(each.name.replace("_", " ").lower() for each in found.locations)
    text = f"{_described(found.description)}\n\nStands at: {places}.".strip()
    inputs = tuple(_argument(key, each) for key, each in found.args.items())
    return TypeEntry(clean_line(name), "directive", text, inputs=inputs)


def _field(name: str, field: Any) -> FieldEntry:
    from graphql import get_named_type, is_composite_type

    named = get_named_type(field.type)
    return FieldEntry(
        clean_line(name),
        str(field.type),
        named.name,
        tuple(_argument(key, each) for key, each in field.args.items()),
        _described(field.description),
        _described(field.deprecation_reason),
        not is_composite_type(named),
    )


def _argument(name: str, entry: Any) -> ArgumentEntry:
    from graphql import get_named_type

    return ArgumentEntry(
        clean_line(name),
        str(entry.type),
        get_named_type(entry.type).name,
        _described(entry.description),
        _default(entry),
        _described(entry.deprecation_reason),
        is_required(entry),
    )


def _default(entry: Any) -> str:
    """The default value as SDL writes it."""
    from graphql import print_ast

    given = getattr(entry, "default", None)
    literal = getattr(given, "literal", None)
    if literal is not None:
        return shorten(clean_line(print_ast(literal)), 200)
    node = getattr(entry, "ast_node", None)
    if node is not None and node.default_value is not None:
        return shorten(clean_line(print_ast(node.default_value)), 200)
    return ""


def is_required(entry: Any) -> bool:
    """True for an input that must be given."""
    from backend_tui.panes.graphql.walk import is_required as required

    return required(entry)


def kind_of(named: Any) -> TypeKind:
    """The kind of a named type."""
    from backend_tui.panes.graphql.proposals import kind_of as kind

    return cast("TypeKind", kind(named))


def closeness(label: str, typed: str) -> int | None:
    """How near a label is to what was typed, as completion ranks it."""
    from backend_tui.panes.graphql.proposals import closeness as nearness

    return nearness(label, typed)


_usages: Final[WeakKeyDictionary[Any, dict[str, tuple[str, ...]]]] = WeakKeyDictionary()
_indexes: Final[WeakKeyDictionary[Any, tuple[tuple[str, Found], ...]]] = WeakKeyDictionary()


def _usage(schema: Schema) -> dict[str, tuple[str, ...]]:
    """For each type where it is used, found once a schema."""
    known = _usages.get(schema.graphql)
    if known is None:
        known = _usages[schema.graphql] = _gathered_usage(schema)
    return known


def _gathered_usage(schema: Schema) -> dict[str, tuple[str, ...]]:
    from graphql import get_named_type

    found: dict[str, list[str]] = {}

    def note(wanted: Any, place: str) -> None:
        found.setdefault(get_named_type(wanted).name, []).append(clean_line(place))

    each: Any
    for name, each in schema.graphql.type_map.items():
        if name.startswith("__"):
            continue
        for key, field in getattr(each, "fields", {}).items():
            note(field.type, f"{name}.{key}")
            for argument, entry in getattr(field, "args", {}).items():
                note(entry.type, f"{name}.{key}({argument})")
        for member in getattr(each, "types", ()) or ():
            note(member, name)
        for interface in getattr(each, "interfaces", ()) or ():
            note(interface, name)
    for directive in schema.graphql.directives:
        for argument, entry in directive.args.items():
            note(entry.type, f"@{directive.name}({argument})")
    return {name: tuple(places) for name, places in found.items()}


def _index(schema: Schema) -> tuple[tuple[str, Found], ...]:
    """Everything that can be found with its folded text, made once a schema."""
    known = _indexes.get(schema.graphql)
    if known is None:
        known = tuple(_entries(schema))
        _indexes[schema.graphql] = known
    return known


def _entries(schema: Schema) -> Iterator[tuple[str, Found]]:
    each: Any
    for name, each in schema.graphql.type_map.items():
        if name.startswith("__"):
            continue
        yield _entry(name, "", kind_of(each), "", each.description)
        kind = "input field" if kind_of(each) == "input" else "field"
        for key, field in getattr(each, "fields", {}).items():
            yield _entry(name, key, kind, str(field.type), field.description)
            for argument, entry in getattr(field, "args", {}).items():
                place = f"{key}({argument})"
                yield _entry(name, place, "argument", str(entry.type), entry.description)
        for key, value in getattr(each, "values", {}).items():
            yield _entry(name, key, "enum value", name, value.description)
    for directive in schema.graphql.directives:
        yield _entry(f"@{directive.name}", "", "directive", "", directive.description)


def _entry(
    type_name: str, member: str, kind: str, detail: str, description: str | None
) -> tuple[str, Found]:
    text = shorten(clean(description or ""), 400)
    found = Found(clean_line(type_name), clean_line(member), kind, clean_line(detail), text)
    return f"{type_name} {member} {text}".casefold(), found


def _described(text: str | None) -> str:
    return shorten(clean(text or "").strip(), 4_000)
