"""What is told when the workbench itself is broken: the traceback, never the values it held."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

from backend_tui import __version__
from backend_tui.core.secrets import mask_json, mask_url
from backend_tui.core.text import clean


def report(error: BaseException) -> str:
    """Version and traceback without locals, secrets in messages masked, clean."""
    lines = traceback.format_exception(error)
    masked = mask_json(mask_url("".join(lines)))
    return clean(f"backend-tui {__version__}\n{masked}")


def keep(text: str, folder: Path) -> Path | None:
    """The file (0600) the report was written to; None when the folder takes none."""
    path = folder / "crash.txt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except OSError:
        return None
    return path


def farewell(text: str, path: Path | None) -> str:
    """What the person reads in their shell after a crash."""
    kept = f"The report is also in {path}. It holds no values." if path else ""
    lead = "The workbench stopped because of a fault of its own."
    return f"{text}\n{lead}\n{kept}".rstrip()
