"""What the owner of a stack and those attached to it say to each other: one JSON value a line.

Owner: {"demo": …, "cache": …, "states": […], "lines": {…}} first, then {"state": …, "demo": …,
"cache": …}, {"line": [name, text]} and {"answer": number, "problem": null | {…}}.
Attached: {"word": …} first, then {"restart": name, "number": …}.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, cast

from backend_tui.core.errors import BackendError, CancelledByUser, MissingError, UsageError
from backend_tui.stack.board import ORDER, Board
from backend_tui.stack.endpoints import (
    CacheEndpoint,
    Condition,
    DemoEndpoint,
    ServiceName,
    ServiceState,
)

_ERRORS = {
    each.__name__: each for each in (BackendError, MissingError, UsageError, CancelledByUser)
}


def line(value: object) -> bytes:
    """One message as it is sent."""
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def whole(board: Board) -> dict[str, Any]:
    """All that a board says."""
    return {
        **endpoints(board),
        "states": [state(each) for each in board.states()],
        "lines": {name: list(board.log(name)) for name in ORDER},
    }


def endpoints(board: Board) -> dict[str, Any]:
    """Where the services answer; null for one that has no place yet."""
    demo, cache = board.demo_endpoint, board.cache_endpoint
    return {"demo": demo and asdict(demo), "cache": cache and asdict(cache)}


def state(shown: ServiceState) -> dict[str, Any]:
    """One service's state."""
    return {
        "name": shown.name,
        "condition": shown.condition,
        "detail": shown.detail,
        "error": problem(shown.error),
    }


def problem(error: BackendError | None) -> dict[str, str] | None:
    """An error with its kind."""
    if error is None:
        return None
    return {"kind": type(error).__name__, "what": error.what, "why": error.why, "hint": error.hint}


def take(board: Board, said: dict[str, Any]) -> None:
    """Put what the owner said on our board.

    Raises `KeyError` or `TypeError` for what is no message.
    """
    if "demo" in said:
        board.place_demo(DemoEndpoint(**said["demo"]) if said["demo"] else None)
        board.place_cache(CacheEndpoint(**said["cache"]) if said["cache"] else None)
    for name, lines in said.get("lines", {}).items():
        for text in lines:
            board.write(cast(ServiceName, name), text)
    for each in said.get("states", [said["state"]] if "state" in said else []):
        board.show(_state(each))
    if "line" in said:
        name, text = said["line"]
        board.write(name, text)


def error(said: dict[str, str] | None) -> BackendError | None:
    """The error that was sent."""
    if said is None:
        return None
    return _ERRORS.get(said["kind"], BackendError)(said["what"], said["why"], said["hint"])


def _state(said: dict[str, Any]) -> ServiceState:
    return ServiceState(
        cast(ServiceName, said["name"]),
        cast(Condition, said["condition"]),
        said["detail"],
        error(said["error"]),
    )
