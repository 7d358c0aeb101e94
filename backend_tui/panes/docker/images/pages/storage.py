"""The pages of volumes, networks and the disk's use."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar, Final

from textual.content import Content

from backend_tui.core.units import bytes_text
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.images.pages.listing import ListPage
from backend_tui.panes.docker.images.storage import Network, Use, Volume
from backend_tui.panes.docker.pruning import Prunable
from backend_tui.ui.record_table import Cell, Column

Removing = tuple[str, str, Callable[[], Awaitable[str]]] | str
BAR: Final = 24


def _used(containers: tuple[str, ...]) -> Cell:
    return (", ".join(containers), "plain") if containers else ("unused", "muted")


def _volume_size(volume: Volume) -> Cell:
    return (bytes_text(volume.size), "plain") if volume.size is not None else ("", "muted")


class VolumesPage(ListPage[Volume]):
    """Volumes and who mounts them; `u` measures their sizes."""

    columns: ClassVar[Sequence[Column[Any]]] = (
        Column("name", lambda each: (each.name, "strong"), 0, key=lambda each: each.name),
        Column("driver", lambda each: (each.driver, "muted"), 8),
        Column("size", _volume_size, 8, is_number=True, key=lambda each: each.size or 0),
        Column("used by", lambda each: _used(each.containers), 28, key=lambda e: e.containers),
    )
    PRUNES: ClassVar[Prunable] = "volumes"
    follows: ClassVar[frozenset[str]] = frozenset({"volume", "container"})
    empty: ClassVar[str] = "No volumes here."

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-volumes")
        self._measures = False

    def identity(self, record: Volume) -> str:
        return record.name

    async def read(self) -> Sequence[Volume]:
        return await self.asking.volumes(with_sizes=self._measures)

    def action_measure(self) -> None:
        """The engine walks through all of them: only when it is asked for."""
        self._measures = True
        self.notify("The engine measures the volumes…", timeout=2)
        self.look_again()

    def about(self, record: Volume) -> Content:
        kind = "made without a name" if record.is_anonymous else "named"
        size = "u measures its size" if record.size is None else bytes_text(record.size)
        return Content.assemble((record.name, "bold"), f"  {kind}  {size}\n{record.mountpoint}")

    def removing(self, record: Volume) -> Removing:
        if record.containers:
            return f"{record.name} is mounted by {', '.join(record.containers)}."
        does = "Deletes it and every file in it. There is no way back."
        line = f"volume rm {shlex.quote(record.name)}"
        return does, line, lambda: self.asking.remove_volume(record)


class NetworksPage(ListPage[Network]):
    """Networks, their subnets and who is attached."""

    columns: ClassVar[Sequence[Column[Any]]] = (
        Column("name", lambda each: (each.name, "strong"), 0, key=lambda each: each.name),
        Column("driver", lambda each: (each.driver, "muted"), 8),
        Column("subnet", lambda each: (", ".join(each.subnets), "plain"), 18),
        Column("containers", lambda each: _used(each.containers), 28, key=lambda e: e.containers),
        Column("scope", lambda each: (each.scope, "muted"), 7, above=90),
    )
    PRUNES: ClassVar[Prunable] = "networks"
    follows: ClassVar[frozenset[str]] = frozenset({"network", "container"})
    empty: ClassVar[str] = "No networks here."

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-networks")

    def identity(self, record: Network) -> str:
        return record.id

    def titled(self, record: Network) -> str:
        return record.name

    async def read(self) -> Sequence[Network]:
        return await self.asking.networks()

    def about(self, record: Network) -> Content:
        words = [_NETWORKS.get(record.driver, "")]
        words += ["No way out of it to other networks." if record.is_internal else ""]
        said = " ".join(each for each in words if each)
        return Content.assemble((record.name, "bold"), f"  {record.id[:12]}  {said}")

    def removing(self, record: Network) -> Removing:
        if record.is_predefined:
            return f"{record.name} is the engine's own and stays."
        if record.containers:
            return f"{record.name} is used by {', '.join(record.containers)}."
        does = "No container is attached; it can be made again."
        line = f"network rm {shlex.quote(record.name)}"
        return does, line, lambda: self.asking.remove_network(record)


_NETWORKS: Final = {
    "bridge": "Containers on one host reach each other by name.",
    "host": "Containers share the host's own network.",
    "null": "Containers have only their own loopback.",
    "overlay": "Containers on several hosts reach each other.",
}


def _bar(use: Use) -> Cell:
    share = use.reclaimable / use.size if use.size else 0
    free = round(share * BAR)
    return "█" * (BAR - free) + "░" * free if use.size else "", "accent"


class DiskPage(ListPage[Use]):
    """What takes the disk; measured on demand alone, for the engine walks through everything."""

    columns: ClassVar[Sequence[Column[Any]]] = (
        Column("kind", lambda each: (each.kind, "strong"), 12),
        Column("count", lambda each: (str(each.count), "plain"), 6, is_number=True),
        Column("in use", lambda each: (str(each.active), "plain"), 6, is_number=True),
        Column("size", lambda each: (bytes_text(each.size), "plain"), 8, is_number=True),
        Column("can go", lambda each: (bytes_text(each.reclaimable), "warning"), 8, is_number=True),
        Column("█ needed  ░ not", _bar, 0),
    )
    PRUNES: ClassVar[Prunable] = "images"
    empty: ClassVar[str] = (
        "Not measured yet.\n\nu  asks the engine to add up all of its files. On a host with many\n"
        "   images or large volumes that takes seconds, so it is never done by itself."
    )

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-disk")
        self._measures = False

    def identity(self, record: Use) -> str:
        return record.kind

    async def read(self) -> Sequence[Use]:
        return await self.asking.uses() if self._measures else ()

    def action_measure(self) -> None:
        self._measures = True
        self.notify("The engine measures the disk…", timeout=2)
        self.look_again()

    def about(self, record: Use) -> Content:
        return Content.assemble(
            (f"{bytes_text(record.reclaimable)} of {record.kind}", "bold"),
            " can go; b shows what a prune would remove of it. u measures again.",
        )

    def removing(self, record: Use) -> Removing:
        return f"b prunes {record.kind}."
