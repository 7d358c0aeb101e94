"""Why the engine could not be asked or would not do it, in words for the person.

BackendError
├── EngineAwayError(MissingError)   nobody to talk to: no socket, no permission, wrong version
│   └── EngineSilentError           somebody took the connection and never answered
├── ActRefusedError                 the engine answered and said no; `status` is HTTP's
└── ReadOnlyError(UsageError)       nothing was asked, for this workbench may only look
"""

from __future__ import annotations

import errno
import getpass
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend_tui.core.errors import BackendError, MissingError, UsageError
from backend_tui.core.text import clean, shorten
from backend_tui.stack.docker_endpoint import EngineAddress, FoundSocket, other_sockets

_LONGEST: Final = 600
_ELSEWHERE: Final = "Everything else of the workbench works without it."


@dataclass(eq=False)
class EngineAwayError(MissingError):
    """There is no engine to talk to at the address."""


@dataclass(eq=False)
class EngineSilentError(EngineAwayError):
    """It took the connection and did not answer in time; what was asked may still be done."""


@dataclass(eq=False)
class ActRefusedError(BackendError):
    """The engine's own no, with HTTP's status."""

    status: int = 0


@dataclass(eq=False)
class ReadOnlyError(UsageError):
    """The workbench was started to look only."""


def read_only(line: str) -> ReadOnlyError:
    """The refusal of an act in read-only mode; `line` is the docker line that would do it."""
    return ReadOnlyError(
        "Nothing was done: the workbench is read-only.",
        f"`{line}` would change something.",
        "Start it without --read-only, or run that line yourself.",
    )


def explained(problem: BaseException, address: EngineAddress, asked: str = "") -> BackendError:
    """What a failure of the SDK means; anything that is no failure of the engine is raised again.

    `asked` says in a few words what was wanted, as in “stop web”.
    """
    if isinstance(problem, BackendError):
        return problem
    causes = tuple(_chain(problem))
    for cause in causes:
        if (refusal := _refusal(cause, asked)) is not None:
            return refusal
    for cause in causes:
        if (away := _away(cause, address)) is not None:
            return away
    if any(type(cause).__module__.split(".")[0] in _LIBRARIES for cause in causes):
        return EngineAwayError(
            f"The Docker engine at {address.shown} cannot be talked to.",
            _said(problem),
            f"Is it a Docker engine that listens there? {_ELSEWHERE}",
        )
    raise problem


_LIBRARIES: Final = ("docker", "requests", "urllib3", "paramiko", "http", "ssl")


def _chain(problem: BaseException) -> Iterator[BaseException]:
    """The failure, its causes, and those that the libraries only keep as arguments."""
    waiting: list[object] = [problem]
    seen: set[int] = set()
    while waiting:
        each = waiting.pop(0)
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__, getattr(each, "reason", None)]
        waiting += each.args


def _refusal(problem: BaseException, asked: str) -> BackendError | None:
    """The engine's own answer, when there was one."""
    status = getattr(getattr(problem, "response", None), "status_code", None)
    if not isinstance(status, int):
        return None
    said = _said_by_engine(problem)
    what = f"The engine refused: {asked}." if asked else "The engine refused."
    lower = said.lower()
    if "too old" in lower or "too new" in lower:
        return EngineAwayError(
            "The engine and this workbench speak different versions of the API.",
            said,
            "A newer `docker` package for Python, or a newer engine, brings them together.",
        )
    match status:
        case 404:
            return ActRefusedError(
                f"It is gone: {asked}." if asked else "It is gone.", said, "", 404
            )
        case 409:
            return ActRefusedError(what, said, _conflict_hint(lower), 409)
        case 501:
            hint = "Containers with the json-file, local or journald driver can be read."
            return ActRefusedError(what, said, hint, 501)
        case _ if status >= 500:
            return ActRefusedError(what, said, "The engine's own log says more.", status)
        case _:
            return ActRefusedError(what, said, "", status)


def _conflict_hint(said: str) -> str:
    if "paused" in said:
        return "It is paused: p lets it go on."
    if "in use" in said or "being used" in said:
        return "Remove what uses it first."
    if "running container" in said:
        return "Stop it first."
    if "already in progress" in said:
        return "Its removal is under way."
    return ""


def _away(problem: BaseException, address: EngineAddress) -> BackendError | None:
    """Why nobody could be reached, by the innermost failure."""
    shown, hint = address.shown, _offer(address)
    what = f"No Docker engine answers at {shown}."
    if _is_timeout(problem):
        return EngineSilentError(
            f"The Docker engine at {shown} does not answer.",
            "It took the connection and stayed silent past the time limit.",
            "It may be overloaded or hung; what is shown is older. It is tried again.",
        )
    if type(problem).__name__ in ("IncompleteRead", "RemoteDisconnected", "InvalidChunkLength"):
        return EngineAwayError(
            f"The connection to the Docker engine at {shown} was cut.",
            "It ended in the middle of an answer: the engine was stopped or died.",
            "It is tried again.",
        )
    if "paramiko" in str(problem):
        return EngineAwayError(
            what,
            "ssh:// needs the Python package paramiko.",
            'Install it by `pip install "docker[ssh]"`.',
        )
    if not isinstance(problem, OSError):
        return None
    if type(problem).__module__ == "ssl":  # its errno is of another kind
        hint = "DOCKER_CERT_PATH or the context must hold ca.pem, cert.pem and key.pem for it."
        return EngineAwayError(what, f"TLS failed: {_said(problem)}", hint)
    match problem.errno:
        case errno.ENOENT:
            return EngineAwayError(what, f"There is no such socket. {_who_said(address)}", hint)
        case errno.EACCES | errno.EPERM:
            return _not_allowed(address)
        case errno.ECONNREFUSED:
            return EngineAwayError(what, "Nothing listens there: the engine is not running.", hint)
        case errno.ECONNRESET | errno.EPIPE:
            return EngineAwayError(what, "The connection was cut.", hint)
        case errno.EHOSTUNREACH | errno.ENETUNREACH | errno.ETIMEDOUT:
            return EngineAwayError(what, f"{os.strerror(problem.errno)}.", hint)
    if type(problem).__name__ == "gaierror":
        return EngineAwayError(what, "Its host name is not known.", hint)
    return None


def _is_timeout(problem: BaseException) -> bool:
    return isinstance(problem, TimeoutError) or type(problem).__name__ in (
        "ReadTimeout",
        "ReadTimeoutError",
        "ConnectTimeout",
        "ConnectTimeoutError",
    )


def _not_allowed(address: EngineAddress) -> EngineAwayError:
    path = address.socket
    owner = _owner(path) if path is not None else ""
    return EngineAwayError(
        f"You may not use the Docker engine at {address.shown}.",
        f"Permission denied{f': the socket belongs to {owner}' if owner else ''}; "
        f"you are {clean(_user())}.",
        "Join the socket's group (docker's is usually “docker”) and log in again, "
        "or use a rootless engine.",
    )


def _owner(path: Path) -> str:
    try:
        return f"{path.owner()}:{path.group()}"
    except (OSError, KeyError, NotImplementedError):
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return f"user {os.getuid()}"


def _who_said(address: EngineAddress) -> str:
    if address.origin == "default":
        return "It is the default; no context or DOCKER_HOST names another."
    return f"It was named by {address.origin}; no other engine is used in its place."


def _offer(address: EngineAddress) -> str:
    """What to do: start it, or use one of the sockets that are there."""
    others = [each for each in other_sockets() if each.path != address.socket]
    if not others:
        return f"Start Docker, or name an engine with --docker-host. {_ELSEWHERE}"
    return f"Start it, or use what is there: {offered(others)}."


def offered(others: list[FoundSocket]) -> str:
    """The other sockets in words."""
    return ", ".join(f"{each.product} (--docker-host {each.url})" for each in others)


def _said_by_engine(problem: BaseException) -> str:
    words = getattr(problem, "explanation", None) or str(problem)
    if isinstance(words, bytes):
        words = words.decode(errors="replace")
    return shorten(clean(str(words)).strip(), _LONGEST)


def _said(problem: BaseException) -> str:
    return shorten(clean(str(problem)).strip(), _LONGEST)
