"""The executable schema: the text in schema.graphql, bound to resolvers and scalars."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    build_ast_schema,
    parse,
)

from demo_server.graphql_api.context import Resolver
from demo_server.graphql_api.resolvers import RESOLVERS, SUBSCRIBERS, TYPES
from demo_server.graphql_api.scalars import SCALARS

_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

Wrap = Callable[[str, Resolver], Resolver]


@cache
def text() -> str:
    """The schema as it was written."""
    return (Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8")


def snake(name: str) -> str:
    """`firstName` as `first_name`; `id` and `from` stay out of the way of Python."""
    changed = _HUMP.sub("_", name).lower()
    return f"{changed}_" if changed in {"id", "from", "type"} else changed


def build(wrap: Wrap) -> GraphQLSchema:
    """The schema, each of its written resolvers inside `wrap`; other fields read attributes."""
    schema = build_ast_schema(parse(text()))
    for named in schema.type_map.values():
        if named.name.startswith("__"):
            continue
        if isinstance(named, GraphQLScalarType) and named.name in SCALARS:
            named.coerce_output_value = SCALARS[named.name].write
            named.coerce_input_value = SCALARS[named.name].read
        elif isinstance(named, GraphQLInputObjectType):
            for name, field in named.fields.items():
                field.out_name = snake(name)
        elif isinstance(named, GraphQLInterfaceType | GraphQLUnionType):
            named.resolve_type = _type_name
        elif isinstance(named, GraphQLObjectType):
            _bind(named, wrap)
    return schema


def _bind(named: GraphQLObjectType, wrap: Wrap) -> None:
    for name, field in named.fields.items():
        place = f"{named.name}.{name}"
        resolve = RESOLVERS.get(place)
        field.resolve = wrap(place, resolve) if resolve else _reading(snake(name).rstrip("_"))
        if place in SUBSCRIBERS:
            field.subscribe = SUBSCRIBERS[place]
        for argument_name, argument in field.args.items():
            argument.out_name = snake(argument_name)


def _reading(name: str) -> Resolver:
    read = attrgetter(name)

    def resolve(source: Any, info: object) -> Any:
        del info
        return source.get(name) if isinstance(source, dict) else read(source)

    return resolve


def _type_name(value: Any, *_: object) -> str:
    return str(value["__typename"]) if isinstance(value, Mapping) else TYPES[type(value)]
