"""The detail tabs of a container, a line each, in the order of the tabs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_tui.panes.docker.details.changes import ChangesSection
from backend_tui.panes.docker.details.environment import EnvironmentSection
from backend_tui.panes.docker.details.health import HealthSection
from backend_tui.panes.docker.details.inspect import InspectSection
from backend_tui.panes.docker.details.logs import LogsSection
from backend_tui.panes.docker.details.mounts import MountsSection
from backend_tui.panes.docker.details.networks import NetworksSection
from backend_tui.panes.docker.details.processes import ProcessesSection
from backend_tui.panes.docker.details.stats import StatsSection

if TYPE_CHECKING:
    from backend_tui.panes.docker.client import DockerClient
    from backend_tui.panes.docker.details.section import DetailSection


@dataclass(frozen=True, slots=True)
class Detail:
    """One tab: its id, its title, and what it shows."""

    name: str
    title: str
    make: Callable[[DockerClient], DetailSection]


DETAILS: Final[tuple[Detail, ...]] = (
    Detail("logs", "Logs", LogsSection),
    Detail("inspect", "Inspect", InspectSection),
    Detail("stats", "Stats", StatsSection),
    Detail("environment", "Env", EnvironmentSection),
    Detail("mounts", "Mounts", MountsSection),
    Detail("networks", "Networks", NetworksSection),
    Detail("processes", "Top", ProcessesSection),
    Detail("health", "Health", HealthSection),
    Detail("changes", "Changes", ChangesSection),
)
