"""Bytes as hexadecimal rows: an offset, sixteen bytes (or eight), and their readable characters."""

from __future__ import annotations

from typing import Final

from backend_tui.core.body.source import Buffer

_READABLE: Final = bytes(c if 0x20 <= c < 0x7F else 0x2E for c in range(256))


class HexRows:
    """Rows of `width` bytes; needs no index."""

    def __init__(self, width: int = 16) -> None:
        self.width = width
        self.size = 0
        self.buffer: Buffer = b""

    @property
    def count(self) -> int:
        return -(-self.size // self.width)

    def bounds(self, row: int) -> tuple[int, int]:
        start = min(row * self.width, self.size)
        return start, min(start + self.width, self.size)

    def row_at(self, offset: int) -> int:
        return min(offset // self.width, max(self.count - 1, 0))


def hex_parts(data: bytes, offset: int, width: int = 16) -> tuple[str, str, str]:
    """The offset, the bytes padded to a full row in groups of eight, and the characters."""
    pairs = [f"{byte:02x}" for byte in data]
    groups = [" ".join(pairs[i : i + 8]) for i in range(0, width, 8)]
    full = 3 * width - 1 + (width // 8 - 1)
    readable = data.translate(_READABLE).decode("ascii")
    return f"{offset:08x}", "  ".join(groups).ljust(full), readable
