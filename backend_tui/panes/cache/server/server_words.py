"""The server's tab as text: gauges over windows, facts, and the three reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from textual.content import Content

from backend_tui.core.text import shorten
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.cache.server.big_keys import BigKeys
from backend_tui.panes.cache.server.info import WINDOWS, History, Lookups, Window, number
from backend_tui.panes.cache.server.key_text import key_text
from backend_tui.panes.cache.server.logs import Logs
from backend_tui.panes.cache.server.server_model import ServerState
from backend_tui.panes.cache.server.words import (
    NONE,
    counted,
    own_words,
    ratio_text,
    seconds_text,
    spaced,
)

_LABEL: Final = 13
_COLUMN: Final = 11
_TITLES: Final = {"commands": "Commands", "logs": "Slow log", "big": "Big keys"}
_KEYS: Final = {"commands": "c", "logs": "l", "big": "b"}


def gauges(history: History, *, wide: bool) -> Content:
    """Lookups, ratio, commands, expired and evicted: a column for each window."""
    windows = [history.window(seconds) for seconds in (*WINDOWS, None)]
    zeroed = windows[-1]
    since = f"zeroed {seconds_text(zeroed.seconds)} ago" if zeroed else "since zeroed"
    heads = ["1 s", "10 s", "1 min", since]
    lines = [Content.styled(_row("", heads), "$text-muted")]
    lines.append(Content.styled(_row("hit ratio", [_ratio(w) for w in windows]), "bold"))
    rows = [
        ("hits", [_number(w.lookups.hits if w else None) for w in windows]),
        ("misses", [_number(w.lookups.misses if w else None) for w in windows]),
        ("commands/s", [_rate(w) for w in windows]),
        ("expired", [_number(w.expired if w else None) for w in windows]),
        ("evicted", [_number(w.evicted if w else None) for w in windows]),
    ]
    lines += [Content(_row(label, cells)) for label, cells in rows]
    words = "Every look at a key, EXISTS and TTL too: the app's own ratio is in Live."
    if zeroed and zeroed.own:
        words += f" {own_words(Lookups(zeroed.own))}."
    if history.restarts:
        words += " ▲ Restarted: counted anew."
    lines.append(Content.styled(words if wide else shorten(words, 200), "$text-muted"))
    return Content("\n").join(lines)


def facts(state: ServerState) -> Content:
    """Memory, keys, persistence and replication, a line each."""
    sample = state.history.last
    if sample is None:
        return Content("")
    said = sample.facts
    clients = f"{sample.clients} {counted('clients', sample.clients)}"
    keys = f"{spaced(sample.keys)}, {spaced(sample.volatile)} of them expire · {clients}"
    up = f"up {seconds_text(number(said, 'uptime_in_seconds'))}"
    lines = [
        ("memory", _memory(sample.memory, said)),
        ("keys", keys),
        ("kept on disk", _persistence(state, said)),
        ("replication", f"{_replication(said)} · {up}"),
    ]
    return Content("\n").join(
        Content.assemble((label.ljust(_LABEL), "$text-muted"), text) for label, text in lines
    )


def _memory(used: int, said: Mapping[str, str]) -> str:
    limit = number(said, "maxmemory")
    policy = said.get("maxmemory_policy", "")
    if not limit:
        return f"{bytes_text(used)}, no limit"
    return f"{bytes_text(used)} of {bytes_text(limit)} ({100 * used // limit} %) · {policy}"


def _persistence(state: ServerState, said: Mapping[str, str]) -> str:
    parts = []
    if said.get("aof_enabled") == "1":
        status = said.get("aof_last_write_status", "ok")
        fsync = state.identity.fsync if state.identity else ""
        parts.append(f"append-only file{f', fsync {fsync}' if fsync else ''}, {status}")
    saved = number(said, "rdb_last_save_time")
    changes = number(said, "rdb_changes_since_last_save")
    if said.get("rdb_last_bgsave_status") == "err":
        parts.append("▲ last snapshot failed")
    elif saved and not parts:
        parts.append(f"snapshots, {spaced(changes)} changes since the last")
    return " · ".join(parts) or "nothing"


def _replication(said: Mapping[str, str]) -> str:
    if said.get("role") == "slave":
        link = said.get("master_link_status", "?")
        sign = "●" if link == "up" else "✗"
        place = f"{said.get('master_host', '?')}:{said.get('master_port', '?')}"
        return f"replica of {place}, link {sign} {link}"
    count = number(said, "connected_slaves")
    return f"primary, {count} replica{'s' if count != 1 else ''}"


def tabs(state: ServerState) -> Content:
    """The reports, the chosen one bold."""
    parts: list[Content] = []
    for report, title in _TITLES.items():
        style = "bold $text-primary" if report == state.report else "$text-muted"
        mark = "▸" if report == state.report else " "
        parts.append(Content.styled(f"{mark}{_KEYS[report]} {title}", style))
    return Content("   ").join(parts)


def report(state: ServerState, width: int) -> Content:
    """The chosen report."""
    match state.report:
        case "commands":
            return _commands(state.history)
        case "logs":
            return _logs(state.logs, width)
        case _:
            return _big(state.big, width)


def _commands(history: History) -> Content:
    calls = history.calls()
    if not calls:
        return Content.styled("No commands since zeroed.", "$text-muted")
    lines = [Content.styled(f"{'command':<24}{'calls':>12}{'each':>12}", "$text-muted")]
    lines += [
        Content(f"{shorten(name, 23):<24}{spaced(count):>12}{_each(us):>12}")
        for name, count, us in calls
    ]
    return Content("\n").join(lines)


def _each(us: float) -> str:
    return duration_text(round(us)) if us >= 1 else "< 1 µs"


def _logs(logs: Logs | None, width: int) -> Content:
    if logs is None:
        return Content.styled("◌ Reading what the server remembers …", "$text-muted")
    lines: list[Content] = []
    if logs.entries:
        lines.append(
            Content.styled(f"{'at (UTC)':<10}{'what':<14}{'amount':>9}  command", "$text-muted")
        )
    for entry in logs.entries:
        amount = duration_text(entry.amount) if entry.kind == "slow" else bytes_text(entry.amount)
        text = f"{entry.at:%H:%M:%S}  {entry.kind:<14}{amount:>9}  {entry.command}"
        who = f"  {entry.name or entry.client}" if entry.client else ""
        lines.append(
            Content.assemble(shorten(text, max(width - len(who) - 2, 40)), (who, "$text-muted"))
        )
    if not logs.entries:
        lines.append(Content.styled("No slow or large command is remembered.", "$text-muted"))
    lines += [
        Content(f"latency  {each.event}: last {each.last_ms} ms, longest {each.longest_ms} ms")
        for each in logs.latencies
    ]
    lines += [Content.styled(note, "$text-muted") for note in logs.notes]
    return Content("\n").join(lines)


def _big(found: BigKeys | None, width: int) -> Content:
    if found is None:
        return Content.styled("◌ Measuring the keys …", "$text-muted")
    share = 100 * found.seen // found.expected if found.expected else 100
    sign = "✓" if found.is_done else f"◌ {min(share, 99)} %"
    about = "about " if found.every > 1 else ""
    head = f"{sign} {spaced(found.seen)} keys hold {about}{bytes_text(found.total)}"
    if found.every > 1:
        head += f" (1 key of {found.every} was measured)"
    lines = [Content.styled(head, "$text-muted")]
    lines += [
        Content(f"{bytes_text(size):>9}  {shorten(key_text(key), max(width - 14, 20))}")
        for size, key in found.largest
    ]
    return Content("\n").join(lines)


def _row(label: str, cells: Sequence[str]) -> str:
    return (
        label.ljust(_LABEL)
        + "".join(cell.rjust(_COLUMN) for cell in cells[:-1])
        + ("  " + cells[-1].rjust(_COLUMN))
    )


def _ratio(window: Window | None) -> str:
    return ratio_text(window.lookups if window else None)


def _number(value: int | None) -> str:
    return NONE if value is None else spaced(value)


def _rate(window: Window | None) -> str:
    rate = window.commands_per_s if window else None
    if rate is None:
        return NONE
    return f"{rate:.1f}" if rate < 100 else spaced(round(rate))
