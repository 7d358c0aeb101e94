"""The services of `compose.yaml` through the SDK: Debian's docker.io brings no compose.

There is no bridge either: all services share one network namespace, in which their names are
loopback's.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import yaml
from docker import APIClient

_VARIABLE: Final = re.compile(r"\$\$|\$\{(\w+)(?:(:-|:\?)([^}]*))?\}")
_UNITS: Final = {"s": 1_000_000_000, "m": 60_000_000_000}


class MissingVariable(ValueError):  # noqa: N818 - compose's own word for it
    """A variable that must be given is not."""


def substituted(text: str, variables: Mapping[str, str]) -> str:
    """Compose's `${NAME}`, `${NAME:-default}`, `${NAME:?words}` and `$$`."""

    def value(found: re.Match[str]) -> str:
        name, operator, rest = found.groups()
        if name is None:
            return "$"
        given = variables.get(name, "")
        if not given and operator == ":?":
            raise MissingVariable(f"{name}: {rest}")
        return given or (rest if operator == ":-" else "")

    return _VARIABLE.sub(value, text)


def read(path: Path, variables: Mapping[str, str]) -> dict[str, Any]:
    """The file with its variables filled in, as compose does: in values, after parsing."""

    def filled(value: Any) -> Any:
        match value:
            case dict():
                return {key: filled(each) for key, each in value.items()}
            case list():
                return [filled(each) for each in value]
            case str():
                return substituted(value, variables)
            case _:
                return value

    document: dict[str, Any] = filled(yaml.safe_load(path.read_text()))
    return document


@dataclass
class Composed:
    """Services of a compose file on an engine without networks."""

    api: APIClient
    services: Mapping[str, Mapping[str, Any]]
    ids: dict[str, str] = field(default_factory=dict)
    volumes: dict[str, str] = field(default_factory=dict)
    project: str = field(default_factory=lambda: f"t-{uuid4().hex[:8]}")

    def up(self, name: str) -> str:
        """Start a service after what it depends on; the id of its container."""
        service = self.services[name]
        for other, wish in service.get("depends_on", {}).items():
            if other not in self.ids:
                self.up(other)
            if wish["condition"] == "service_healthy":
                self.until_healthy(other)
        self.ids[name] = identity = self._create(name, service)
        self.api.start(identity)
        return identity

    def until_healthy(self, name: str, patience: float = 60) -> None:
        """Raises with the log when it ends or never becomes healthy."""
        end, health = time.monotonic() + patience, ""
        while time.monotonic() < end:
            state = self.api.inspect_container(self.ids[name])["State"]
            health = state["Health"]["Status"]
            if health == "healthy":
                return
            if not state["Running"]:
                break
            threading.Event().wait(0.1)
        log = self.api.logs(self.ids[name]).decode(errors="replace")
        raise RuntimeError(f"{name} is {health}:\n{log[-3000:]}")

    def run(self, name: str, *command: str) -> tuple[int, str]:
        """The exit code and the output of a command inside a service."""
        made = self.api.exec_create(self.ids[name], list(command))
        output = self.api.exec_start(made["Id"]).decode(errors="replace")
        return self.api.exec_inspect(made["Id"])["ExitCode"], output

    def down(self) -> None:
        """Remove all of it, volumes too."""
        for identity in reversed([*self.ids.values()]):
            self.api.remove_container(identity, force=True, v=True)
        for volume in self.volumes.values():
            self.api.remove_volume(volume, force=True)

    def _create(self, name: str, service: Mapping[str, Any]) -> str:
        binds = []
        for each in service.get("volumes", ()):
            volume, _, target = each.partition(":")
            kept = self.volumes.setdefault(volume, f"{self.project}-{volume}")
            binds.append(f"{kept}:{target}")
        host = self.api.create_host_config(
            network_mode=f"container:{self._network()}",
            binds=binds,
            init=service.get("init"),
            read_only=service.get("read_only"),
            tmpfs=dict.fromkeys(service.get("tmpfs", ()), ""),
            cap_drop=service.get("cap_drop"),
            security_opt=service.get("security_opt"),
        )
        made = self.api.create_container(
            service["image"],
            service.get("command"),
            entrypoint=service.get("entrypoint"),
            name=f"{self.project}-{name}",
            environment=service.get("environment"),
            healthcheck=_healthcheck(service.get("healthcheck")),
            tty=service.get("tty", False),
            stdin_open=service.get("stdin_open", False),
            host_config=host,
        )
        identity: str = made["Id"]
        return identity

    def _network(self) -> str:
        """The container whose network namespace the others share; it does nothing else."""
        if "(network)" not in self.ids:
            hosts = dict.fromkeys(self.services, "127.0.0.1")
            made = self.api.create_container(
                self.services["cache"]["image"],
                ["sleep", "3600"],
                host_config=self.api.create_host_config(network_mode="none", extra_hosts=hosts),
            )
            self.ids["(network)"] = made["Id"]
            self.api.start(made["Id"])
        return self.ids["(network)"]


def _healthcheck(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    if given.get("disable"):
        return {"test": ["NONE"]}
    return {
        "test": given["test"],
        "interval": _nanoseconds(given["interval"]),
        "timeout": _nanoseconds(given["timeout"]),
        "retries": given["retries"],
    }


def _nanoseconds(text: str) -> int:
    return int(text[:-1]) * _UNITS[text[-1]]
