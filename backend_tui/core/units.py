"""Times and sizes in the units that people read."""

from __future__ import annotations


def duration_text(us: int) -> str:
    """µs in the unit read at a glance, at most 8 characters: 0, 153 µs, 1.83 ms, 2.5 s."""
    if us == 0:
        return "0"
    size = abs(us)
    if size < 1_000:
        return f"{us} µs"
    if size < 999_950:
        return f"{us / 1_000:.{2 if size < 9_995 else 1}f} ms"
    if size < 999_950_000:
        return f"{us / 1_000_000:.{2 if size < 9_995_000 else 1}f} s"
    return f"{us / 60_000_000:,.0f} min"


def bytes_text(size: int) -> str:
    """A size of at most 7 characters: 0 B, 812 B, 5.2 kB, 10 MB (decimal units)."""
    if size < 1_000:
        return f"{size} B"
    for unit, scale in (("kB", 1e3), ("MB", 1e6), ("GB", 1e9)):
        number = size / scale
        if number < 999.5:
            return f"{number:.{1 if number < 9.95 else 0}f} {unit}"
    return f"{size / 1e12:.1f} TB"
