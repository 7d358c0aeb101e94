"""The request as it is written: endpoint, document, variables, headers, and how it is carried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from backend_tui.core.address import is_relative
from backend_tui.core.authentication import Auth, NoAuth, Pair

__all__ = ["Draft", "Operation", "OperationKind", "Pair", "Transport", "is_relative"]

OperationKind = Literal["query", "mutation", "subscription"]
Transport = Literal["auto", "post", "get", "sse", "websocket"]

TRANSPORTS: Final[tuple[Transport, ...]] = ("auto", "post", "get", "sse", "websocket")


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
