"""A policy as a line of NAME=VALUE that a person reads, edits and gives back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

from backend_tui.core.errors import UsageError
from backend_tui.core.text import clean_line, shorten
from backend_tui.panes.cache.strategies.lab import Policy

_SHORT: Final = {"ttl": "ttl_s", "negative-ttl": "negative_ttl_s", "refresh-at": "refresh_at"}
_LONG: Final = {name: short for short, name in _SHORT.items()}
_MEMBERS: Final = {field.name: field.default for field in fields(Policy)}


def member(text: str) -> tuple[str, Any]:
    """The member's full name and value of `name=value`. Raises `UsageError`."""
    name, mark, value = text.partition("=")
    name = _SHORT.get(name.strip(), name.strip())
    if not mark or name not in _MEMBERS:
        raise UsageError(
            f"“{clean_line(shorten(text, 60))}” is no part of a policy.",
            "It is written NAME=VALUE.",
            f"Known: {', '.join(_MEMBERS)}, and ttl for ttl_s.",
        )
    if isinstance(_MEMBERS[name], str):
        return name, value.strip()
    try:
        return name, float(value)
    except ValueError as wrong:
        raise UsageError(f"{name} is a number.", f"“{clean_line(value)}” is none.", "") from wrong


def policy_text(policy: Policy) -> str:
    """All members of the policy in a line."""
    return " ".join(_written(name, getattr(policy, name)) for name in _MEMBERS)


def line_to_edit(policy: Policy) -> str:
    """The members that matter for this policy, short enough for a narrow screen."""
    left_out = {
        "beta": policy.protection != "early",
        "refresh_at": policy.strategy != "refresh-ahead",
        "negative_ttl_s": not policy.negative_ttl_s,
    }
    kept = (name for name in _MEMBERS if not left_out.get(name))
    return " ".join(_written(name, getattr(policy, name)) for name in kept)


def changes(policy: Policy, text: str) -> dict[str, Any]:
    """The members that the edited line changes. Raises `UsageError` for what is none."""
    asked = dict(member(part) for part in text.split())
    return {name: value for name, value in asked.items() if value != getattr(policy, name)}


def _written(name: str, value: Any) -> str:
    shown = f"{value:g}" if isinstance(value, float) else value
    return f"{_LONG.get(name, name)}={shown}"
