"""What a prune would take away, counted before it runs, and the prune itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from backend_tui.core.text import clean_line
from backend_tui.core.units import bytes_text
from backend_tui.panes.docker.engine.connection import ACT, Engine
from backend_tui.stack.docker_endpoint import EngineAddress

Prunable = Literal["containers", "images", "volumes", "networks", "build cache"]

KINDS: Final[tuple[Prunable, ...]] = ("containers", "images", "volumes", "networks", "build cache")
DOES: Final[Mapping[Prunable, str]] = {
    "containers": "Removes every container that does not run, with the files it wrote.",
    "images": "Removes images without a name that no container uses (dangling layers).",
    "volumes": "Removes volumes that no container uses, with all that is in them. "
    "From API 1.42 on those with a name are spared.",
    "networks": "Removes networks that no container is attached to.",
    "build cache": "Removes what builds keep to be faster the next time.",
}
_LINES: Final[Mapping[Prunable, str]] = {
    "containers": "container prune",
    "images": "image prune",
    "volumes": "volume prune",
    "networks": "network prune",
    "build cache": "builder prune",
}
_CALLS: Final[Mapping[Prunable, str]] = {
    "containers": "prune_containers",
    "images": "prune_images",
    "volumes": "prune_volumes",
    "networks": "prune_networks",
    "build cache": "prune_builds",
}
_PREDEFINED: Final = ("bridge", "host", "none", "podman")


@dataclass(frozen=True, slots=True)
class Pruning:
    """The names of what would go, and its bytes; None where the engine does not say."""

    kind: Prunable
    names: tuple[str, ...]
    size: int | None

    def __str__(self) -> str:
        size = f", {bytes_text(self.size)}" if self.size is not None else ""
        count = len(self.names)
        kind = self.kind.removesuffix("s") if count == 1 else self.kind
        what = f"{count} parts of the build cache" if kind == "build cache" else f"{count} {kind}"
        return f"{what}{size}"


def prune_line(address: EngineAddress, kind: Prunable) -> str:
    """The docker line that does the same without asking."""
    return f"{address.command} {_LINES[kind]} -f"


async def preview(engine: Engine, kind: Prunable) -> Pruning:
    """What would be removed now; sizes may take seconds on a host with many layers."""
    if kind == "networks":
        return await _networks(engine)
    document = await engine.call("df", patience=ACT)
    usage = document if isinstance(document, Mapping) else {}
    match kind:
        case "containers":
            found = [
                (_name(each), _size(each, "SizeRw"))
                for each in _rows(usage, "Containers")
                if each.get("State") not in ("running", "paused", "restarting", "removing")
            ]
        case "images":
            found = [
                (str(each.get("Id", ""))[7:19], _size(each, "Size") - _size(each, "SharedSize"))
                for each in _rows(usage, "Images")
                if not _size(each, "Containers") and _is_nameless(each)
            ]
        case "volumes":
            spares_named = await _spares_named_volumes(engine)
            found = [
                (str(each.get("Name", "")), _size(_usage(each), "Size"))
                for each in _rows(usage, "Volumes")
                if not _size(_usage(each), "RefCount") and not (spares_named and _has_name(each))
            ]
        case _:
            found = [
                (str(each.get("ID", ""))[:12], _size(each, "Size"))
                for each in _rows(usage, "BuildCache")
                if not each.get("InUse")
            ]
    names = tuple(clean_line(name) for name, _ in found)
    return Pruning(kind, names, sum(max(size, 0) for _, size in found))


async def prune(engine: Engine, kind: Prunable) -> str:
    """What was removed, in words."""
    answer = await engine.call(_CALLS[kind], patience=ACT, asked=f"prune {kind}")
    said = answer if isinstance(answer, Mapping) else {}
    lists = (
        each for key, each in said.items() if key.endswith("Deleted") or key == "CachesDeleted"
    )
    count = sum(len(each) for each in lists if isinstance(each, list))
    freed = said.get("SpaceReclaimed")
    size = f", {bytes_text(int(freed))} free" if isinstance(freed, int) else ""
    return f"{count} removed{size}"


async def _networks(engine: Engine) -> Pruning:
    used: set[str] = set()
    containers = await engine.call("containers", all=True)
    for row in containers if isinstance(containers, list) else ():
        settings = row.get("NetworkSettings") or {}
        used |= {str(name) for name in settings.get("Networks") or {}}
    networks = await engine.call("networks")
    names = [
        clean_line(str(each.get("Name", "")))
        for each in (networks if isinstance(networks, list) else ())
    ]
    return Pruning(
        "networks", tuple(n for n in names if n not in used and n not in _PREDEFINED), None
    )


async def _spares_named_volumes(engine: Engine) -> bool:
    """Engines from API 1.42 on prune only volumes that were made without a name."""
    version = await engine.call("version")
    api = str(version.get("ApiVersion", "")) if isinstance(version, Mapping) else ""
    numbers = tuple(int(part) for part in api.split(".") if part.isdigit())
    return numbers >= (1, 42)


def _has_name(volume: Mapping[str, object]) -> bool:
    labels = volume.get("Labels")
    return not (isinstance(labels, Mapping) and "com.docker.volume.anonymous" in labels)


def _rows(usage: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    found = usage.get(key)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _usage(row: Mapping[str, object]) -> Mapping[str, object]:
    found = row.get("UsageData")
    return found if isinstance(found, Mapping) else {}


def _size(row: Mapping[str, object], key: str) -> int:
    value = row.get(key)
    return int(value) if isinstance(value, int) else 0


def _name(row: Mapping[str, object]) -> str:
    names = row.get("Names")
    return str(names[0]).lstrip("/") if isinstance(names, list) and names else str(row.get("Id"))


def _is_nameless(row: Mapping[str, object]) -> bool:
    tags = row.get("RepoTags")
    return not tags or tags == ["<none>:<none>"]
