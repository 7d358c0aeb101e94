"""Write-back in lines: whether it is on, what it survives, what waits, what the flusher did."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from backend_tui.panes.cache.live.counts import NONE
from backend_tui.panes.cache.strategies.write_back import DirtyKey, WriteBack
from backend_tui.ui.record_table import Column

_STATES: Final = {
    "running": ("●", "$text-success"),
    "stopped": ("■", "$text-warning"),
    "killed": ("✗", "$text-error"),
}
_OFF: Final = "○ Off: each write is in the database before it is acknowledged. u defers them."

DIRTY: Final[tuple[Column[DirtyKey], ...]] = (
    Column("dirty key", lambda each: (each.key, "strong"), 24),
    Column("since", lambda each: (f"{each.since_s:.1f} s", "plain"), 8, is_number=True),
    Column("writes", lambda each: (str(each.entries), "plain"), 6, is_number=True),
    Column("newest value", lambda each: (each.value, "muted"), 0),
)


def state_lines(found: WriteBack) -> Content:
    """Four lines that say how it stands."""
    if not found.is_on and not found.pending:
        return Content("\n").join([Content.styled(_OFF, "$text-muted"), *_numbers(found)])
    glyph, tone = _STATES.get(found.state, ("?", "$text-muted"))
    runs_as = f" ({_process(found.runs_as)})" if found.runs_as else ""
    mode_tone = "bold $text-error" if found.mode == "naive" else "bold"
    head = Content.assemble(
        (found.mode, mode_tone),
        "  flusher ",
        (f"{glyph} {found.state}{runs_as}", tone),
        f"  every {found.every_s:g} s",
        f"  fsync {found.fsync or NONE}",
        ("  for " + ", ".join(found.routes) if found.routes else "", "$text-muted"),
    )
    lines = [head, Content.styled(found.survives, "$text-muted")]
    if found.is_log_lost:
        lines.append(Content.styled("✗ The log has vanished. N begins a new one.", "$text-error"))
    elif found.away:
        lines.append(Content.styled(f"✗ {found.away}", "$text-error"))
    return Content("\n").join([*lines, *_numbers(found)])


def _numbers(found: WriteBack) -> list[Content]:
    waits = bool(found.pending)
    dead = len(found.dead_letters)
    oldest = f", oldest {found.lag_s:.1f} s" if waits and found.lag_s is not None else ""
    waiting = f"waiting {_count(found.pending, 'write')} of {_count(found.dirty_count, 'key')}"
    waiting_tone = "bold $text-warning" if waits else "$text-muted"
    log = Content.styled(
        f"newest {found.last_id or NONE}   applied up to {found.watermark or NONE}", "$text-muted"
    )
    has_log = found.mode != "naive"
    length = f"   log {_count(found.log_length, 'entry')}" if has_log else "   no log"
    return [
        Content.assemble((f"{waiting}{oldest}", waiting_tone), length),
        *([log] if has_log else []),
        Content.assemble(
            f"flushes {found.flushes}  applied {found.applied}  merged {found.merged}",
            (f"  replays skipped {found.replays_skipped}", "$text-muted"),
            (f"  dead letters {dead}", "bold $text-error" if dead else "$text-muted"),
            (f"  lost {found.lost}", "bold $text-error") if found.lost else "",
        ),
    ]


def nothing_waits(found: WriteBack) -> str:
    """What an empty list of dirty keys means."""
    if found.lost:
        return f"Nothing waits; {_count(found.lost, 'acknowledged write')} died with the flusher."
    return "Nothing waits: all that is acknowledged is in the database."


def _process(runs_as: str) -> str:
    return f"pid {runs_as}" if runs_as.isdecimal() else runs_as


def _count(number: int | None, what: str) -> str:
    if number is None:
        return f"{NONE} {what}s"
    many = "entries" if what == "entry" else f"{what}s"
    return f"{number} {what if number == 1 else many}"
