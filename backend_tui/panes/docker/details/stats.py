"""What the chosen container uses, as graphs of 1 to 15 minutes with its limits drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid
from textual.content import Content
from textual.widgets import Static

from backend_tui.core.units import bytes_text
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.columns import percent
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details.section import DetailSection
from backend_tui.panes.docker.engine.stats import Sample
from backend_tui.panes.docker.history import Point, rates
from backend_tui.panes.docker.widgets.chart import Chart, Curve

Scale = Literal["core", "host"]
MINUTES: Final = (1, 5, 15)
_ALIVE: Final = ("running", "paused", "restarting")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the container was given: cores, bytes, processes; None where it has no limit."""

    cores: float | None = None
    memory: int | None = None
    pids: int | None = None


def limits_of(document: Mapping[str, object]) -> Limits:
    """The limits in what `inspect` tells."""
    host = document.get("HostConfig")
    said = host if isinstance(host, Mapping) else {}
    nano, quota = _count(said, "NanoCpus"), _count(said, "CpuQuota")
    cores = nano / 1e9 if nano else None
    if cores is None and quota:
        cores = quota / (_count(said, "CpuPeriod") or 100_000)
    return Limits(cores, _count(said, "Memory"), _count(said, "PidsLimit"))


def curves(samples: Sequence[Sample], limits: Limits, scale: Scale) -> tuple[Curve, ...]:
    """CPU, memory, network and block devices; empty without a sample."""
    if not samples:
        return ()
    newest = samples[-1]
    return (_cpu(samples, limits, scale), _memory(samples, limits, newest), *_traffic(samples))


def _cpu(samples: Sequence[Sample], limits: Limits, scale: Scale) -> Curve:
    newest = samples[-1]
    cores = max(newest.cores, 1)
    by = cores if scale == "host" else 1
    limit = 100 * (limits.cores or cores) / by
    said = f"{percent(newest.cpu / by)} %" if newest.cpu is not None else "…"
    throttled = f"  ▲ held back {newest.throttled} times" if newest.throttled else ""
    return Curve(
        "cpu",
        [(each.at, each.cpu / by) for each in samples if each.cpu is not None],
        lambda value: f"{percent(value)} %",
        f"{said}, limit {percent(limit)} %{throttled}",
        limit,
        least_top=2.0 / by,
    )


def _memory(samples: Sequence[Sample], limits: Limits, newest: Sample) -> Curve:
    is_own = limits.memory is not None
    limit = limits.memory or newest.limit
    share = 100 * newest.memory / limit if limit else 0.0
    whose = "limit" if is_own else "host has"
    return Curve(
        "memory",
        [(each.at, float(each.memory)) for each in samples],
        lambda value: bytes_text(int(value)),
        f"{bytes_text(newest.memory)}  {percent(share)} %, {whose} {bytes_text(limit)}",
        float(limit) if limit else None,
        least_top=1e6,
    )


def _traffic(samples: Sequence[Sample]) -> tuple[Curve, Curve]:
    newest = samples[-1]
    received = rates(samples, [each.received for each in samples])
    sent = rates(samples, [each.sent for each in samples])
    if newest.received is None or newest.sent is None:
        network = "none of its own"
    else:
        network = f"in {_rate(received)}  out {_rate(sent)}  since start "
        network += f"{bytes_text(newest.received)} / {bytes_text(newest.sent)}"
    read = rates(samples, [each.block_read for each in samples])
    written = rates(samples, [each.block_written for each in samples])
    blocks = f"read {_rate(read)}  written {_rate(written)}  since start "
    blocks += f"{bytes_text(newest.block_read)} / {bytes_text(newest.block_written)}"
    return (
        Curve("network", _summed(received, sent), _per_second, network, least_top=1e3),
        Curve("block devices", _summed(read, written), _per_second, blocks, least_top=1e3),
    )


class StatsSection(DetailSection):
    """Four graphs over the samples that the table is measured by: no stream of its own."""

    DEFAULT_CSS = """
    StatsSection {
        & > Grid { grid-size: 2 2; grid-gutter: 0 1; height: 1fr; }
        & > #stats-words { height: auto; padding: 0 1; color: $text-muted; }
        & > Grid.-empty { display: none; }
        &:focus > #stats-words { color: $foreground; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "scale", "Core or host", tooltip="100 % CPU is one core, or the whole host"),
        Binding("t", "span", "1, 5, 15 min", tooltip="How long a time the graphs show"),
    ]
    can_focus = True

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-stats")
        self.limits = Limits()
        self.scale: Scale = "core"
        self.minutes = MINUTES[0]

    def compose(self) -> ComposeResult:
        yield Static(markup=False, id="stats-words")
        with Grid():
            for name in ("cpu", "memory", "network", "block"):
                yield Chart(id=f"stats-{name}")

    def on_mount(self) -> None:
        super().on_mount()
        self.draw()

    def choose(self) -> None:
        self.limits = Limits()
        self.draw()

    def changed(self, before: Container) -> None:
        if self.container is not None and self.container.state != before.state:
            self.look_again()
            self.draw()

    def sampled(self, sample: Sample) -> None:  # noqa: ARG002 - the history has it already
        self.draw()

    def gone(self) -> None:
        self.draw()

    async def look(self, container: Container) -> None:
        """Its limits; the samples come with the table's."""
        self.draw()
        self.limits = limits_of(await self.client.inspect(container.id))
        self.draw()

    def draw(self) -> None:
        """All four graphs from what is known now."""
        if not self.is_attached or not self.is_shown:
            return
        samples = self.client.history.of(self.container.id) if self.container else ()
        found = curves(samples, self.limits, self.scale)
        grid = self.query_one(Grid)
        grid.set_class(not found, "-empty")
        for chart, curve in zip(grid.query(Chart), found, strict=False):
            chart.show(curve, samples[-1].at, self.minutes * 60.0)
        self.query_one("#stats-words", Static).update(self._words(samples))

    def action_scale(self) -> None:
        self.scale = "host" if self.scale == "core" else "core"
        self.draw()

    def action_span(self) -> None:
        self.minutes = MINUTES[(MINUTES.index(self.minutes) + 1) % len(MINUTES)]
        self.draw()

    def _words(self, samples: Sequence[Sample]) -> Content:
        container = self.container
        if container is None:
            return Content("No container is chosen.")
        state = "removed" if self.is_gone else container.state
        if state not in _ALIVE:
            kept = " What it used before is shown." if samples else " S starts it."
            return Content(f"It is {state}: it uses nothing.{kept}")
        if not samples:
            return Content("Measuring: the first two samples take about two seconds.")
        newest = samples[-1]
        pids = f"{newest.pids} processes" if newest.pids is not None else ""
        if self.limits.pids and self.limits.pids > 0:
            pids += f" of {self.limits.pids}"
        span = f"t: last {self.minutes} min"
        scale = f"m: 100 % is {'the host' if self.scale == 'host' else 'one core'}"
        cores = f"{newest.cores} cores"
        if self.limits.cores:
            cores = f"{self.limits.cores:g} of {cores}"
        return Content("  ·  ".join(part for part in (span, scale, cores, pids) if part))


def _summed(first: list[Point], second: list[Point]) -> list[Point]:
    """The sum of two rates that were taken at the same times."""
    return [(at, one + two) for (at, one), (_, two) in zip(first, second, strict=False)]


def _rate(points: list[Point]) -> str:
    return _per_second(points[-1][1]) if points else "…"


def _per_second(value: float) -> str:
    return f"{bytes_text(int(value))}/s"


def _count(document: Mapping[str, object], key: str) -> int | None:
    value = document.get(key)
    return value if isinstance(value, int) and value > 0 else None
