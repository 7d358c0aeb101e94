"""A folder of our own: made private, tried out, and its failures put in words."""

from __future__ import annotations

import errno
import tempfile
from pathlib import Path
from typing import Final

from backend_tui.core.errors import MissingError
from backend_tui.core.text import clean_line

_WHY: Final = {
    errno.ENOSPC: ("The disk is full.", "Free some space"),
    errno.EDQUOT: ("Your disk quota is used up.", "Free some space"),
    errno.EROFS: ("The file system is read-only.", "Mount it writable"),
    errno.EACCES: ("You have no right to write there.", "Give yourself the right"),
    errno.EPERM: ("You have no right to write there.", "Give yourself the right"),
    errno.ENOTDIR: ("A file is in the way.", "Move the file away"),
    errno.EEXIST: ("A file is in the way.", "Move the file away"),
}


def made(folder: Path) -> Path:
    """The folder, there and writable (0700 when we make it). Raises `MissingError`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(b"\0" * 4096)
            probe.flush()
    except OSError as wrong:
        raise unwritable(folder, wrong) from wrong
    return folder


def unwritable(folder: Path, wrong: OSError) -> MissingError:
    """Why a folder cannot be written, and what to do."""
    why, remedy = _WHY.get(wrong.errno or 0, (clean_line(str(wrong)), "Mend that"))
    return MissingError(
        f"The data directory {clean_line(str(folder))} cannot be written.",
        why,
        f"{remedy}, or choose another place with --data-dir.",
    )
