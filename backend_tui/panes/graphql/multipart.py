"""The parts of a multipart/mixed body as they arrive, whatever the chunks are cut like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final

from backend_tui.core.errors import BackendError

LONGEST_PART: Final = 64 * 1024 * 1024


def boundary_of(content_type: str) -> str:
    """The boundary a content type names, `-` when it names none, as incremental delivery does."""
    message = Message()
    message["Content-Type"] = content_type
    found = message.get_param("boundary")
    return found if isinstance(found, str) and found else "-"


@dataclass
class PartParser:
    """Turns chunks into the bodies of parts; `is_complete` once the closing boundary came.

    Raises `BackendError` for a part of more than 64 MB.
    """

    boundary: str
    is_complete: bool = False
    _pending: bytes = b"\r\n"
    _is_inside: bool = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """The bodies that this chunk completes; a preamble and what follows the end are left."""
        self._pending += chunk
        mark = b"\r\n--" + self.boundary.encode("latin-1", "replace")
        while not self.is_complete:
            at = self._pending.find(mark)
            if at < 0:
                if not self._is_inside:
                    self._pending = self._pending[-len(mark) :]
                break
            behind = at + len(mark)
            if len(self._pending) < behind + 2:
                break  # whether this boundary is the last one is not known yet
            part, tail = self._pending[:at], self._pending[behind : behind + 2]
            if tail not in (b"\r\n", b"--") and tail[:1] not in (b" ", b"\t", b"\n"):
                if not self._is_inside:
                    self._pending = self._pending[behind:]
                    continue
                break
            if self._is_inside:
                yield _body(part)
            self._is_inside = True
            self.is_complete = tail == b"--"
            self._pending = self._pending[behind:]
        if len(self._pending) > LONGEST_PART:
            raise BackendError(
                "A part of the answer is too long.", f"It has more than {LONGEST_PART >> 20} MB."
            )

    def rest(self) -> bytes | None:
        """The body of a part whose end never came; None when there is none."""
        if self.is_complete or not self._is_inside:
            return None
        return _body(self._pending) or None


def _body(part: bytes) -> bytes:
    """The part without its headers."""
    head, found, body = part.partition(b"\r\n\r\n")
    if not found:
        head, found, body = part.partition(b"\n\n")
    return body.strip() if found else b"" if b":" in head else head.strip()
