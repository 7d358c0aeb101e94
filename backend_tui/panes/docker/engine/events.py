"""What the engine tells of itself as it happens: one stream, filtered by the engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, cast

from backend_tui.core.text import clean_line

Kind = Literal["container", "image", "volume", "network"]

# `exec_*`, `top`, `attach` and `resize` stay out: healthchecks make dozens of them a second.
ACTIONS: Final = (
    "create",
    "start",
    "die",
    "stop",
    "kill",
    "destroy",
    "pause",
    "unpause",
    "rename",
    "restart",
    "oom",
    "health_status",
    "update",
    "pull",
    "push",
    "tag",
    "untag",
    "delete",
    "import",
    "load",
    "save",
    "connect",
    "disconnect",
    "mount",
    "unmount",
    "prune",
    "remove",
)
KINDS: Final[tuple[Kind, ...]] = ("container", "image", "volume", "network")
FILTERS: Final = json.dumps({"type": KINDS, "event": ACTIONS})


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """One event; `at` in Unix seconds, `id` of what it happened to, all text clean.

    `action` is the first word, `detail` what follows its colon (a health). `container` is the
    container a network or volume event belongs to.
    """

    at: float
    kind: Kind
    action: str
    id: str
    name: str = ""
    detail: str = ""
    exit_code: int | None = None
    signal: int | None = None
    image: str = ""
    container: str = ""
    old_name: str = ""
    project: str = ""
    nanoseconds: int = field(default=0, repr=False)


class EventDecoder:
    """Lines of JSON, however the stream cuts them; a line that is none is left out."""

    def __init__(self) -> None:
        self._rest = b""

    def __call__(self, chunk: bytes) -> list[EngineEvent]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return [event for line in lines if (event := parse_event(line)) is not None]


def parse_event(line: bytes) -> EngineEvent | None:
    """One line of `GET /events`; None for what is no event of the kinds we know."""
    try:
        document = json.loads(line)
    except ValueError:
        return None
    if not isinstance(document, Mapping) or document.get("Type") not in KINDS:
        return None
    actor = document.get("Actor")
    actor = actor if isinstance(actor, Mapping) else {}
    attributes = actor.get("Attributes")
    said = {str(k): clean_line(str(v)) for k, v in (attributes or {}).items()}
    action, _, detail = clean_line(str(document.get("Action", ""))).partition(":")
    nanoseconds = document.get("timeNano")
    nanoseconds = nanoseconds if isinstance(nanoseconds, int) else 0
    return EngineEvent(
        at=nanoseconds / 1e9 if nanoseconds else float(document.get("time") or 0),
        kind=cast("Kind", document["Type"]),
        action=action.strip(),
        id=clean_line(str(actor.get("ID", ""))),
        name=said.get("name", "").lstrip("/"),
        detail=detail.strip(),
        exit_code=_whole(said.get("exitCode")),
        signal=_whole(said.get("signal")),
        image=said.get("image", ""),
        container=said.get("container", ""),
        old_name=said.get("oldName", "").lstrip("/"),
        project=said.get("com.docker.compose.project", ""),
        nanoseconds=nanoseconds,
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.lstrip("-").isdigit() else None
