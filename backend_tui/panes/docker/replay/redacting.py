"""What must not reach the disk: secrets, wherever they stand, and where the engine keeps things."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from backend_tui.core.secrets import MASK, is_secret_name, mask_json, mask_url
from backend_tui.panes.docker.masking import masked

_PLACES: Final = frozenset(
    {
        "DockerRootDir",
        "GraphDriver",
        "HostnamePath",
        "HostsPath",
        "LogPath",
        "ResolvConfPath",
        "SandboxKey",
        "AppArmorProfile",
        "KernelVersion",
        "Mountpoint",
    }
)
_ASSIGNMENT: Final = re.compile(r"(?P<name>[A-Za-z][\w.-]*)(?P<sign>\s?[=:]\s?|\s)(?P<value>\S+)")
_SHORTEST: Final = 4
"""Characters of a value that is looked for everywhere; shorter ones stand in too many words."""


class Redactor:
    """Masks by name, by the shape of URLs, and every value that a container was given as secret."""

    def __init__(self) -> None:
        self._values: list[str] = []

    def learn(self, document: object) -> None:
        """Take note of the secret variables in what `inspect` tells."""
        config = document.get("Config") if isinstance(document, Mapping) else None
        variables = config.get("Env") if isinstance(config, Mapping) else None
        for each in variables if isinstance(variables, list) else ():
            name, _, value = str(each).partition("=")
            if is_secret_name(name) and len(value) >= _SHORTEST and value not in self._values:
                self._values.append(value)
        self._values.sort(key=len, reverse=True)  # a value may hold another

    def document(self, value: object) -> object:
        """The same document without secrets and without places on the engine's machine."""
        return self._walked(masked(value))

    def text(self, text: str) -> str:
        """A line of a log or a command."""
        for value in self._values:
            text = text.replace(value, MASK)
        return _ASSIGNMENT.sub(_mask, mask_json(mask_url(text)))

    def _walked(self, value: object) -> object:
        match value:
            case Mapping():
                return {
                    self.text(str(key)): self._walked(each)
                    for key, each in value.items()
                    if key not in _PLACES
                }
            case list():
                return [self._walked(each) for each in value]
            case str():
                return self.text(value)
            case _:
                return value


def _mask(found: re.Match[str]) -> str:
    """`name=value`, `name: value` and `--name value`; a word before a word is none of them."""
    is_option = found.string[max(found.start() - 2, 0) : found.start()] == "--"
    if not is_secret_name(found["name"]) or (found["sign"].isspace() and not is_option):
        return found[0]
    return f"{found['name']}{found['sign']}{MASK}"
