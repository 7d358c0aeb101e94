"""Which Docker engine is meant, as the docker command decides it: a named one is never replaced.

`--docker-host` > `DOCKER_HOST` > `DOCKER_CONTEXT` > the current context > the platform's default.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from backend_tui.core.errors import BackendError, MissingError, UsageError
from backend_tui.core.text import clean_line

Origin = Literal[
    "--docker-host", "DOCKER_HOST", "DOCKER_CONTEXT", "current context", "default", "chosen"
]

RECORDED: Final = "recorded:"
"""How the address of a recording begins that is played in an engine's place."""
SCHEMES: Final = ("unix", "tcp", "http", "https", "ssh", "npipe")
_DEFAULT: Final = (
    "npipe:////./pipe/docker_engine" if sys.platform == "win32" else "unix:///var/run/docker.sock"
)


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Where the certificates lie; a part that is not there is None."""

    ca: Path | None
    certificate: Path | None
    key: Path | None
    verifies: bool = True


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """Where the engine answers, who said so, and with which certificates."""

    url: str
    origin: Origin
    context: str = ""
    tls: TlsFiles | None = None

    @property
    def shown(self) -> str:
        """For the screen: clean, with the context's name where one was used."""
        name = f" (context {self.context})" if self.context else ""
        return clean_line(f"{self.url}{name}")

    @property
    def command(self) -> str:
        """How a docker line begins that reaches this engine from the shell we were started in."""
        if self.origin == "chosen" and self.context:
            return f"docker --context {shlex.quote(self.context)}"
        if self.origin in ("--docker-host", "chosen"):
            return f"docker -H {shlex.quote(self.url)}"
        return "docker"

    @property
    def socket(self) -> Path | None:
        """The path of a Unix socket."""
        return Path(self.url.removeprefix("unix://")) if self.url.startswith("unix://") else None

    @property
    def is_local(self) -> bool:
        """False for an engine on another machine, where acts deserve a second look."""
        return self.url.startswith(("unix://", "npipe://", RECORDED))

    @property
    def is_recorded(self) -> bool:
        """A recording is played: nothing that is shown happens now."""
        return self.url.startswith(RECORDED)


@dataclass(frozen=True, slots=True)
class FoundSocket:
    """Another engine's socket that exists here."""

    product: str
    path: Path

    @property
    def url(self) -> str:
        return f"unix://{self.path}"


def resolve(given: str | None, environ: Mapping[str, str] | None = None) -> EngineAddress:
    """The engine that is meant. Raises when what was named does not exist or makes no sense."""
    environ = os.environ if environ is None else environ
    if given:
        is_of_environment = environ.get("DOCKER_HOST") == given
        origin: Origin = "DOCKER_HOST" if is_of_environment else "--docker-host"
        return EngineAddress(_checked(given, origin), origin, tls=_tls_of_environment(environ))
    folder = _folder(environ)
    name, origin = environ.get("DOCKER_CONTEXT", ""), "DOCKER_CONTEXT"
    if not name:
        name, origin = _text(_document(folder / "config.json"), "currentContext"), "current context"
    if name and name != "default":
        return _of_context(folder, name, origin)
    return EngineAddress(_DEFAULT, "default", tls=None)


def other_sockets(environ: Mapping[str, str] | None = None) -> tuple[FoundSocket, ...]:
    """Sockets of known products that exist; they are looked at, never connected."""
    environ = os.environ if environ is None else environ
    home = _home(environ)
    runtime = Path(environ.get("XDG_RUNTIME_DIR") or f"/run/user/{_uid()}")
    places = (
        ("Docker", Path("/var/run/docker.sock")),
        ("Docker rootless", runtime / "docker.sock"),
        ("Docker Desktop", home / ".docker" / "run" / "docker.sock"),
        ("Docker Desktop", home / ".docker" / "desktop" / "docker.sock"),
        ("Colima", home / ".colima" / "default" / "docker.sock"),
        ("Rancher Desktop", home / ".rd" / "docker.sock"),
        ("OrbStack", home / ".orbstack" / "run" / "docker.sock"),
        ("Podman", runtime / "podman" / "podman.sock"),
        ("Podman", Path("/run/podman/podman.sock")),
        (
            "Podman machine",
            home / ".local/share/containers/podman/machine/podman.sock",
        ),
    )
    return tuple(FoundSocket(product, path) for product, path in places if _is_socket(path))


def other_engines(
    now: EngineAddress | None = None, environ: Mapping[str, str] | None = None
) -> tuple[tuple[str, EngineAddress], ...]:
    """What each is called and where it is: docker's contexts, then sockets that no context names.

    The one that is used `now` is left out; nothing is connected.
    """
    environ = os.environ if environ is None else environ
    folder = _folder(environ)
    found: list[tuple[str, EngineAddress]] = []
    for meta in sorted((folder / "contexts" / "meta").glob("*/meta.json")):
        try:
            address = _of_context(folder, _text(_document(meta), "Name"), "chosen")
        except BackendError:
            continue  # it names no engine, or not itself
        found.append((f"the context {address.context}", address))
    found.sort(key=lambda each: each[0])
    urls = {address.url for _, address in found}
    found += [
        (socket.product, EngineAddress(socket.url, "chosen"))
        for socket in other_sockets(environ)
        if socket.url not in urls
    ]
    used = now.url if now is not None else ""
    return tuple((called, address) for called, address in found if address.url != used)


def _of_context(folder: Path, name: str, origin: Origin) -> EngineAddress:
    digest = hashlib.sha256(name.encode()).hexdigest()
    meta = folder / "contexts" / "meta" / digest / "meta.json"
    shown = clean_line(name)
    said = "DOCKER_CONTEXT names it" if origin == "DOCKER_CONTEXT" else f"{folder}/config.json does"
    if not meta.is_file():
        raise MissingError(
            f"The Docker context “{shown}” does not exist.",
            f"{said}; no other engine is used in its place.",
            "`docker context ls` lists those that exist; --docker-host URL names an engine itself.",
        )
    document = _document(meta)
    url = _text(document, "Endpoints", "docker", "Host")
    if not url:
        raise MissingError(
            f"The Docker context “{shown}” names no engine.",
            f"{meta} has no Endpoints.docker.Host.",
            f"Mend it by `docker context update {shown} --docker host=…`.",
        )
    files = folder / "contexts" / "tls" / digest / "docker"
    skips = _value(document, "Endpoints", "docker", "SkipTLSVerify") is True
    tls = _tls_in(files, verifies=not skips)
    return EngineAddress(_checked(url, f"context {shown}"), origin, shown, tls)


def _checked(url: str, said_by: str) -> str:
    """The address as docker understands it; raises for one that is none."""
    if "://" not in url and ":" in url and "/" not in url:
        url = f"tcp://{url}"
    if url.startswith("/"):
        url = f"unix://{url}"
    scheme, has_scheme, rest = url.partition("://")
    if not has_scheme or scheme not in SCHEMES or not rest.strip("/"):
        raise UsageError(
            f"“{clean_line(url)[:80]}” is no address of a Docker engine.",
            f"{said_by} says so.",
            "It looks like unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host.",
        )
    return url


def _tls_of_environment(environ: Mapping[str, str]) -> TlsFiles | None:
    path = environ.get("DOCKER_CERT_PATH")
    verifies = bool(environ.get("DOCKER_TLS_VERIFY"))
    if not path and not verifies:
        return None
    found = _tls_in(Path(path) if path else _home(environ) / ".docker", verifies=verifies)
    return found or (TlsFiles(None, None, None) if verifies else None)


def _tls_in(folder: Path, *, verifies: bool) -> TlsFiles | None:
    found = [folder / name for name in ("ca.pem", "cert.pem", "key.pem")]
    ca, certificate, key = (path if path.is_file() else None for path in found)
    return TlsFiles(ca, certificate, key, verifies) if ca or certificate else None


def _document(path: Path) -> object:
    """A JSON file's value; None when it is not there or no JSON, as the docker command does it."""
    try:
        document: object = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document


def _value(document: object, *keys: str) -> object:
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _text(document: object, *keys: str) -> str:
    found = _value(document, *keys)
    return found if isinstance(found, str) else ""


def _folder(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("DOCKER_CONFIG") or _home(environ) / ".docker")


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or Path.home())


def _uid() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _is_socket(path: Path) -> bool:
    try:
        return stat.S_ISSOCK(path.stat().st_mode)
    except OSError:
        return False
