"""Is there a Redis or Valkey at a URL, and which? Three commands on a socket, no client library."""

from __future__ import annotations

import asyncio
import re
import ssl
from asyncio import StreamReader, StreamWriter
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from backend_tui.core.errors import BackendError, MissingError, UsageError
from backend_tui.core.secrets import mask_url
from backend_tui.core.text import clean_line

TIMEOUT: Final = 2.0
_DEFAULT_PORT: Final = 6379
_MANY: Final = re.compile(r"^(rediss?)\+(?:cluster|sentinel)://([^/?#]*@)?([^,/?#]+)[^?#]*")


class UnreachableError(MissingError):
    """A cache was named, and nothing answers there now."""


async def greet(url: str, timeout: float = TIMEOUT) -> str:  # noqa: ASYNC109 - a limit of its own
    """Name and version of the server: `Valkey 9.1.2`.

    Raises `UsageError` for a URL that is none, `MissingError` when nothing answers there,
    `BackendError` when what answers refuses us or speaks another protocol.
    """
    address = parsed(url)
    shown = mask_url(url)
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await _connect(address)
            try:
                return await _talk(reader, writer, address)
            finally:
                writer.close()
    except TimeoutError as late:
        raise UnreachableError(
            f"The cache at {shown} does not answer.",
            f"Nothing came within {timeout:g} seconds.",
            "Is it running, and is the address right?",
        ) from late
    except (OSError, EOFError) as wrong:
        raise UnreachableError(
            f"The cache at {shown} cannot be reached.",
            clean_line(str(wrong)),
            "Start it, or leave --redis away: an own Valkey is then started.",
        ) from wrong


def parsed(url: str) -> SplitResult:
    """The parts of a redis://, rediss:// or unix:// URL; of a cluster's or of sentinels the first.

    Raises `UsageError`.
    """
    try:
        address = urlsplit(_MANY.sub(r"\1://\2\3", url))
        is_usable = address.port is None or address.port > 0
    except ValueError:
        address, is_usable = urlsplit(""), False
    if is_usable and (
        (address.scheme in ("redis", "rediss") and address.hostname)
        or (address.scheme == "unix" and address.path)
    ):
        return address
    raise UsageError(
        "The cache's address is no Redis URL.",
        mask_url(clean_line(url)),
        "Write redis://HOST:PORT/0, rediss://… for TLS, unix:///path/to/socket, "
        "redis+cluster://HOST:PORT or redis+sentinel://HOST:PORT/SERVICE.",
    )


async def _connect(address: SplitResult) -> tuple[StreamReader, StreamWriter]:
    if address.scheme == "unix":
        return await asyncio.open_unix_connection(unquote(address.path))
    context = ssl.create_default_context() if address.scheme == "rediss" else None
    return await asyncio.open_connection(
        address.hostname, address.port or _DEFAULT_PORT, ssl=context
    )


async def _talk(reader: StreamReader, writer: StreamWriter, address: SplitResult) -> str:
    if address.password:
        words = [b"AUTH", unquote(address.username or "default").encode()]
        await _ask(reader, writer, *words, unquote(address.password).encode())
    await _ask(reader, writer, b"PING")
    try:
        information = (await _ask(reader, writer, b"INFO", b"server")).decode("utf-8", "replace")
    except _NotPermittedError:
        information = ""  # it answers; which version it is, this user may not know
    lines = (line.partition(":") for line in information.splitlines())
    facts = {name: clean_line(value) for name, _, value in lines}
    if "valkey_version" in facts:
        return f"Valkey {facts['valkey_version']}"
    return f"Redis {facts.get('redis_version', '')}".strip()


async def _ask(reader: StreamReader, writer: StreamWriter, *words: bytes) -> bytes:
    """The simple or bulk reply to one command."""
    parts = (b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
    writer.write(b"*%d\r\n" % len(words) + b"".join(parts))
    await writer.drain()
    line = (await reader.readline()).rstrip(b"\r\n")
    if line.startswith(b"+"):
        return line[1:]
    if line.startswith(b"$") and line[1:].isdigit():
        return (await reader.readexactly(int(line[1:]) + 2))[:-2]
    if line.startswith(b"-"):
        raise _refused(clean_line(line[1:].decode("utf-8", "replace")))
    if not line:
        raise EOFError("The connection was closed before an answer came.")
    raise BackendError(
        "What answers at the cache's address is no Redis.",
        clean_line(line[:80].decode("utf-8", "replace")),
        "Check host and port.",
    )


class _NotPermittedError(BackendError):
    """The user may not call the command."""


def _refused(reply: str) -> BackendError:
    if reply.startswith("NOPERM"):
        hint = "Let an administrator permit it: ACL SETUSER NAME +COMMAND."
        return _NotPermittedError("The cache does not permit this user to ask.", reply, hint)
    if reply.startswith(("NOAUTH", "WRONGPASS")):
        hint = "Put user and password into the URL: redis://USER:PASSWORD@HOST:PORT/0."
        return BackendError("The cache wants a valid password.", reply, hint)
    return BackendError("The cache refuses to answer.", reply, "Try again in a moment.")
