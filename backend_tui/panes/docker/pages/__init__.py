"""The pages of the pane, a line each, in the order of the tabs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backend_tui.panes.docker.pages.commands import CommandsPage
from backend_tui.panes.docker.pages.containers import ContainersPage
from backend_tui.panes.docker.pages.events import EventsPage

if TYPE_CHECKING:
    from backend_tui.panes.docker.client import DockerClient
    from backend_tui.panes.docker.pages.page import DockerPage


@dataclass(frozen=True, slots=True)
class PageTab:
    """One page: its id, its title, and what it shows."""

    name: str
    title: str
    make: Callable[[DockerClient], DockerPage]


def _images(client: DockerClient) -> DockerPage:
    from backend_tui.panes.docker.images.pages.images import ImagesPage

    return ImagesPage(client)


def _volumes(client: DockerClient) -> DockerPage:
    from backend_tui.panes.docker.images.pages.storage import VolumesPage

    return VolumesPage(client)


def _networks(client: DockerClient) -> DockerPage:
    from backend_tui.panes.docker.images.pages.storage import NetworksPage

    return NetworksPage(client)


def _disk(client: DockerClient) -> DockerPage:
    from backend_tui.panes.docker.images.pages.storage import DiskPage

    return DiskPage(client)


PAGES: Final[tuple[PageTab, ...]] = (
    PageTab("containers", "Containers", ContainersPage),
    PageTab("images", "Images", _images),
    PageTab("volumes", "Volumes", _volumes),
    PageTab("networks", "Networks", _networks),
    PageTab("disk", "Disk", _disk),
    PageTab("events", "Events", EventsPage),
    PageTab("commands", "Commands", CommandsPage),
)
