"""A schema and where it came from; graphql-core's own object does the work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from graphql import GraphQLSchema

SourceKind = Literal["introspection", "sdl", "introspection file", "cache"]


@dataclass(frozen=True, slots=True)
class SchemaSource:
    """Where a schema came from: an endpoint's URL or a file's path; `notes` are worth a line.

    Such a note: the server refused the full introspection query, so descriptions are missing.
    """

    kind: SourceKind
    place: str
    at: datetime
    size: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """A built schema; `digest` is the same for the same introspection result or SDL."""

    graphql: GraphQLSchema
    source: SchemaSource
    digest: str

    @property
    def type_count(self) -> int:
        """Types but those of introspection itself."""
        return sum(not name.startswith("__") for name in self.graphql.type_map)

    @property
    def title(self) -> str:
        """How many types, from where: `48 types · introspection`."""
        return f"{self.type_count} types · {self.source.kind}"
