"""The bytes of an answer: in memory while small, in a temporary file beyond, kept as they came."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from backend_tui.core.errors import BackendError

IN_MEMORY: Final = 8 * 1024 * 1024


class Body:
    """A growing store of bytes; its file, when it has one, goes with the last reference."""

    def __init__(self, data: bytes = b"") -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - its life is ours
        self.size = 0
        if data:
            self.append(data)

    def append(self, data: bytes) -> None:
        """Add bytes at the end; `BackendError` when the disk is full."""
        try:
            self._file.seek(0, 2)
            self._file.write(data)
        except OSError as wrong:
            raise BackendError(
                "The answer could not be kept.",
                f"Writing it to a temporary file failed: {wrong.strerror}.",
                f"Make room in {tempfile.gettempdir()}, or ask for less.",
            ) from wrong
        self.size += len(data)

    def read(self, start: int = 0, length: int | None = None) -> bytes:
        """The bytes from `start`, all of the rest or at most `length`."""
        self._file.seek(start)
        return self._file.read(-1 if length is None else length)

    def rest(self) -> None:
        """Move what is in memory to the temporary file: nobody looks at it now."""
        if self.size:
            self._file.rollover()

    def save(self, path: Path) -> int:
        """Write all bytes to a new file and return how many; `BackendError` when that fails."""
        self._file.seek(0)
        try:
            with path.open("xb") as target:
                shutil.copyfileobj(self._file, target, 1 << 20)
        except OSError as wrong:
            raise BackendError(
                f"The body could not be saved to {path}.",
                f"{wrong.strerror}.",
                "Choose another name or folder.",
            ) from wrong
        return self.size
