"""A body to start from, made from a JSON Schema: examples first, then defaults, then by type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

_DEEPEST: Final = 8
_LARGEST: Final = 500

_BY_FORMAT: Final[Mapping[str, str]] = {
    "date": "2026-01-02",
    "date-time": "2026-01-02T03:04:05Z",
    "time": "03:04:05Z",
    "duration": "PT1H",
    "email": "ada@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "uri-reference": "/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "decimal": "0.00",
    "byte": "",
    "binary": "",
    "password": "",
}


@dataclass
class Template:
    """Makes values of schemas in one document; bounded in depth and size, whatever it refers to."""

    document: Mapping[str, Any]
    _left: int = _LARGEST

    def value(self, schema: object, depth: int = 0, trail: tuple[str, ...] = ()) -> Any:
        """A value the schema would accept as far as it says; None where it says nothing usable."""
        self._left -= 1
        if not isinstance(schema, Mapping) or depth > _DEEPEST or self._left < 0:
            return None
        found, trail = self._resolved(schema, trail)
        if found is None:
            return None
        stated, value = _stated(found)
        if stated:
            return value
        found = self._merged(found, depth, trail)
        stated, value = _stated(found)
        if stated:
            return value
        for choice in ("oneOf", "anyOf"):
            options = _sequence(found.get(choice))
            if options and "properties" not in found:
                return self.value(_first_usable(options), depth + 1, trail)
        return self._by_type(found, depth, trail)

    def _by_type(self, schema: Mapping[str, Any], depth: int, trail: tuple[str, ...]) -> Any:
        match _type_of(schema):
            case "object":
                return self._object(schema, depth, trail)
            case "array":
                item = self.value(schema.get("items"), depth + 1, trail)
                return [] if item is None else [item]
            case "string":
                return _BY_FORMAT.get(str(schema.get("format")), "")
            case "integer":
                return _least(schema, 1)
            case "number":
                return _least(schema, 0)
            case "boolean":
                return False
            case _:
                return None

    def _object(self, schema: Mapping[str, Any], depth: int, trail: tuple[str, ...]) -> Any:
        made: dict[str, Any] = {}
        properties = schema.get("properties")
        for name, each in properties.items() if isinstance(properties, Mapping) else ():
            if self._left < 0:
                break
            if isinstance(each, Mapping) and each.get("readOnly") is True:
                continue
            made[str(name)] = self.value(each, depth + 1, trail)
        return made

    def _merged(
        self, schema: Mapping[str, Any], depth: int, trail: tuple[str, ...]
    ) -> Mapping[str, Any]:
        """The schema with the members of its `allOf` parts, their properties put together."""
        parts = _sequence(schema.get("allOf"))
        if not parts or depth > _DEEPEST:
            return schema
        merged: dict[str, Any] = {}
        properties: dict[str, Any] = {}
        rest = {key: value for key, value in schema.items() if key != "allOf"}
        for part in [*parts, rest]:
            self._left -= 1
            if not isinstance(part, Mapping) or self._left < 0:
                continue
            found, inner = self._resolved(part, trail)
            if found is None:
                continue
            found = self._merged(found, depth + 1, inner)
            merged.update(found)
            if isinstance(found.get("properties"), Mapping):
                properties.update(found["properties"])
        if properties:
            merged["properties"] = properties
        return merged

    def _resolved(
        self, schema: Mapping[str, Any], trail: tuple[str, ...]
    ) -> tuple[Mapping[str, Any] | None, tuple[str, ...]]:
        """The schema its `$ref` leads to, and the references on the way; None for a cycle."""
        while isinstance(reference := schema.get("$ref"), str):
            if reference in trail or len(trail) > _DEEPEST * 4:
                return None, trail
            trail = (*trail, reference)
            target = follow(self.document, reference)
            if not isinstance(target, Mapping):
                return None, trail
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            schema = {**target, **beside}
        return schema, trail


def follow(document: object, reference: str) -> object:
    """What a local JSON reference such as `#/components/schemas/Product` names, or None."""
    if not reference.startswith("#/"):
        return None
    place = document
    for part in reference[2:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(place, Mapping):
            place = place.get(key)
        elif isinstance(place, list) and key.isascii() and key.isdigit() and len(key) < 6:
            place = place[int(key)] if int(key) < len(place) else None
        else:
            return None
    return place


def _stated(schema: Mapping[str, Any]) -> tuple[bool, Any]:
    if "example" in schema:
        return True, schema["example"]
    examples = schema.get("examples")
    if isinstance(examples, list) and examples:
        return True, examples[0]
    if "default" in schema:
        return True, schema["default"]
    if "const" in schema:
        return True, schema["const"]
    options = _sequence(schema.get("enum"))
    return (True, options[0]) if options else (False, None)


def _type_of(schema: Mapping[str, Any]) -> str | None:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((each for each in kind if each != "null"), None)
    if isinstance(kind, str):
        return kind
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else None


def _first_usable(options: Sequence[Any]) -> Any:
    return next(
        (each for each in options if isinstance(each, Mapping) and each.get("type") != "null"),
        options[0],
    )


def _least(schema: Mapping[str, Any], otherwise: int) -> int | float:
    least = schema.get("minimum")
    if isinstance(least, int | float) and not isinstance(least, bool):
        return least
    return otherwise


def _sequence(value: object) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
