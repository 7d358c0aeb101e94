"""What a Redis refuses or how it fails, told as what, why and what to do."""

from __future__ import annotations

import re
import socket
import ssl
from typing import Final

from backend_tui.core.errors import BackendError, MissingError
from backend_tui.core.text import clean_line, shorten

_COMMAND: Final = re.compile(r"run the '([^']+)' command|unknown command [`']?([\w.|-]+)")
_MOVED: Final = re.compile(r"^(?:MOVED|ASK)?\s*(\d+) (\S+)")
_LOGIN: Final = "Put user and password into the URL: redis://USER:PASSWORD@HOST:PORT/0."


class Refusal(BackendError):  # noqa: N818 - what the server did
    """The server answered, and refused this one thing; the connection is as good as before.

    `code` is the reply's first word (`NOPERM`, `READONLY`, `OOM` …); `command` what was refused.
    """

    code: str = "ERR"
    command: str = ""


class NotReady(MissingError):  # noqa: N818 - a state that ends by itself
    """The server is there and will answer later by itself: it loads, or the cluster settles."""


def refused(text: str, command: str = "") -> BackendError:
    """The failure that an error reply means; `text` is the reply, its code first."""
    reply = clean_line(text)
    code, _, rest = reply.partition(" ")
    if code in ("LOADING", "CLUSTERDOWN", "TRYAGAIN", "MASTERDOWN"):
        return _not_ready(code, reply)
    what, hint = _words(code, rest, reply, command)
    problem = Refusal(what, shorten(reply, 300), hint)
    problem.code = code if code.isupper() else "ERR"
    problem.command = _named(reply) or command
    return problem


def broken(error: BaseException, place: str, *, is_tls: bool = False) -> BackendError:
    """The failure of a connection: nobody there, too slow, no TLS, no Redis."""
    chain = tuple(_chain(error))
    said = clean_line(str(error)) or type(error).__name__
    if found := next((each for each in chain if isinstance(each, ssl.SSLError)), None):
        return _tls(found, place)
    if any(isinstance(each, socket.gaierror) for each in chain):
        return MissingError(
            f"The name of the cache's host is unknown: {place}.",
            said,
            "Check the spelling and the name service, or write its IP address.",
        )
    if any(isinstance(each, ConnectionRefusedError) for each in chain):
        return MissingError(
            f"Nothing listens at {place}.",
            "The connection was refused.",
            "Start the cache, or check host and port; it is tried again by itself.",
        )
    if any(isinstance(each, FileNotFoundError | PermissionError) for each in chain):
        return MissingError(
            f"The cache's socket {place} cannot be opened.",
            said,
            "Check the path and whether you may use it (unixsocketperm).",
        )
    if _is_timeout(chain, said):
        return MissingError(
            f"The cache at {place} does not answer.",
            "Nothing came within the time it is given: 1 s to connect, 3 s for an answer.",
            "Perhaps it speaks no TLS there: write redis:// without the second s."
            if is_tls
            else "It may be busy with a long command or stopped; it is tried again by itself.",
        )
    if "rotocol" in said:
        return BackendError(
            f"What answers at {place} is no Redis.",
            shorten(said, 200),
            "Check host and port; for TLS write rediss:// instead of redis://.",
        )
    return MissingError(
        f"The connection to the cache at {place} is lost.",
        shorten(said, 200),
        "It is opened again by itself.",
    )


def loading(persistence: dict[str, str]) -> NotReady:
    """How far a server has loaded its data, from `INFO persistence`."""
    share = persistence.get("loading_loaded_perc", "")
    seconds = persistence.get("loading_eta_seconds", "")
    far = f"{float(share):.0f} % are loaded" if _is_number(share) else "It does not say how far"
    left = f", about {int(seconds)} s are left" if seconds.isdigit() else ""
    return NotReady(
        "The cache loads its data.", f"{far}{left}.", "It answers by itself when that is done."
    )


def replica(place: str, source: str) -> BackendError:
    """A write was refused because the server follows another."""
    problem = Refusal(
        f"{place} is a replica of {source}: it takes no writes.",
        "READONLY You can't write against a read only replica.",
        f"Connect to {source} to change keys; reading goes on here.",
    )
    problem.code = "READONLY"
    return problem


def _words(code: str, rest: str, reply: str, command: str) -> tuple[str, str]:
    named = _named(reply) or command or "this command"
    low = rest.lower()
    if code == "NOAUTH":
        return "The cache wants a password.", _LOGIN
    if code == "WRONGPASS" or "invalid password" in low or "username-password pair" in low:
        return "The cache does not accept user or password.", _LOGIN
    if code == "NOPERM":
        hint = "Everything else goes on. The server's ACL can permit it: ACL SETUSER NAME +COMMAND."
        if "channel" in low:
            return "This user may not read that channel.", hint
        if " key" in low and "command" not in low:
            return "This user may not touch that key.", hint
        return f"This user may not run {named.upper()}.", hint
    if code == "READONLY":
        return "This server is a replica: it takes no writes.", "Connect to its primary instead."
    if code in ("MOVED", "ASK"):
        found = _MOVED.match(rest)
        where = f" It belongs to {found[2]}." if found else ""
        return (
            f"The key lives on another node of the cluster.{where}",
            "Write redis+cluster://… so that every key is asked where it lives.",
        )
    if code == "OOM":
        return (
            "The cache is full and may evict nothing, so it refuses writes.",
            "Raise maxmemory, delete keys, or set a maxmemory-policy such as allkeys-lru.",
        )
    if code == "MISCONF":
        return (
            "The cache cannot save to its disk, so it refuses writes.",
            "See its log for the reason (disk full, permissions); it recovers by itself then.",
        )
    if code == "BUSY":
        return "The cache runs a script and answers nothing else.", "Wait, or SCRIPT KILL it."
    if code == "WRONGTYPE":
        return "The key holds another type by now.", "Open it again."
    if code == "CROSSSLOT":
        return "These keys live on different nodes of the cluster.", "Give both the same {tag}."
    if "unknown command" in low or "unknown subcommand" in low:
        return (
            f"This server does not know {named.upper()}.",
            "It may be too old, or its operator renamed or removed the command.",
        )
    if "max number of clients" in low:
        return (
            "The cache takes no more clients.",
            "Close some (CLIENT LIST names them) or raise maxclients; it is tried again.",
        )
    return f"The cache refuses {named.upper()}.", ""


def _not_ready(code: str, reply: str) -> NotReady:
    if code == "LOADING":
        return loading({})
    what = {
        "CLUSTERDOWN": "The cluster does not serve this key now.",
        "MASTERDOWN": "This replica has lost its primary and serves no old data.",
        "TRYAGAIN": "The cluster moves this key right now.",
    }[code]
    hint = "CLUSTER INFO and CLUSTER NODES say which node or slot is missing; it is tried again."
    return NotReady(what, reply, hint)


def _tls(error: ssl.SSLError, place: str) -> BackendError:
    said = clean_line(getattr(error, "verify_message", "") or error.reason or str(error))
    if isinstance(error, ssl.SSLCertVerificationError):
        return BackendError(
            f"The certificate of {place} is not trusted.",
            said,
            "Give its authority in the URL: rediss://…?ssl_ca_certs=/path/ca.pem",
        )
    if "WRONG_VERSION_NUMBER" in said.upper().replace(" ", "_"):
        hint = "The server speaks no TLS there: write redis:// without the second s."
    else:
        hint = "Check its certificate and yours: rediss://…?ssl_ca_certs=FILE"
    return BackendError(f"No TLS connection to {place}.", said, hint)


def _named(reply: str) -> str:
    found = _COMMAND.search(reply)
    return (found[1] or found[2]).replace("|", " ") if found else ""


def _is_timeout(chain: tuple[BaseException, ...], said: str) -> bool:
    return any(isinstance(each, TimeoutError) for each in chain) or "imeout" in said


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdigit()


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found and len(found) < 12:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
