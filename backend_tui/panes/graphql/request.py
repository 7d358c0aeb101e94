"""The request as it is written: endpoint, document, variables, headers, and how it is carried."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from backend_tui.core.authentication import Auth, NoAuth, Pair

__all__ = ["Draft", "Operation", "OperationKind", "Pair", "Transport", "is_relative"]

OperationKind = Literal["query", "mutation", "subscription"]
Transport = Literal["auto", "post", "get", "sse", "websocket"]

TRANSPORTS: Final[tuple[Transport, ...]] = ("auto", "post", "get", "sse", "websocket")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_HOST: Final = re.compile(r"(localhost|[\w-]+(\.[\w-]+)+|\[[0-9a-fA-F:]+\])(:\d+)?(?=[/?#]|$)")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document: offsets of its first character and behind its last one.

    `line` counts from 1. An anonymous operation has an empty name.
    """

    kind: OperationKind
    name: str
    start: int
    end: int
    line: int

    @property
    def title(self) -> str:
        """Kind and name, as a list shows it."""
        return f"{self.kind} {self.name}" if self.name else f"{self.kind} (no name)"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person writes; an endpoint without a host is a path of the shop.

    `variables` and `connection` (the payload of a WebSocket's `connection_init`) are JSON text,
    empty for none. `auto` carries subscriptions by what the endpoint's scheme says (ws, wss) or by
    server-sent events, and everything else by POST.
    """

    endpoint: str = "/graphql"
    document: str = ""
    variables: str = ""
    headers: tuple[Pair, ...] = ()
    auth: Auth = NoAuth()  # noqa: RUF009 - frozen
    transport: Transport = "auto"
    connection: str = ""
    is_persisted: bool = False


def is_relative(endpoint: str) -> bool:
    """True for a path without a host: it goes to the shop."""
    text = endpoint.strip()
    return not _SCHEME.match(text) and not _HOST.match(text)
