"""When a process was started, as the system tells it: a pid that was given again has another."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

_PLATFORM: Final[str] = sys.platform


def started(pid: int) -> str | None:
    """An opaque text that no other process with this pid shares; None when there is no process."""
    if _PLATFORM == "linux":
        return _on_linux(pid)
    if _PLATFORM == "win32":
        return None
    asked = subprocess.run(
        ("/bin/ps", "-o", "lstart=", "-p", str(pid)), capture_output=True, text=True, check=False
    )
    return asked.stdout.strip() or None


def _on_linux(pid: int) -> str | None:
    """Clock ticks since boot, and which boot; a zombie counts as gone."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return None
    fields = status.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else f"{boot} {fields[19]}"
