"""The columns of the containers' table: what a cell says, how wide it is, by what it sorts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from backend_tui.core.units import bytes_text
from backend_tui.panes.docker.acts import ACTS
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.model import SortKey
from backend_tui.panes.docker.rows import ContainerRow, GroupRow

Tone = Literal["plain", "strong", "muted", "good", "warning", "error", "accent"]
Cell = tuple[str, Tone]

NOTHING: Final[Cell] = ("", "plain")
UNKNOWN: Final[Cell] = ("–", "muted")  # noqa: RUF001 - a dash: not measured


@dataclass(frozen=True, slots=True)
class TableColumn:
    """`width` in cells, 0 shares what is left; left out of tables narrower than `above`."""

    title: str
    cell: Callable[[ContainerRow, float], Cell]
    width: int
    sort: SortKey | None = None
    is_number: bool = False
    above: int = 0
    group: Callable[[GroupRow], Cell] = lambda _: NOTHING


def state_cell(row: ContainerRow) -> Cell:
    """A symbol and a word: what it does, or what is being done to it."""
    if row.doing is not None:
        return f"◌ {ACTS[row.doing].doing}", "warning"
    container = row.container
    match container.state:
        case "running":
            match container.health:
                case "healthy":
                    return "● healthy", "good"
                case "unhealthy":
                    return "▲ unhealthy", "error"
                case "starting":
                    return "◌ starting", "warning"
                case _:
                    return "● running", "good"
        case "paused":
            return "‖ paused", "warning"
        case "restarting":
            return "↻ restarts", "warning"
        case "removing":
            return "◌ removing…", "warning"
        case "created":
            return "○ created", "muted"
        case "exited":
            code = container.exit_code
            if code:
                return f"✗ exited {code}", "error"
            return "○ exited", "muted"
        case "dead":
            return "✗ dead", "error"


def duration_words(seconds: float) -> str:
    """As short as can be read: 12 s, 3 min, 5 h, 9 d, 4 mo."""
    for unit, size in (("y", 31_536_000), ("mo", 2_592_000), ("d", 86_400), ("h", 3600)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 60:.0f} min" if seconds >= 60 else f"{seconds:.0f} s"


def percent(value: float) -> str:
    """At most six characters: 0.3, 12.5, 100, 1600."""
    return f"{value:.1f}" if value < 99.95 else f"{value:.0f}"


def _name(row: ContainerRow, _: float) -> Cell:
    container = row.container
    name = container.service if row.is_grouped and container.service else container.name
    return name, "strong" if container.is_alive else "plain"


def _group_state(group: GroupRow) -> Cell:
    return f"{group.running}/{len(group.containers)} run", "muted"


def _cpu(row: ContainerRow, _: float) -> Cell:
    sample = row.sample
    if sample is None:
        return UNKNOWN if row.container.is_alive else NOTHING
    if sample.cpu is None:
        return "…", "muted"
    share = sample.cpu / max(sample.cores, 1)
    tone: Tone = "error" if share >= 90 else "warning" if share >= 50 else "plain"
    return percent(sample.cpu), tone


def _memory(row: ContainerRow, _: float) -> Cell:
    sample = row.sample
    if sample is None:
        return UNKNOWN if row.container.is_alive else NOTHING
    return bytes_text(sample.memory), "plain"


def _share(row: ContainerRow, _: float) -> Cell:
    sample = row.sample
    if sample is None:
        return NOTHING
    share = sample.memory_share
    tone: Tone = "error" if share >= 90 else "warning" if share >= 75 else "muted"
    return percent(share), tone


def _network(row: ContainerRow, _: float) -> Cell:
    sample = row.sample
    if sample is None:
        return NOTHING
    if sample.received is None or sample.sent is None:
        return UNKNOWN
    return _pair(sample.received, sample.sent)


def _block(row: ContainerRow, _: float) -> Cell:
    sample = row.sample
    return _pair(sample.block_read, sample.block_written) if sample else NOTHING


def _pair(first: int, second: int) -> Cell:
    return f"{_short(first)}/{_short(second)}", "plain" if first or second else "muted"


def _short(size: int) -> str:
    return bytes_text(size).replace(" ", "").removesuffix("B") or "0"


def _pids(row: ContainerRow, _: float) -> Cell:
    sample = row.sample
    return (str(sample.pids), "plain") if sample and sample.pids is not None else NOTHING


def _uptime(row: ContainerRow, now: float) -> Cell:
    up = row.container.uptime(now)
    return (duration_words(up), "plain") if up is not None else NOTHING


def _ports(row: ContainerRow, _: float) -> Cell:
    return ports_text(row.container), "plain"


def ports_text(container: Container) -> str:
    """Published ports first: 8080→80, 443."""
    return ", ".join(str(each) for each in container.ports)


COLUMNS: Final[tuple[TableColumn, ...]] = (
    TableColumn("state", lambda row, _: state_cell(row), 13, "state", group=_group_state),
    TableColumn("name", _name, 0, "name"),
    TableColumn("image", lambda row, _: (row.container.image, "muted"), 0, "image", above=64),
    TableColumn(
        "cpu %",
        _cpu,
        6,
        "cpu",
        is_number=True,
        group=lambda group: (percent(group.cpu), "muted") if group.cpu is not None else NOTHING,
    ),
    TableColumn(
        "memory",
        _memory,
        7,
        "memory",
        is_number=True,
        group=lambda group: (
            (bytes_text(group.memory), "muted") if group.memory is not None else NOTHING
        ),
    ),
    TableColumn("mem %", _share, 5, None, is_number=True, above=76),
    TableColumn("net in/out", _network, 12, "network", is_number=True, above=100),
    TableColumn("block r/w", _block, 12, "block", is_number=True, above=116),
    TableColumn("pids", _pids, 5, "pids", is_number=True, above=88),
    TableColumn("ports", _ports, 14, None, above=124),
    TableColumn("up", _uptime, 6, "uptime", is_number=True),
)
SORTS: Final[tuple[SortKey, ...]] = (
    *("name", "state", "image", "cpu", "memory", "network", "block", "pids", "uptime"),
)
