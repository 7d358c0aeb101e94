"""What the codes that close a WebSocket mean, and whether opening it again can help."""

from __future__ import annotations

from typing import Final

_MEANINGS: Final = {
    1000: "The server closed in order.",
    1001: "The server is going away.",
    1002: "The server found a mistake in the protocol.",
    1003: "The server takes no such messages.",
    1005: "The server closed without a code.",
    1006: "The connection broke without a close.",
    1007: "A message was no proper text.",
    1008: "The server's rules forbid it.",
    1009: "A message was too large.",
    1011: "The server failed.",
    1012: "The server is being restarted.",
    1013: "The server is too busy.",
    1015: "The TLS handshake failed.",
    4400: "The server could not understand a message.",
    4401: "The server wants authentication first.",
    4403: "The server forbids it.",
    4406: "The server does not speak graphql-transport-ws.",
    4408: "The connection was not initialised in time.",
    4409: "There is a subscription of the same id already.",
    4429: "The connection was initialised more than once.",
    4499: "The client ended the connection.",
    4500: "The server failed inside.",
    4504: "The server did not acknowledge the connection in time.",
}
_HINTS: Final = {
    4400: "The server may speak an older protocol; try server-sent events.",
    4401: "Put a token under Auth, or into the connection payload.",
    4403: "Check the token under Auth and what it may do.",
    4406: "Try server-sent events.",
    1008: "Check the token and the limits of the server.",
    1009: "Ask for fewer fields.",
}
_FINAL: Final = frozenset({1002, 1003, 1007, 1008, 1009, 1015, 4400, 4401, 4403, 4406, 4409, 4429})


def meaning(code: int, reason: str = "") -> str:
    """A sentence for the code, with the server's own words when it gave some."""
    known = _MEANINGS.get(code)
    if known is None:
        known = "The server closed with a code of its own." if code >= 3000 else "It was closed."
    said = f" It said: {reason}." if reason else ""
    return f"{code}: {known}{said}"


def hint(code: int) -> str:
    """What to do about it, empty when nothing is known."""
    return _HINTS.get(code, "")


def is_final(code: int) -> bool:
    """True when another connection would end the same way."""
    return code in _FINAL
