"""Copying: by the desktop's own tool when local, else by the terminal (OSC 52), else a file."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend_tui.core.errors import BackendError

_TERMINAL_BYTES: Final = 74_000  # what common terminals still take, before base64
_PATIENCE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Copied:
    """How many characters went where; `str()` is the sentence for the person."""

    count: int
    way: str

    def __str__(self) -> str:
        unit = "character" if self.count == 1 else "characters"
        return f"copied {self.count:,} {unit} {self.way}".replace(",", " ")


def native_tool(environ: Mapping[str, str]) -> tuple[str, ...] | None:
    """The command that owns this desktop's clipboard, None over SSH or without a desktop."""
    if "SSH_CONNECTION" in environ or "SSH_TTY" in environ:
        return None
    candidates: list[tuple[str, ...]] = []
    if sys.platform == "darwin":
        candidates.append(("pbcopy",))
    if environ.get("WAYLAND_DISPLAY"):
        candidates.append(("wl-copy",))
    if environ.get("DISPLAY"):
        candidates += [("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")]
    if environ.get("WSL_DISTRO_NAME"):
        candidates.append(("clip.exe",))
    return next((c for c in candidates if shutil.which(c[0], path=environ.get("PATH"))), None)


async def copy(
    data: bytes,
    *,
    by_terminal: Callable[[str], None] | None,
    folder: Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Copied:
    """Copy the bytes as they are; `by_terminal` writes OSC 52 (`App.copy_to_clipboard`).

    Raises BackendError when not even a file can be written.
    """
    count = len(data.decode("utf-8", "replace"))
    tool = native_tool(environ)
    if tool is not None and await _piped(tool, data, environ):
        return Copied(count, f"via {tool[0]}")
    if by_terminal is not None and len(data) <= _TERMINAL_BYTES:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            text = None
        if text is not None:
            by_terminal(text)
            return Copied(count, "via the terminal (OSC 52)")
    path = await asyncio.to_thread(_written, data, folder or _own_folder())
    return Copied(count, f"to {path}: too much or not text for the terminal's clipboard")


async def _piped(tool: tuple[str, ...], data: bytes, environ: Mapping[str, str]) -> bool:
    nowhere = asyncio.subprocess.DEVNULL
    try:
        child = await asyncio.create_subprocess_exec(
            *tool, stdin=asyncio.subprocess.PIPE, stdout=nowhere, stderr=nowhere, env=dict(environ)
        )
    except OSError:
        return False
    try:
        await asyncio.wait_for(child.communicate(data), _PATIENCE)
    except (TimeoutError, OSError):
        if child.returncode is None:
            child.kill()
            await child.wait()
        return False
    return child.returncode == 0


def _own_folder() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("backend-tui")


def _written(data: bytes, folder: Path) -> Path:
    path = folder / "copied"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - opened above, for its mode
            file.write(data)
    except OSError as problem:
        raise BackendError(
            "Nothing could be copied.",
            f"{path}: {problem.strerror or problem}.",
            "Save it to a file of your choice instead.",
        ) from problem
    return path
