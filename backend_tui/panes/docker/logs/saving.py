"""The kept lines as a file: the container's own bytes, without times and marks."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from backend_tui.core.body.file_name import create_new
from backend_tui.core.errors import BackendError
from backend_tui.panes.docker.logs.lines import MARK, LogLine


def file_name(container: str) -> str:
    """A name that can do no harm, whatever the container is called."""
    return f"{re.sub(r'[^A-Za-z0-9_.-]', '_', container).strip('.') or 'container'}.log"


def save(lines: Iterable[LogLine], name: str) -> tuple[Path, int, int]:
    """Write a new file; its path, lines and bytes. A name that is taken gets a number.

    Raises BackendError when it cannot be written whole.
    """
    wanted = Path(os.path.expanduser(name))  # noqa: PTH111 - a “~” that stands for nobody stays
    path, file = create_new(wanted.parent, wanted.name)
    count = size = 0
    try:
        with file:
            for line in lines:
                if line.source != MARK:
                    count += 1
                    size += file.write(line.data + b"\n")
    except OSError as problem:
        raise BackendError(
            f"{path} could not be written whole.", f"{problem.strerror or problem}."
        ) from problem
    return path, count, size
