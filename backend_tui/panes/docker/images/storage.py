"""Volumes, networks and the use of the disk, as the engine tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from backend_tui.core.text import clean_line

PREDEFINED: Final = ("bridge", "host", "none", "podman")


@dataclass(frozen=True, slots=True)
class Volume:
    """`size` in bytes, None until the disk was measured; `containers` mount it."""

    name: str
    driver: str
    mountpoint: str
    created: float
    containers: tuple[str, ...] = ()
    size: int | None = None
    is_anonymous: bool = False


@dataclass(frozen=True, slots=True)
class Network:
    """`containers` are attached to it; `subnets` are empty for host and none."""

    id: str
    name: str
    driver: str
    scope: str
    subnets: tuple[str, ...] = ()
    containers: tuple[str, ...] = ()
    is_internal: bool = False

    @property
    def is_predefined(self) -> bool:
        """The engine made it itself and lets nobody remove it."""
        return self.name in PREDEFINED


@dataclass(frozen=True, slots=True)
class Use:
    """What one kind takes on the disk: bytes, and how many of them nothing needs."""

    kind: str
    count: int
    active: int
    size: int
    reclaimable: int


def volume_of(row: Mapping[str, object], mounts: Iterable[tuple[str, str]]) -> Volume:
    """A volume of the engine's list; `mounts` are pairs of volume name and container."""
    name = str(row.get("Name", ""))
    labels = row.get("Labels")
    return Volume(
        name=clean_line(name),
        driver=clean_line(str(row.get("Driver", ""))),
        mountpoint=clean_line(str(row.get("Mountpoint", ""))),
        created=_seconds(str(row.get("CreatedAt", ""))),
        containers=tuple(sorted(container for volume, container in mounts if volume == name)),
        is_anonymous=(isinstance(labels, Mapping) and "com.docker.volume.anonymous" in labels)
        or (len(name) == 64 and all(each in "0123456789abcdef" for each in name)),
    )


def network_of(row: Mapping[str, object], attached: Iterable[tuple[str, str]]) -> Network:
    """A network of the engine's list; `attached` are pairs of network name and container."""
    name = str(row.get("Name", ""))
    ipam = row.get("IPAM")
    configs = ipam.get("Config") if isinstance(ipam, Mapping) else None
    subnets = [
        clean_line(str(each.get("Subnet", "")))
        for each in (configs if isinstance(configs, list) else ())
        if isinstance(each, Mapping)
    ]
    return Network(
        id=clean_line(str(row.get("Id", ""))),
        name=clean_line(name),
        driver=clean_line(str(row.get("Driver", ""))),
        scope=clean_line(str(row.get("Scope", ""))),
        subnets=tuple(filter(None, subnets)),
        containers=tuple(sorted(container for network, container in attached if network == name)),
        is_internal=bool(row.get("Internal")),
    )


def uses_of(document: Mapping[str, object]) -> tuple[Use, ...]:
    """The answer to `df` by kind, counted as `docker system df` does: shared layers once."""
    images, containers = _rows(document, "Images"), _rows(document, "Containers")
    volumes, builds = _rows(document, "Volumes"), _rows(document, "BuildCache")
    layers = _number(document.get("LayersSize"))
    used = [each for each in images if _number(each.get("Containers")) > 0]
    kept = sum(_number(each.get("Size")) - max(_number(each.get("SharedSize")), 0) for each in used)
    alive = [each for each in containers if each.get("State") in ("running", "paused")]
    in_use = [each for each in volumes if _usage(each, "RefCount") > 0]
    building = [each for each in builds if each.get("InUse")]
    return (
        Use("images", len(images), len(used), layers, max(layers - kept, 0)),
        _use("containers", containers, alive, "SizeRw"),
        Use(
            "volumes",
            len(volumes),
            len(in_use),
            sum(_usage(each, "Size") for each in volumes),
            sum(_usage(each, "Size") for each in volumes if each not in in_use),
        ),
        _use("build cache", builds, building, "Size"),
    )


def volume_sizes(document: Mapping[str, object]) -> dict[str, int]:
    """Bytes by the volume's name, as far as the driver can tell."""
    return {
        clean_line(str(each.get("Name", ""))): size
        for each in _rows(document, "Volumes")
        if (size := _usage(each, "Size", missing=-1)) >= 0
    }


def _use(
    kind: str,
    rows: list[Mapping[str, object]],
    active: list[Mapping[str, object]],
    key: str,
) -> Use:
    size = sum(_number(each.get(key)) for each in rows)
    free = sum(_number(each.get(key)) for each in rows if each not in active)
    return Use(kind, len(rows), len(active), size, free)


def _rows(document: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    found = document.get(key)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _usage(row: Mapping[str, object], key: str, missing: int = 0) -> int:
    found = row.get("UsageData")
    value = found.get(key) if isinstance(found, Mapping) else None
    return max(value, missing) if isinstance(value, int) else missing


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _seconds(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0
