"""`make screenshots`: the running workbench on its own real stack, as a person uses it."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual.pilot import Pilot

from backend_tui.core.config import read_config
from backend_tui.feature import Surroundings
from backend_tui.registry import FEATURES
from backend_tui.stack.opening import opened
from backend_tui.workbench.app import Workbench

FOLDER: Final = Path(__file__).parents[1] / "screenshots"
LARGE: Final = (120, 36)
SMALL: Final = (80, 24)


AGAIN: Final = ("enter", "_answer", "_still", "ctrl+j", "_hits")
"""The same request twice: the second journey shows the hit."""
STRATEGIES: Final = ("f6", "_still", "right_square_bracket", "_still", "right_square_bracket")
"""The tab of the strategies."""
STAMPEDE: Final = ("_routes", "_still", "e", "_first", "down", "e", "_second", "_still")
"""An expired key under twenty clients: without a lease, then with one."""


@dataclass(frozen=True)
class Picture:
    """A file's name, the terminal's size, and the keys that lead there from a fresh start."""

    name: str
    size: tuple[int, int]
    keys: Sequence[str]
    theme: str = "contrast-dark"


PICTURES: Final = (
    Picture("rest", LARGE, ("enter", "_answer")),
    Picture("rest-journey", LARGE, (*AGAIN, "r", "r", "J", "_still")),
    Picture("rest-journey-light", LARGE, (*AGAIN, "J", "_still"), "contrast-light"),
    Picture("rest-80x24", SMALL, (*AGAIN, "J", "_still")),
    Picture("graphql", LARGE, ("f3", "_schema", "ctrl+j", "_data", "_still")),
    Picture("graphql-80x24", SMALL, ("f3", "_schema", "ctrl+j", "_data", "_still")),
    Picture("traces", LARGE, (*AGAIN, "f3", "_schema", "_traces", "_still", "enter", "_still")),
    Picture("cache", LARGE, (*AGAIN, "f6", "_still", "_still")),
    Picture("cache-strategies-80x24", SMALL, (*STRATEGIES, *STAMPEDE)),
    Picture("services", SMALL, ("f12", "_still")),
)


async def photograph(picture: Picture) -> str:
    """The picture's SVG, from a stack and a data directory of its own."""
    with tempfile.TemporaryDirectory() as folder:
        flags = {"data_dir": folder, "attach": False, "theme": picture.theme}
        config = read_config(flags, environ={}, file=Path(folder) / "none.toml")
        async with opened(config) as stack:
            await stack.demo()
            app = Workbench(FEATURES, Surroundings(config, stack))
            async with app.run_test(size=picture.size) as pilot:
                await until(pilot, lambda: _ready(app))
                for key in picture.keys:
                    await press(app, pilot, key)
                await pilot.pause(0.5)
                return app.export_screenshot()


async def press(app: Workbench, pilot: Pilot[None], key: str) -> None:
    """A key, or with an underscore a thing to wait for or to go to."""
    match key:
        case "_answer":
            await until(pilot, lambda: "rows" in shown(app))
        case "_hits":
            await until(pilot, lambda: "2 hits" in shown(app))
        case "_schema":
            await until(pilot, lambda: "introspection" in shown(app) or "valid" in shown(app))
        case "_data":
            await until(pilot, lambda: '"data"' in shown(app))
        case "_routes":
            await until(pilot, lambda: "lab-a" in shown(app))
        case "_first" | "_second":
            number = 1 if key == "_first" else 2
            await until(pilot, lambda: f"#{number}  20 requests" in shown(app))
        case "_still":
            await pilot.pause(0.7)
        case "_traces":
            await app.action_go("traces")
            await until(pilot, lambda: "/api/products" in shown(app))
        case _:
            await pilot.press(key)


def shown(app: Workbench) -> str:
    """The text on screen."""
    return "\n".join(strip.text for strip in app.screen._compositor.render_strips())


def _ready(app: Workbench) -> bool:
    return "Send" in shown(app) and "database ●" in shown(app)


async def until(pilot: Pilot[None], is_so: Callable[[], bool]) -> None:
    """Wait for it, at most 20 s."""
    async with asyncio.timeout(20):
        while not is_so():
            await pilot.pause(0.05)


def main(names: Sequence[str]) -> None:
    """Take the named pictures, or all."""
    FOLDER.mkdir(exist_ok=True)
    for picture in PICTURES:
        if names and picture.name not in names:
            continue
        target = FOLDER / f"{picture.name}.svg"
        target.write_text(asyncio.run(photograph(picture)), encoding="utf-8")
        print(target.relative_to(FOLDER.parent))


if __name__ == "__main__":
    main(sys.argv[1:])
