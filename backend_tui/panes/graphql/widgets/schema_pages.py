"""The pages of the schema explorer as rows: the start, one type, a search, what has changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_tui.core.text import clean, clean_line
from backend_tui.panes.graphql import explorer
from backend_tui.panes.graphql.diff import SchemaChange
from backend_tui.panes.graphql.explorer import ArgumentEntry, FieldEntry, TypeEntry

if TYPE_CHECKING:
    from backend_tui.panes.graphql.schema import Schema

MOST: Final = 2_000
_KINDS: Final = {
    "object": "type",
    "interface": "interface",
    "union": "union",
    "enum": "enum",
    "input": "input",
    "scalar": "scalar",
    "directive": "directive",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A place in the explorer: `kind` start, type, search or changes; `subject` says which."""

    kind: str = "start"
    subject: str = ""

    @property
    def title(self) -> str:
        match self.kind:
            case "type":
                return self.subject
            case "search":
                return f"/{self.subject}"
            case "changes":
                return "changes"
            case _:
                return "all types"


@dataclass(frozen=True, slots=True)
class Row:
    """One line: name, what follows it, where enter leads, which field can be inserted.

    A row without a target and a field is a heading. `words` are said of it at the bottom.
    """

    name: str
    detail: str = ""
    target: str = ""
    owner: str = ""
    field: str = ""
    words: str = ""
    deprecation: str = ""
    symbol: str = ""
    is_heading: bool = False


def rows(schema: Schema, page: Page, changes: tuple[SchemaChange, ...]) -> tuple[Row, ...]:
    """The rows of a page; may take a while on large schemas."""
    match page.kind:
        case "type":
            entry = explorer.type_entry(schema, page.subject)
            found = list(_type_rows(entry)) if entry else [_heading("There is no such type.")]
        case "search":
            found = list(_search_rows(schema, page.subject))
        case "changes":
            found = list(_change_rows(changes))
        case _:
            found = list(_start_rows(schema))
    return tuple(found[:MOST])


def _start_rows(schema: Schema) -> Iterator[Row]:
    roots = explorer.roots(schema)
    for name in roots:
        entry = explorer.type_entry(schema, name)
        count = f"{len(entry.fields)} fields" if entry else ""
        yield Row(
            clean_line(name), count, name, symbol="●", words=entry.description if entry else ""
        )
    names = explorer.type_names(schema)
    yield _heading(f"Types {len(names)}")
    for name in names:
        if name not in roots:
            yield Row(clean_line(name), "", name)


def _type_rows(entry: TypeEntry) -> Iterator[Row]:
    kind = _KINDS[entry.kind] + (f", {entry.operation} root" if entry.operation else "")
    yield Row(clean_line(entry.name), kind, words=entry.description, is_heading=True)
    for field in entry.fields:
        yield Row(
            clean_line(field.name),
            f"{_arguments(field.arguments)}: {clean_line(field.type)}",
            field.type_name,
            entry.name,
            field.name,
            _field_words(field),
            field.deprecation,
            "·" if field.is_leaf else "▸",
        )
    for each in entry.inputs:
        default = f" = {clean_line(each.default)}" if each.default else ""
        yield Row(
            clean_line(each.name),
            f": {clean_line(each.type)}{default}",
            each.type_name,
            words=each.description,
            deprecation=each.deprecation,
            symbol="!" if each.is_required else "·",
        )
    for value in entry.values:
        yield Row(
            clean_line(value.name),
            words=value.description,
            deprecation=value.deprecation,
            symbol="·",
            owner=entry.name,
        )
    yield from _listed("Implements", entry.interfaces)
    yield from _listed("One of", entry.possible)
    yield from _listed("Used by", entry.used_by)


def _listed(title: str, names: tuple[str, ...]) -> Iterator[Row]:
    if names:
        yield _heading(f"{title} {len(names)}")
        for name in names:
            yield Row(clean_line(name), target=name.partition(".")[0].partition("(")[0])


def _search_rows(schema: Schema, words: str) -> Iterator[Row]:
    found = explorer.search(schema, words)
    if not found:
        yield _heading("Nothing has these words.")
    for hit in found:
        is_field = hit.kind == "field"
        yield Row(
            clean_line(hit.title),
            clean_line(hit.detail) if hit.member else hit.kind,
            hit.type_name,
            hit.type_name if is_field else "",
            hit.member if is_field else "",
            hit.description,
        )


def _change_rows(changes: tuple[SchemaChange, ...]) -> Iterator[Row]:
    if not changes:
        yield _heading("The schema is the same as before.")
    weight = ""
    for change in changes:
        if change.weight != weight:
            weight = change.weight
            count = sum(each.weight == weight for each in changes)
            yield _heading(f"{weight.capitalize()} {count}")
        yield Row(
            clean_line(change.description),
            symbol=change.symbol,
            words=f"{change.kind}: {change.description}",
            owner="change",
        )


def _heading(words: str) -> Row:
    return Row(words, is_heading=True)


def _arguments(arguments: tuple[ArgumentEntry, ...]) -> str:
    if not arguments:
        return ""
    names = [clean_line(each.name) + ("!" if each.is_required else "") for each in arguments]
    return f"({', '.join(names)})"


def _field_words(field: FieldEntry) -> str:
    lines = [clean(field.description)] if field.description else []
    for each in field.arguments:
        default = f" = {each.default}" if each.default else ""
        said = f"  {' '.join(each.description.split())}" if each.description else ""
        lines.append(clean(f"{each.name}: {each.type}{default}{said}"))
    return "\n".join(lines)
