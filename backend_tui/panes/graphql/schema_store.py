"""Introspection results kept on disk, one file an endpoint, so that the schema is there at once."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

_NAME_LENGTH: Final = 24


@dataclass(frozen=True, slots=True)
class SchemaStore:
    """A folder of results; every method blocks. What cannot be kept or read is as if not there."""

    folder: Path

    def load(self, url: str) -> tuple[bytes, datetime] | None:
        """The result of an endpoint and when it was kept."""
        path = self._path(url)
        try:
            return path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError:
            return None

    def keep(self, url: str, data: bytes) -> None:
        """Keep the result of an endpoint, readable by this user alone."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(prefix=".new-", dir=self.folder)
        except OSError:
            return
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            Path(name).replace(self._path(url))
        except OSError:
            Path(name).unlink(missing_ok=True)

    def forget(self, url: str) -> None:
        """Let go of one that could not be read."""
        try:
            self._path(url).unlink(missing_ok=True)
        except OSError:
            return

    def _path(self, url: str) -> Path:
        digest = hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:_NAME_LENGTH]
        return self.folder / f"{digest}.json"
