"""The bytes of a body as they arrived: in memory while small, in an unlinked file beyond that."""

from __future__ import annotations

import mmap
import os
import tempfile
import threading
from pathlib import Path
from typing import IO, Final

from backend_tui.core.errors import BackendError

Buffer = bytes | mmap.mmap

_IN_MEMORY: Final = 1 << 20
_COPY: Final = 1 << 20


class BodySource:
    """Grows at its end until `finish`; what is there never changes, so readers need no lock.

    `append` and `spill` raise `BackendError` when the disk takes no more.
    """

    def __init__(self) -> None:
        self._memory: bytes | bytearray = b""
        self._file: IO[bytes] | None = None
        self._map: mmap.mmap | None = None
        self._spilling = threading.Lock()
        self.size = 0
        self.is_complete = False

    @classmethod
    def of_bytes(cls, data: bytes | bytearray | memoryview) -> BodySource:
        """A complete body that is in memory already; a `bytes` is not copied."""
        source = cls()
        source._memory = data if isinstance(data, bytes) else bytes(data)
        source.size = len(data)
        source.is_complete = True
        return source

    @classmethod
    def of_file(cls, path: Path) -> BodySource:
        """A complete body that is in a file, which must not shrink while it is read."""
        source = cls()
        try:
            source._file = path.open("rb")
        except OSError as problem:
            raise _storage_problem("The body's file cannot be read.", problem) from problem
        source.size = os.fstat(source._file.fileno()).st_size
        source.is_complete = True
        return source

    def append(self, chunk: bytes) -> None:
        """Add what arrived next."""
        with self._spilling:
            if self._file is None and self.size + len(chunk) <= _IN_MEMORY:
                if not isinstance(self._memory, bytearray):
                    self._memory = bytearray(self._memory)
                self._memory += chunk
            else:
                self._write(chunk)
            self.size += len(chunk)

    def finish(self) -> None:
        """Nothing more will come."""
        self.is_complete = True

    def buffer(self) -> Buffer:
        """Everything there is now, as one object that stays as it is; cheap, for any thread."""
        file, size = self._file, self.size
        if file is None:
            memory = self._memory
            return memory if isinstance(memory, bytes) else bytes(memory)
        if size == 0:
            return b""
        held = self._map
        if held is None or len(held) < size:
            file.flush()
            held = self._map = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ)
        return held

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` up to `stop`, fewer at the end."""
        return self.buffer()[start:stop]

    def spill(self) -> int:
        """The descriptor of a file that holds all of it; writes it first when it is in memory."""
        with self._spilling:
            file = self._to_file()
            file.flush()
            return file.fileno()

    def write_to(self, target: IO[bytes]) -> int:
        """Write the original bytes in slices; the number written."""
        buffer, size = self.buffer(), self.size
        for start in range(0, size, _COPY):
            target.write(buffer[start : min(start + _COPY, size)])
        return size

    def close(self) -> None:
        """Let go of memory and file; the map goes when its last reader does."""
        file, self._file = self._file, None
        self._map, self._memory, self.size = None, b"", 0
        if file is not None:
            file.close()

    def _write(self, chunk: bytes) -> None:
        file, rest = self._to_file(), memoryview(chunk)
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError as problem:
            raise _storage_problem("The body cannot be kept on disk.", problem) from problem

    def _to_file(self) -> IO[bytes]:
        if self._file is None:
            try:
                file = tempfile.TemporaryFile(prefix="backend-tui-body-", buffering=0)  # noqa: SIM115
                memory = memoryview(self._memory)
                for start in range(0, self.size, _COPY):
                    file.write(memory[start : start + _COPY])
                memory.release()
            except OSError as problem:
                raise _storage_problem("The body cannot be kept on disk.", problem) from problem
            self._file, self._memory = file, b""
        return self._file


def _storage_problem(what: str, problem: OSError) -> BackendError:
    return BackendError(
        what,
        f"{problem.strerror or problem}.",
        "Free some space in the temporary folder, or point TMPDIR at another disk.",
    )
