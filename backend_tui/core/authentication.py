"""How a request proves who asks, and the headers people write: shared by every pane that sends."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from backend_tui.core.errors import UsageError
from backend_tui.core.exchange import Headers
from backend_tui.core.text import clean_line, shorten

LOGIN_PATH: Final = "/admin/login/"
TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}")


@dataclass(frozen=True, slots=True)
class Pair:
    """A name and its value; names may repeat; one that is off stays written and is not sent."""

    name: str
    value: str = ""
    is_on: bool = True


@dataclass(frozen=True, slots=True)
class NoAuth:
    """Nothing proves who asks."""


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User and password with every request (RFC 7617)."""

    username: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class BearerAuth:
    """A token with every request (RFC 6750)."""

    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SessionAuth:
    """A login form is posted first; its cookie and CSRF token go along."""

    username: str = ""
    password: str = field(default="", repr=False)
    login_path: str = LOGIN_PATH


Auth = NoAuth | BasicAuth | BearerAuth | SessionAuth


def authorization(auth: Auth) -> Headers:
    """The Authorization header of basic and bearer authentication, nothing for the others."""
    match auth:
        case BasicAuth(username, password):
            pair = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
            return (("Authorization", f"Basic {pair}"),)
        case BearerAuth(token):
            return (("Authorization", f"Bearer {token.strip()}"),) if token.strip() else ()
        case _:
            return ()


def check_header(name: str, value: str) -> None:
    """`UsageError` for a name or value that cannot be sent."""
    shown = shorten(clean_line(name), 40)
    if not TOKEN.fullmatch(name):
        raise UsageError(
            f"“{shown}” is no header name.",
            "",
            "Names have letters, digits and hyphens, no spaces and no colon.",
        )
    if any(char in value for char in "\r\n\0"):
        raise UsageError(
            f"The header {shown} has a line break in its value.", "", "Write it on one line."
        )


def is_loopback_host(host: str) -> bool:
    """True for a host name that is this very machine."""
    return host in ("localhost", "::1") or host.startswith("127.")


def is_loopback(url: str) -> bool:
    """True for a URL of this very machine."""
    try:
        return is_loopback_host((urlsplit(url).hostname or "").lower())
    except ValueError:
        return False
