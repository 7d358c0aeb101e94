"""What the image is built from where no registry can be assumed: a Debian base, wheels, servers.

All of it is made once and kept in the user's cache folder; a second run takes it from there.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import platformdirs

ROOT: Final = Path(__file__).parents[2]
SUITE: Final = "bookworm"
PYTHON: Final = "3.11"
_CACHE: Final = platformdirs.user_cache_path("backend-tui-tests")
_PATIENCE: Final = 600
_LEFT_OUT: Final = (
    *("./var/cache/apt/archives/*.deb", "./var/lib/apt/lists/*", "./usr/share/doc/*"),
    *("./usr/share/locale/*", "./usr/share/man/*"),
)


def debian_base() -> Path:
    """A tar of Debian's minimal system with Python; made by debootstrap the first time."""
    kept = _CACHE / f"{SUITE}-python3-venv.tar"
    with _one_at_a_time():
        if not kept.is_file():
            with _memory() as folder:
                base = folder / "base"
                include = "--include=python3-venv"
                _run("debootstrap", "--variant=minbase", include, SUITE, str(base))
                excluded = [f"--exclude={each}" for each in _LEFT_OUT]
                made = kept.with_suffix(".new")
                _run("tar", "-C", str(base), *excluded, "-cf", str(made), ".")
                made.rename(kept)
    return kept


def wheels() -> Path:
    """A folder with every wheel that the image needs, for the base's Python."""
    project = (ROOT / "pyproject.toml").read_bytes()
    lock = (ROOT / "requirements.lock").read_bytes()
    kept = _CACHE / f"wheels-{hashlib.sha256(project + lock).hexdigest()[:16]}"
    table = tomllib.loads(project.decode())
    wanted = [
        *table["build-system"]["requires"],
        *table["project"]["dependencies"],
        *table["project"]["optional-dependencies"]["postgres"],
        "async-timeout>=4.0.3",  # redis wants it before Python 3.11.3: bookworm has 3.11.2
    ]
    with _one_at_a_time():
        if not kept.is_dir():
            made = kept.with_suffix(".new")
            shutil.rmtree(made, ignore_errors=True)
            _run(
                *(sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(made)),
                *("--only-binary=:all:", "--python-version", PYTHON),
                *("--constraint", str(ROOT / "requirements.lock"), *wanted),
            )
            made.rename(kept)
    return kept


def alone(folder: Path, *programs: Path, names: dict[str, str] | None = None) -> None:
    """Copy programs of this machine with every library they load: a root of their own.

    `names` are other paths that the copy of a program gets.
    """
    for program in programs:
        said = subprocess.run(
            ["ldd", str(program)], check=False, capture_output=True, text=True
        ).stdout
        for path in (str(program), *re.findall(r"(/\S+) \(0x", said)):
            target = folder / ((names or {}).get(path) or path).lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copy2(path, target)


def archived(folder: Path, target: Path) -> Path:
    """The folder as a tar that an engine imports, owned by root, readable by all."""

    def rooted(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        # Everybody may read, whatever umask the folder was made under: a test's own is private.
        entry.mode |= 0o555 if entry.isdir() or entry.mode & 0o100 else 0o444
        return entry

    with tarfile.open(target, "w") as archive:
        archive.add(folder, ".", filter=rooted)
    return target


@contextmanager
def _memory() -> Iterator[Path]:
    """A folder in memory where that may be mounted: installing packages syncs each file."""
    with tempfile.TemporaryDirectory(prefix="bt-base-") as name:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "none", name], check=False).returncode
        try:
            yield Path(name)
        finally:
            if mounted == 0:
                subprocess.run(["umount", "-l", name], check=True)


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=_PATIENCE,
        umask=0o022,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {(done.stdout + done.stderr)[-2000:]}")
