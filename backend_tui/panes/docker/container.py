"""One container as the list tells it, and what an event of the engine makes of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, cast

from backend_tui.core.text import clean_line
from backend_tui.panes.docker.engine.events import EngineEvent

State = Literal["created", "running", "paused", "restarting", "removing", "exited", "dead"]
Health = Literal["", "starting", "healthy", "unhealthy"]

STATES: Final[tuple[State, ...]] = (
    "running",
    "restarting",
    "paused",
    "removing",
    "created",
    "exited",
    "dead",
)
PROJECT: Final = "com.docker.compose.project"
SERVICE: Final = "com.docker.compose.service"
_ALIVE: Final = ("running", "paused", "restarting")
_UNITS: Final[Mapping[str, int]] = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_592_000,
    "year": 31_536_000,
}
_AGE: Final = re.compile(
    r"(?:about )?(?P<count>\d+|an?|less than a) (?P<unit>second|minute|hour|day|week|month|year)s?",
    re.IGNORECASE,
)
_EXIT: Final = re.compile(r"\((\d+)\)")


@dataclass(frozen=True, slots=True)
class Port:
    """A port of the container, published on the host when `public` is a number."""

    private: int
    protocol: str
    public: int | None = None
    ip: str = ""

    def __str__(self) -> str:
        kind = "" if self.protocol == "tcp" else f"/{self.protocol}"
        return f"{self.public}→{self.private}{kind}" if self.public else f"{self.private}{kind}"


@dataclass(frozen=True, slots=True)
class Container:
    """Clean text throughout; `since` is the Unix time of its start or end, None when not told."""

    id: str
    name: str
    image: str
    image_id: str
    command: str
    created: float
    state: State
    status: str = ""
    health: Health = ""
    exit_code: int | None = None
    since: float | None = None
    ports: tuple[Port, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    networks: tuple[str, ...] = ()

    @property
    def short_id(self) -> str:
        """The twelve digits that docker prints."""
        return self.id[:12]

    @property
    def is_running(self) -> bool:
        return self.state == "running"

    @property
    def is_alive(self) -> bool:
        """It has processes: running, paused or between two starts."""
        return self.state in _ALIVE

    @property
    def project(self) -> str:
        """The compose project, empty for none."""
        return dict(self.labels).get(PROJECT, "")

    @property
    def service(self) -> str:
        return dict(self.labels).get(SERVICE, "")

    def uptime(self, now: float) -> float | None:
        """Seconds since it was started; None when it has no processes."""
        return max(now - self.since, 0) if self.is_alive and self.since is not None else None

    def after(self, event: EngineEvent) -> Container:
        """What is known at once; the list that follows within 0.1 s tells the rest."""
        match event.action:
            case "start" | "restart":
                return replace(self, state="running", since=event.at, exit_code=None, health="")
            case "pause":
                return replace(self, state="paused")
            case "unpause":
                return replace(self, state="running")
            case "die":
                code = event.exit_code
                return replace(self, state="exited", since=event.at, exit_code=code, health="")
            case "rename" if event.name:
                return replace(self, name=event.name)
            case "health_status" if event.detail in ("starting", "healthy", "unhealthy"):
                return replace(self, health=cast("Health", event.detail))
            case _:
                return self


def parse_list(document: object, now: float) -> tuple[Container, ...]:
    """The containers of `GET /containers/json`; `now` in Unix seconds, for ages told in words."""
    rows = document if isinstance(document, list) else []
    return tuple(_container(row, now) for row in rows if isinstance(row, Mapping) and row.get("Id"))


def _container(row: Mapping[str, object], now: float) -> Container:
    status = _text(row, "Status")
    state = _text(row, "State")
    return Container(
        id=_text(row, "Id"),
        name=_name(row.get("Names"), _text(row, "Id")),
        image=_text(row, "Image"),
        image_id=_text(row, "ImageID"),
        command=_text(row, "Command"),
        created=_number(row.get("Created")),
        state=state if state in STATES else "dead",
        status=status,
        health=_health(status),
        exit_code=_exit_code(status),
        since=_since(status, now),
        ports=_ports(row.get("Ports")),
        labels=_labels(row.get("Labels")),
        networks=_networks(row.get("NetworkSettings")),
    )


def _health(status: str) -> Health:
    if "(healthy)" in status:
        return "healthy"
    if "(unhealthy)" in status:
        return "unhealthy"
    return "starting" if "health: starting" in status else ""


def _exit_code(status: str) -> int | None:
    if not status.startswith("Exited"):
        return None
    found = _EXIT.search(status)
    return int(found[1]) if found else None


def _since(status: str, now: float) -> float | None:
    """When it started or ended, as exact as the engine's words: “Up 3 minutes”."""
    found = _AGE.search(status)
    if found is None:
        return None
    count = found["count"].lower()
    number = int(count) if count.isdigit() else 0 if count.startswith("less") else 1
    return now - number * _UNITS[found["unit"].lower()]


def _name(names: object, identity: str) -> str:
    """Its own name, not those by which others link to it."""
    said = [str(each) for each in names] if isinstance(names, Sequence) else []
    own = min(said, key=lambda each: each.count("/"), default="")
    return clean_line(own.lstrip("/")) or identity[:12]


def _ports(rows: object) -> tuple[Port, ...]:
    """IPv4 and IPv6 publications of the same port count once."""
    found: dict[tuple[int, str, int | None], Port] = {}
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping):
            public = row.get("PublicPort")
            port = Port(
                int(_number(row.get("PrivatePort"))),
                _text(row, "Type") or "tcp",
                int(_number(public)) if public else None,
                _text(row, "IP"),
            )
            found.setdefault((port.private, port.protocol, port.public), port)
    return tuple(sorted(found.values(), key=lambda each: (each.public is None, each.private)))


def _labels(rows: object) -> tuple[tuple[str, str], ...]:
    pairs = rows.items() if isinstance(rows, Mapping) else ()
    return tuple((clean_line(str(name)), clean_line(str(value))) for name, value in pairs)


def _networks(settings: object) -> tuple[str, ...]:
    networks = settings.get("Networks") if isinstance(settings, Mapping) else None
    return tuple(clean_line(str(each)) for each in networks) if networks else ()


def _text(row: Mapping[str, object], key: str) -> str:
    value = row.get(key)
    return clean_line(str(value)) if value is not None else ""


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
