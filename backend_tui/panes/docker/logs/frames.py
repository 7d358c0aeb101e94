"""Bytes of `GET /containers/{id}/logs` into lines: multiplexed frames, or a terminal's raw text.

The engine cuts a line after 16 KiB and puts its time before each piece; the pieces become one line
again. Whatever it sends, memory stays bounded.
"""

from __future__ import annotations

from typing import Final

from backend_tui.panes.docker.logs.lines import ENGINE, OUT, LogLine, Stamps

PIECE: Final = 16_384
LONGEST: Final = 2 << 20
"""Bytes of a line that are kept; the rest is counted."""
_HEADER: Final = 8
_WIDEST: Final = 16 << 20  # a frame that says more than this is no frame


class FrameDecoder:
    """Frames of (stream, 3 zeros, length), as the engine writes for containers without terminal."""

    def __init__(self) -> None:
        self._rest = b""
        self._stamps = Stamps()
        self._open: dict[int, _Pieces] = {}
        self._raw: RawDecoder | None = None

    def __call__(self, chunk: bytes) -> list[LogLine]:
        if self._raw is not None:
            return self._raw(chunk)
        data = self._rest + chunk if self._rest else chunk
        at, end = 0, len(data)
        lines: list[LogLine] = []
        while at + _HEADER <= end:
            size = int.from_bytes(data[at + 4 : at + 8])
            if data[at] > ENGINE or data[at + 1 : at + 4] != b"\0\0\0" or size > _WIDEST:
                self._raw = RawDecoder()  # no frames after all: some engines send text
                return [*lines, *self._raw(data[at:])]
            stop = at + _HEADER + size
            if stop > end:
                break
            self._take(data[at] or OUT, data[at + _HEADER : stop], lines)
            at = stop
        self._rest = data[at:]
        return lines

    def rest(self) -> list[LogLine]:
        """The lines that had no end yet; to be asked when the stream is over."""
        if self._raw is not None:
            return self._raw.rest()
        lines = [pieces.line(source) for source, pieces in self._open.items()]
        self._open.clear()
        return lines

    def _take(self, source: int, payload: bytes, lines: list[LogLine]) -> None:
        at, start = self._stamps.read(payload)
        pieces = self._open.pop(source, None)
        if pieces is not None:
            pieces.add(payload[start:].rstrip(b"\n"))
            if payload.endswith(b"\n") or len(payload) - start < PIECE:
                lines.append(pieces.line(source))
            else:
                self._open[source] = pieces
            return
        if payload.find(b"\n") == len(payload) - 1:
            lines.append(LogLine(at, source, payload[start:-1]))
            return
        *whole, last = payload[start:].split(b"\n")
        for text in whole:  # drivers that keep a line break inside of an entry
            stamp, begin = self._stamps.read(text)
            lines.append(LogLine(stamp or at, source, text[begin:]))
        if len(last) >= PIECE:
            self._open[source] = _Pieces(at, last)
        elif last:  # written without an end, before the container ended
            lines.append(LogLine(at, source, last))


class RawDecoder:
    """What a terminal got: one stream, lines ended by CR LF."""

    def __init__(self) -> None:
        self._rest = b""
        self._lost = 0
        self._stamps = Stamps()

    def __call__(self, chunk: bytes) -> list[LogLine]:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        lines: list[LogLine] = []
        for text in whole:
            lines.append(self._line(text, self._lost))
            self._lost = 0
        if len(self._rest) > LONGEST:
            self._lost += len(self._rest) - LONGEST
            self._rest = self._rest[:LONGEST]
        return lines

    def rest(self) -> list[LogLine]:
        """The line that had no end yet; to be asked when the stream is over."""
        text, self._rest = self._rest, b""
        lost, self._lost = self._lost, 0
        return [self._line(text, lost)] if text else []

    def _line(self, text: bytes, lost: int) -> LogLine:
        at, start = self._stamps.read(text)
        if len(text) - start > PIECE and at:
            text, start = self._joined(text, start), 0
        text = text[start:].removesuffix(b"\r")
        return LogLine(at, OUT, text[:LONGEST], lost + max(len(text) - LONGEST, 0))

    def _joined(self, text: bytes, start: int) -> bytes:
        """Without the times that were put before each piece."""
        pieces: list[bytes] = []
        while True:
            pieces.append(text[start : start + PIECE])
            at, following = self._stamps.read(text, start + PIECE)
            if not at:
                pieces.append(text[start + PIECE :])
                return b"".join(pieces)
            start = following


class _Pieces:
    """A line that arrives in pieces."""

    def __init__(self, at: int, first: bytes) -> None:
        self._at = at
        self._parts = [first]
        self._size = len(first)
        self._lost = 0

    def add(self, part: bytes) -> None:
        room = LONGEST - self._size
        self._lost += max(len(part) - room, 0)
        if room > 0:
            self._parts.append(part[:room])
            self._size += min(len(part), room)

    def line(self, source: int) -> LogLine:
        return LogLine(self._at, source, b"".join(self._parts), self._lost)


Decoder = FrameDecoder | RawDecoder


def decoder(*, is_tty: bool) -> Decoder:
    """The right one for a container."""
    return RawDecoder() if is_tty else FrameDecoder()
