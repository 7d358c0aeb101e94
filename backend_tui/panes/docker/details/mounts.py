"""What of the host, and which volumes, the chosen container sees, and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details.table import (
    Facts,
    Row,
    TableSection,
    column,
    items,
    mapping,
    said,
)


def mount_facts(document: Mapping[str, object]) -> Facts:
    """The mounts in what `inspect` tells; tmpfs among them."""
    rows = [_mount(each) for each in items(document, "Mounts") if isinstance(each, Mapping)]
    rows += [
        _row("tmpfs", str(path), "memory", str(options) or "rw", not _is_read_only(str(options)))
        for path, options in mapping(document, "HostConfig", "Tmpfs").items()
    ]
    is_read_only = mapping(document, "HostConfig").get("ReadonlyRootfs") is True
    root = "its own files are read-only" if is_read_only else "its own files are gone with it"
    count = f"{len(rows)} mount{'' if len(rows) == 1 else 's'}"
    return Facts(
        tuple(rows),
        f"{count}  ·  {root}",
        "Nothing is mounted: what it writes stays in its own layer and is gone with it.",
    )


def _mount(mount: Mapping[str, object]) -> Row:
    kind = said(mount, "Type") or "bind"
    source = said(mount, "Name") if kind == "volume" else said(mount, "Source")
    driver = said(mount, "Driver")
    options = [said(mount, "Mode"), said(mount, "Propagation"), driver if driver != "local" else ""]
    words = ", ".join(each for each in options if each)
    return _row(kind, said(mount, "Destination"), source, words, mount.get("RW") is not False)


def _row(kind: str, target: str, source: str, options: str, is_writable: bool) -> Row:
    access = "read-write" if is_writable else "read-only"
    return Row(
        (
            (kind, "accent" if kind == "volume" else "muted"),
            (target, "strong"),
            (source, "plain"),
            (access, "plain" if is_writable else "good"),
            (options, "muted"),
        ),
        target,
        copied=f"{source}:{target}",
        full=f"{source} → {target}" if len(source) + len(target) > 44 else "",
    )


def _is_read_only(options: str) -> bool:
    return "ro" in options.split(",")


class MountsSection(TableSection):
    """Bind mounts, volumes and tmpfs."""

    COLUMNS: ClassVar = (
        column("kind", 0, 7),
        column("in the container", 1, 0),
        column("from", 2, 0),
        column("access", 3, 10),
        column("options", 4, 16, above=90),
    )

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-mounts")

    async def read(self, container: Container) -> Facts:
        return mount_facts(await self.client.inspect(container.id))
