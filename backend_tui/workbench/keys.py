"""What a key does right now, read from the bindings of the focused chain, for hints and help."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from textual.dom import DOMNode
from textual.screen import Screen

_WORDS: Final = {
    "question_mark": "?",
    "slash": "/",
    "colon": ":",
    "comma": ",",
    "full_stop": ".",
    "space": "space",
    "escape": "esc",
    "enter": "enter",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "plus": "+",
    "minus": "-",
    "equals_sign": "=",
    "asterisk": "*",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "exclamation_mark": "!",
}


@dataclass(frozen=True, slots=True)
class ActiveKey:
    """A key that works here: how it is written, what it does, where it was declared."""

    key: str
    description: str
    tooltip: str
    action: str
    node: DOMNode
    is_shown: bool


def key_words(key: str) -> str:
    """A key as a person writes it: `ctrl+p` is `^p`, `question_mark` is `?`."""
    lead, _, last = key.rpartition("+")
    last = _WORDS.get(last, last)
    if lead == "ctrl":
        return f"^{last}"
    return f"{lead}+{last}" if lead else last.upper() if _is_function_key(last) else last


def active_keys(screen: Screen[Any]) -> list[ActiveKey]:
    """Every described key of the focused chain, nearest first, keys of one action joined."""
    joined: dict[tuple[str, str], ActiveKey] = {}
    for active in screen.active_bindings.values():
        binding = active.binding
        if not (active.enabled and binding.description) or binding.system:
            continue
        key = binding.key_display or key_words(binding.key)
        found = joined.get((binding.action, binding.description))
        if found is not None:
            key = f"{found.key} {key}" if key not in found.key.split() else found.key
        joined[binding.action, binding.description] = ActiveKey(
            key, binding.description, binding.tooltip, binding.action, active.node, binding.show
        )
    return list(joined.values())


def shown_hints(screen: Screen[Any]) -> tuple[tuple[str, str], ...]:
    """First key and description of what the focused chain wants shown, without the app's own."""
    return tuple(
        (each.key.split()[0], each.description.lower())
        for each in active_keys(screen)
        if each.is_shown and each.node is not screen.app
    )


def _is_function_key(key: str) -> bool:
    return key.startswith("f") and key[1:].isdigit()
