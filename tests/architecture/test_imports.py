"""Imports run one way, and nothing is loaded before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from backend_tui.feature import Feature
from backend_tui.registry import FEATURES

ROOT = Path(__file__).parents[2]
HEAVY = {"httpx", "docker", "redis", "graphql", "django", "uvicorn", "msgspec"}
SOURCES = sorted(
    path
    for folder in ("backend_tui", "demo_server")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts
)


def loaded(code: str) -> set[str]:
    """The top-level modules a fresh interpreter has loaded after the code."""
    shown = f"{code}\nimport sys; print(*sorted({{m.partition('.')[0] for m in sys.modules}}))"
    run = subprocess.run(
        [sys.executable, "-c", shown], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.splitlines()[-1].split())


def test_import_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.exists():
        pytest.skip("import-linter is not installed")
    run = subprocess.run(
        [str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout


def test_the_first_frame_loads_nothing_but_the_standard_library() -> None:
    first_frame = (
        "import backend_tui.__main__, backend_tui.workbench.skeleton, backend_tui.workbench.frame\n"
        "from backend_tui.registry import FEATURES; from backend_tui.ui.colours import PALETTES"
    )
    found = loaded(first_frame)
    assert found & (HEAVY | {"textual", "rich", "click", "asyncio", "platformdirs"}) == set()


def test_the_command_line_loads_no_textual() -> None:
    assert loaded("import backend_tui.cli") & (HEAVY | {"textual", "rich"}) == set()


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_headless_verbs_load_no_textual(feature: Feature) -> None:
    names = f"{feature.name!r}"
    code = f"from backend_tui.cli import cli; cli.get_command(None, {names}).list_commands(None)"
    assert loaded(code) & {"textual", "rich", "django", "uvicorn"} == set()


def test_the_frame_loads_no_client_library() -> None:
    assert loaded("import backend_tui.workbench.app") & (HEAVY | {"tree_sitter"}) == set()


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_pane_is_drawn_before_its_client_library_is_loaded(feature: Feature) -> None:
    code = (
        "from pathlib import Path; import backend_tui.workbench.app, asyncio\n"
        "from backend_tui.registry import FEATURES; from backend_tui.feature import Surroundings\n"
        "from backend_tui.core.config import Config\n"
        "from backend_tui.workbench.opening_stack import OpeningStack\n"
        "async def main():\n"
        "    stack = OpeningStack(lambda: None)\n"
        f"    feature = next(each for each in FEATURES if each.name == {feature.name!r})\n"
        "    feature.pane(Surroundings(Config(), stack))\n"
        "asyncio.run(main())"
    )
    assert loaded(code) & (HEAVY | {"tree_sitter", "httpcore"}) == set()


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_in_its_first_line_what_it_is_for(path: Path) -> None:
    words = ast.get_docstring(ast.parse(path.read_text())) or ""
    assert words.split("\n")[0].endswith((".", ":", ";")) or ". " in words.split("\n\n")[0]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_longer_than_450_lines(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 450
