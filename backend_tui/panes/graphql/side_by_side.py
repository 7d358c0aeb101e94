"""The same screen of data by REST and by GraphQL: trips, bytes, statements, fields, measured."""

from __future__ import annotations

from dataclasses import dataclass

from backend_tui.core.trace import Trace


@dataclass(frozen=True, slots=True)
class Screen:
    """What a client wants to show: the GraphQL document, and the REST calls that give the same.

    `paths` are paths of the shop, fetched in order; `{1.items.0.id}` in a path stands for a value
    of an earlier answer (1 is the first), `[]` instead of an index for one trip an item.
    `fields` are the dotted names the screen shows, as they are called in each answer.
    """

    name: str
    title: str
    document: str
    variables: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """What one way cost, exact counts first; `fields_sent` counts leaf values in the answers."""

    name: str
    trips: int
    bytes: int
    statements: int
    duplicates: int
    rows: int
    cache_hits: int
    fields_sent: int
    over_fetched: tuple[str, ...]
    under_fetched: tuple[str, ...]
    duration_us: int
    traces: tuple[Trace, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both sides of one screen."""

    screen: Screen
    rest: Side
    graphql: Side
