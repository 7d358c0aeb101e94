"""Looking around in a schema: search, types and fields, who uses what, and text to insert."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from backend_tui.panes.graphql.diagnosis import Edit

if TYPE_CHECKING:
    from backend_tui.panes.graphql.schema import Schema

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
    raise NotImplementedError


def type_names(schema: Schema) -> tuple[str, ...]:
    """All types but introspection's, root types first, then by name."""
    raise NotImplementedError


def type_entry(schema: Schema, name: str) -> TypeEntry | None:
    """A type by name, None for an unknown one; `@name` gives a directive."""
    raise NotImplementedError


def search(schema: Schema, words: str, limit: int = 100) -> tuple[Found, ...]:
    """Types, fields, arguments and values by name, then by description; the nearest first."""
    raise NotImplementedError


def used_by(schema: Schema, name: str) -> tuple[str, ...]:
    """Where a type is used: `Type.field`, `Type.field(argument)`, `Union`, `Interface`."""
    raise NotImplementedError


def insertion(schema: Schema, document: str, cursor: int, type_name: str, field_name: str) -> Edit:
    """The edit that writes the field at the cursor, with required arguments and a selection."""
    raise NotImplementedError


def filled(schema: Schema, document: str, cursor: int, depth: int = 1) -> Edit | None:
    """The edit that fills the selection at the cursor with all fields to a depth; None: nothing."""
    raise NotImplementedError
