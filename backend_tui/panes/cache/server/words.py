"""The words of numbers: spaced thousands, seconds as people say them, ratios, dashes for none."""

from __future__ import annotations

from collections.abc import Sequence

from backend_tui.core.units import bytes_text
from backend_tui.panes.cache.server.detail import Detail
from backend_tui.panes.cache.server.info import Lookups
from backend_tui.panes.cache.server.keys_model import KeysState

NONE = "–"  # noqa: RUF001 - the dash that stands for nothing


def spaced(number: int) -> str:
    """1 284 031, by narrow no-break spaces' plain sister."""
    return f"{number:,}".replace(",", " ")


def counted(unit: str, count: int) -> str:
    """The plural unit, or its singular for one: entries, entry."""
    if count != 1:
        return unit
    return "entry" if unit == "entries" else unit.removesuffix("s")


def ratio_text(lookups: Lookups | None) -> str:
    """`97.3 %`; a dash when there was no request; never rounded up to 100."""
    if lookups is None or lookups.ratio is None:
        return NONE
    percent = 100 * lookups.ratio
    if lookups.misses and percent > 99.9:
        return ">99.9 %"
    return f"{percent:.1f} %" if percent < 100 else "100 %"


def seconds_text(seconds: float) -> str:
    """4.2 s, 12 min 5 s, 3 h 20 min, 12 d 4 h."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    for unit, below, size, small in (
        ("min", "s", 60, 1),
        ("h", "min", 3_600, 60),
        ("d", "h", 86_400, 3_600),
    ):
        if whole < size:
            break
        found = f"{whole // size} {unit} {whole % size // small} {below}"
        if whole < size * (60 if unit != "h" else 24) or unit == "d":
            return found
    return f"{whole} s"


def ttl_text(ttl_ms: float | None) -> str:
    """How long it still lives."""
    return "no expiry" if ttl_ms is None else f"expires in {seconds_text(max(ttl_ms, 0) / 1000)}"


def detail_words(detail: Detail, ttl_ms: float | None, width: int = 1_000) -> str:
    """The facts of an open key, in lines of at most so many cells."""
    facts = [detail.type]
    if detail.encoding and detail.encoding != detail.type:
        facts.append(detail.encoding)
    if detail.length is not None:
        facts.append(f"{spaced(detail.length)} {counted(detail.unit, detail.length)}")
    if detail.memory is not None:
        facts.append(f"{bytes_text(detail.memory)} in memory")
    if "PTTL" not in detail.untold:
        facts.append(ttl_text(ttl_ms))
    facts += [f"{name} not allowed" for name in detail.untold]
    return wrapped(facts, width)


def wrapped(facts: Sequence[str], width: int) -> str:
    """Facts side by side, broken between two of them and never within one."""
    lines = [""]
    for fact in facts:
        longer = f"{lines[-1]} · {fact}" if lines[-1] else fact
        if lines[-1] and len(longer) > width:
            lines.append(fact)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def shown_words(detail: Detail) -> str:
    """What kind of value it is and how much of it is on screen."""
    value = detail.value
    parts = [value.kind if detail.type == "string" else ""]
    if not detail.is_whole and detail.length:
        if detail.type == "string":
            parts.append(f"showing {bytes_text(detail.shown)} of {bytes_text(detail.length)}")
        else:
            newest = "newest " if detail.type == "stream" else ""
            parts.append(
                f"showing {newest}{spaced(detail.shown)} of {spaced(detail.length)} {detail.unit}"
            )
    parts.append(value.note)
    return " · ".join(part for part in parts if part)


def scan_words(state: KeysState) -> str:
    """How far the scan is, and what our own looking has cost."""
    far = spaced(state.kept)
    match state.phase:
        case "waiting":
            words = "◌ opening"
        case "scanning":
            share = f" {100 * state.seen // state.expected} %" if state.expected else ""
            words = f"◌ {far} keys{share}"
        case "done":
            words = f"✓ {far} key{'s' if state.kept != 1 else ''}"
        case "stopped":
            words = f"■ {far} keys, stopped"
        case "lost":
            words = f"✗ {far} keys, lost"
    if state.left_out:
        words += f" · {spaced(state.left_out)} more not kept"
    if state.pattern:
        words += f" match of {spaced(state.expected)}" if state.phase == "done" else " match"
    return words


def own_words(own: Lookups) -> str:
    """What our looking at keys added to the server's counters."""
    if not own.total:
        return ""
    return f"{spaced(own.total)} own lookup{'s' if own.total != 1 else ''} left out"
