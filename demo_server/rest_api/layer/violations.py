"""All the rules that a refused body or query breaks, not only the first: msgspec stops at one."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import NODEFAULT
from msgspec.structs import fields

from demo_server.rest_api.layer.problem import Violation
from demo_server.rest_api.layer.schema import escape, explain


def in_body(struct: type[msgspec.Struct], value: object, error: str) -> list[Violation]:
    """Each broken rule with its JSON pointer; `error` is what to say when none is found alone."""
    if not isinstance(value, dict):
        return [Violation(detail="Expected `object`", pointer="#")]
    found = [
        Violation(detail=what, pointer=f"#/{escape(name)}{where}")
        for name, what, where in _broken(struct, value)
    ]
    return found or [Violation(detail=error, pointer="#")]


def in_query(struct: type[msgspec.Struct], value: Mapping[str, Any]) -> list[Violation]:
    """Each broken rule with the name of its parameter."""
    return [
        Violation(detail=what, parameter=name) for name, what, _ in _broken(struct, dict(value))
    ]


def _broken(struct: type[msgspec.Struct], value: dict[str, Any]) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    declared = {field.encode_name: field for field in fields(struct)}
    for name, field in declared.items():
        if name not in value:
            if field.default is NODEFAULT and field.default_factory is NODEFAULT:
                found.append((name, "Is required", ""))
            continue
        try:
            msgspec.convert(value[name], field.type)
        except msgspec.ValidationError as error:
            what, where = explain(error)
            found.append((name, what, where))
    known = ", ".join(declared)
    found.extend(
        (name, f"Is not known here. Known: {known}", "") for name in value if name not in declared
    )
    return found
