"""Secrets in what the engine tells of a container: variables, labels, URLs."""

from __future__ import annotations

from collections.abc import Mapping

from backend_tui.core.secrets import mask_url, mask_value


def masked(value: object, name: str = "") -> object:
    """The same document with every value masked whose name, or variable, says secret."""
    match value:
        case Mapping():
            return {key: masked(each, str(key)) for key, each in value.items()}
        case list() if name == "Env":
            return [mask_variable(str(each)) for each in value]
        case list():
            return [masked(each, name) for each in value]
        case str():
            return mask_value(name, mask_url(value)) if value else value
        case _:
            return value


def mask_variable(assignment: str) -> str:
    """`NAME=value` with the value masked when the name says secret, and its URL's password."""
    name, equals, value = assignment.partition("=")
    if not equals:
        return assignment
    return f"{name}={mask_value(name, mask_url(value))}" if value else assignment
