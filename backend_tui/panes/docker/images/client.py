"""What is asked of an engine about images, volumes, networks and the disk, and done to them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from backend_tui.core.errors import MissingError, UsageError
from backend_tui.core.text import clean_line
from backend_tui.panes.docker.engine.connection import ACT, Engine
from backend_tui.panes.docker.engine.failures import ActRefusedError
from backend_tui.panes.docker.images.image import Image, Layer, image_of, layers_of
from backend_tui.panes.docker.images.storage import (
    Network,
    Use,
    Volume,
    network_of,
    uses_of,
    volume_of,
    volume_sizes,
)


class ImagesClient:
    """Thin over `engine`; the layers of an image never change and are asked for once."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._layers: dict[str, tuple[Layer, ...]] = {}
        self._at_once = asyncio.Semaphore(4)

    async def images(self) -> tuple[Image, ...]:
        """All that have a name or are the end of a build; the newest first."""
        rows, containers = await asyncio.gather(self._rows("images"), self._containers())
        pairs = [(str(each.get("ImageID", "")), _name(each)) for each in containers]
        found = (image_of(row, pairs) for row in rows)
        return tuple(sorted(found, key=lambda each: (-each.created, each.name)))

    async def find(self, name: str) -> Image:
        """The image of this name, id or beginning of an id; raises `MissingError`."""
        return found_in(await self.images(), name)

    async def layers(self, image: Image) -> tuple[Layer, ...]:
        """Its steps, the oldest first."""
        known = self._layers.get(image.id)
        if known is None:
            async with self._at_once:
                asked = f"look at {image.name}"
                history = await self.engine.call("history", image.id, asked=asked)
                document = await self.engine.call("inspect_image", image.id, asked=asked)
            root = document.get("RootFS") if isinstance(document, Mapping) else None
            diffs = root.get("Layers") if isinstance(root, Mapping) else None
            known = layers_of(
                [each for each in _list(history) if isinstance(each, Mapping)],
                [str(each) for each in _list(diffs)],
            )
            self._layers[image.id] = known
        return known

    async def users(self, images: Sequence[Image]) -> dict[str, tuple[int, int]]:
        """How many images and containers stand on each layer, by its identity."""

        async def read(image: Image) -> tuple[Layer, ...]:
            try:
                return await self.layers(image)
            except ActRefusedError:
                return ()  # it went away while the others were read

        found: dict[str, tuple[int, int]] = {}
        for image, layers in zip(images, await asyncio.gather(*map(read, images)), strict=True):
            for identity in {each.identity for each in layers if each.identity}:
                count, containers = found.get(identity, (0, 0))
                found[identity] = (count + 1, containers + len(image.containers))
        return found

    async def volumes(self, *, with_sizes: bool = False) -> tuple[Volume, ...]:
        """By name; their sizes are measured by the engine and may take seconds."""
        answer, containers = await asyncio.gather(self.engine.call("volumes"), self._containers())
        listed = answer.get("Volumes") if isinstance(answer, Mapping) else None
        mounts = [
            (str(mount.get("Name", "")), _name(each))
            for each in containers
            for mount in _list(each.get("Mounts"))
            if isinstance(mount, Mapping)
        ]
        found = [volume_of(row, mounts) for row in _list(listed) if isinstance(row, Mapping)]
        if with_sizes:
            sizes = volume_sizes(await self._df())
            found = [replace(each, size=sizes.get(each.name)) for each in found]
        return tuple(sorted(found, key=lambda each: (each.is_anonymous, each.name)))

    async def networks(self) -> tuple[Network, ...]:
        """By name, the engine's own last."""
        rows, containers = await asyncio.gather(self._rows("networks"), self._containers())
        attached = [
            (str(name), _name(each)) for each in containers for name in _network_names(each)
        ]
        found = (network_of(row, attached) for row in rows)
        return tuple(sorted(found, key=lambda each: (each.is_predefined, each.name)))

    async def uses(self) -> tuple[Use, ...]:
        """What takes the disk; the engine adds it all up, which may take seconds."""
        return uses_of(await self._df())

    async def remove_image(self, image: Image) -> str:
        """Its names go, and the layers that no other image has; what was done, in words."""
        names = image.tags or (image.id,)
        count = 0
        for name in names:
            answer = await self.engine.call("remove_image", name, asked=f"remove {name}")
            count += sum("Deleted" in each for each in _list(answer) if isinstance(each, Mapping))
        return f"{image.name} removed, {count} layers with it"

    async def remove_volume(self, volume: Volume) -> str:
        await self.engine.call("remove_volume", volume.name, asked=f"remove {volume.name}")
        return f"{volume.name} removed"

    async def remove_network(self, network: Network) -> str:
        await self.engine.call("remove_network", network.id, asked=f"remove {network.name}")
        return f"{network.name} removed"

    async def _df(self) -> Mapping[str, object]:
        answer = await self.engine.call("df", patience=ACT, asked="measure the disk")
        return answer if isinstance(answer, Mapping) else {}

    async def _containers(self) -> list[Mapping[str, object]]:
        answer = await self.engine.call("containers", all=True)
        return [each for each in _list(answer) if isinstance(each, Mapping)]

    async def _rows(self, method: str) -> list[Mapping[str, object]]:
        answer = await self.engine.call(method)
        return [each for each in _list(answer) if isinstance(each, Mapping)]


def found_in(images: Sequence[Image], name: str) -> Image:
    """The image of a name (`latest` may be left out), an id or the beginning of one."""
    shown = clean_line(name)[:80]
    tag = name if ":" in name.rpartition("/")[2] else f"{name}:latest"
    exact = [each for each in images if name in each.tags or tag in each.tags]
    digits = name.removeprefix("sha256:")
    found = exact or [
        each for each in images if digits and each.id.removeprefix("sha256:").startswith(digits)
    ]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(each.short_id for each in found[:5])
        raise UsageError(f"“{shown}” is the beginning of several ids.", ids, "Write more of it.")
    names = ", ".join(each.name for each in images[:8])
    raise MissingError(
        f"There is no image “{shown}”.", "", f"There are: {names}." if names else "There is none."
    )


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _name(row: Mapping[str, object]) -> str:
    names = _list(row.get("Names"))
    return clean_line(str(names[0]).lstrip("/")) if names else str(row.get("Id", ""))[:12]


def _network_names(row: Mapping[str, object]) -> list[object]:
    settings = row.get("NetworkSettings")
    networks = settings.get("Networks") if isinstance(settings, Mapping) else None
    return list(networks) if isinstance(networks, Mapping) else []
