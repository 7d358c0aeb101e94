"""Every pane of the registry stands alone, helps, fails well, binds no key twice, keeps secrets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import click
import pytest
from textual.actions import parse
from textual.binding import Binding
from textual.dom import DOMNode
from textual.pilot import Pilot

from backend_tui.core.errors import MissingError
from backend_tui.core.text import is_clean
from backend_tui.feature import Feature
from backend_tui.registry import FEATURES
from backend_tui.stack.endpoints import CacheEndpoint, DemoEndpoint
from backend_tui.ui.error_banner import ErrorBanner
from backend_tui.workbench.app import Workbench
from tests.backend_tui.workbench.small import MemoryStack, surroundings

# Their meaning is one everywhere (leave, open, filter or search, copy): the nearest one acts.
NEAREST_WINS = ("escape", "enter", "slash", "y")
CANARY = "canary-7f3a-never-on-screen"
features = pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
sizes = pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)], ids=str)


@dataclass
class NothingRuns(MemoryStack):
    """A stack of which no service can be had."""

    async def demo(self) -> DemoEndpoint:
        raise MissingError("The demo server did not start.", "Port taken.", "Choose another.")

    async def cache(self) -> CacheEndpoint:
        raise MissingError("The cache did not start.", "No binary.", "Use --redis.")


@asynccontextmanager
async def alone(
    feature: Feature, size: tuple[int, int] = (80, 24), stack: MemoryStack | None = None
) -> AsyncIterator[tuple[Workbench, Pilot[None]]]:
    app = Workbench((feature,), surroundings(stack or NothingRuns()))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        await pilot.pause(0.05)
        yield app, pilot


def drawn(app: Workbench) -> str:
    return "\n".join(
        "".join(segment.text for segment in strip)
        for strip in app.screen._compositor.render_strips()
    )


def test_names_titles_and_keys_are_given_once() -> None:
    for what in ("name", "title"):
        said = [getattr(feature, what) for feature in FEATURES]
        assert len(said) == len(set(said))
    keys = [feature.key for feature in FEATURES if feature.key]
    assert len(keys) == len(set(keys))
    assert set(keys) <= {f"f{i}" for i in range(1, 10)}


@features
def test_its_folder_is_named_as_it_is_and_its_summary_is_a_sentence(feature: Feature) -> None:
    assert feature.pane.__module__.split(".")[2] == feature.name
    assert feature.summary.endswith(".")


@features
def test_its_verbs_explain_themselves(feature: Feature) -> None:
    group = feature.commands()
    assert group.name == feature.name
    assert group.commands
    for name, command in group.commands.items():
        assert command.help or command.short_help, name
        assert command.callback or isinstance(command, click.Group), name


@features
@sizes
async def test_it_stands_alone_with_nothing_running(
    feature: Feature, size: tuple[int, int]
) -> None:
    async with alone(feature, size) as (app, pilot):
        assert app.pane is not None
        assert app.pane.name == feature.name
        assert app.focused is not None
        assert is_clean(drawn(app))
        await pilot.pause()
        assert app.is_running


@features
async def test_it_helps(feature: Feature) -> None:
    async with alone(feature) as (app, pilot):
        assert app.pane is not None
        assert len(app.pane.HELP.split()) >= 10
        assert app.pane.query(ErrorBanner)
        app.action_keys_help()
        await pilot.pause()
        assert "Everywhere" in "\n".join(
            str(each.render()) for each in app.screen.query("Static").results()
        )


@features
async def test_no_key_of_a_focused_chain_hides_another(feature: Feature) -> None:
    async with alone(feature, (120, 40)) as (app, pilot):
        assert app.pane is not None
        for widget in [each for each in app.pane.query("*") if each.focusable]:
            widget.focus()
            await pilot.pause()
            assert clashes(widget) == []


def is_ours(node: DOMNode, binding: Binding) -> bool:
    """True for a binding that a class of ours declares, not one it inherits from Textual."""
    return any(
        binding.action == getattr(each, "action", None)
        for kind in type(node).__mro__
        if kind.__module__.startswith("backend_tui")
        for each in vars(kind).get("BINDINGS", ())
    )


def clashes(widget: DOMNode) -> list[str]:
    """Keys our own classes declare twice with different actions on the way up from a widget."""
    seen: dict[str, tuple[DOMNode, Binding]] = {}
    found = []
    for node in widget.ancestors_with_self:
        for key, bindings in node._bindings.key_to_bindings.items():
            for binding in bindings:
                if not is_ours(node, binding) or key in NEAREST_WINS:
                    continue
                _, action, parameters = parse(binding.action)
                if node.check_action(action, parameters) is False:  # rests while this has focus
                    continue
                first = seen.setdefault(key, (node, binding))
                if first[0] is not node and first[1].description != binding.description:
                    found.append(f"{key}: {first[0]}.{first[1].action} hides {binding.action}")
    return found


@features
async def test_the_workbenchs_token_is_never_on_screen(feature: Feature) -> None:
    stack = MemoryStack(endpoint=DemoEndpoint("http://127.0.0.1:9", token=CANARY))
    async with alone(feature, (200, 60), stack) as (app, pilot):
        await pilot.pause(0.2)
        assert CANARY not in drawn(app)
        assert CANARY not in app.export_screenshot()
        assert app.is_running
