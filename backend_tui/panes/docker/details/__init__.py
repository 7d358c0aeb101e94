"""The detail tabs of a container, a line each, in the order of the tabs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_tui.panes.docker.details.inspect import InspectSection

if TYPE_CHECKING:
    from backend_tui.panes.docker.client import DockerClient
    from backend_tui.panes.docker.details.section import DetailSection


@dataclass(frozen=True, slots=True)
class Detail:
    """One tab: its id, its title, and what it shows."""

    name: str
    title: str
    make: Callable[[DockerClient], DetailSection]


DETAILS: Final[tuple[Detail, ...]] = (Detail("inspect", "Inspect", InspectSection),)
