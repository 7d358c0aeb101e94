"""What can be done to containers: in words, as the docker line that does the same, and for real."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from backend_tui.panes.docker.container import Container, State
from backend_tui.panes.docker.engine.connection import Engine
from backend_tui.panes.docker.engine.failures import EngineSilentError
from backend_tui.stack.docker_endpoint import EngineAddress

Verb = Literal["start", "stop", "restart", "pause", "unpause", "kill", "remove", "rename"]

GRACE: Final = 10
"""Seconds that the engine waits between SIGTERM and SIGKILL."""
PATIENCE: Final = 30.0
"""Seconds that a healthy engine needs at most beyond that."""


@dataclass(frozen=True, slots=True)
class Act:
    """One verb: its title, what it does, what is shown while it lasts, and for which states.

    `is_free` acts can be undone by another key, so that one container's need no confirmation;
    after one that `loses` something is gone for good.
    """

    verb: Verb
    title: str
    does: str
    doing: str
    done: str
    states: frozenset[State]
    is_free: bool = False
    loses: bool = False

    def suits(self, container: Container) -> bool:
        """True when the engine would do it to a container in this state."""
        return container.state in self.states


def _states(*states: State) -> frozenset[State]:
    return frozenset(states)


ACTS: Final[Mapping[Verb, Act]] = {
    act.verb: act
    for act in (
        Act(
            "start",
            "Start",
            "Runs its command again, with the files it left.",
            "starting…",
            "started",
            _states("created", "exited", "dead"),
            is_free=True,
        ),
        Act(
            "stop",
            "Stop",
            f"SIGTERM to its first process; after {GRACE} seconds SIGKILL. Its files stay.",
            "stopping…",
            "stopped",
            _states("running", "paused", "restarting"),
        ),
        Act(
            "restart",
            "Restart",
            f"Stop (SIGTERM, after {GRACE} seconds SIGKILL), then start. Its files stay.",
            "restarting…",
            "restarted",
            _states("running", "paused", "restarting", "exited", "created"),
        ),
        Act(
            "pause",
            "Pause",
            "Freezes its processes where they are; memory stays in use.",
            "pausing…",
            "paused",
            _states("running"),
            is_free=True,
        ),
        Act(
            "unpause",
            "Unpause",
            "Its processes go on where they were frozen.",
            "unpausing…",
            "unpaused",
            _states("paused"),
            is_free=True,
        ),
        Act(
            "kill",
            "Kill",
            "SIGKILL at once: no time to save anything. Its files stay.",
            "killing…",
            "killed",
            _states("running", "paused", "restarting"),
            loses=True,
        ),
        Act(
            "remove",
            "Remove",
            "Deletes it and the files it wrote outside of volumes. One that runs is killed first.",
            "removing…",
            "removed",
            _states("created", "running", "paused", "restarting", "exited", "dead"),
            loses=True,
        ),
        Act(
            "rename",
            "Rename",
            "Its name alone changes; it goes on running.",
            "renaming…",
            "renamed",
            _states("created", "running", "paused", "restarting", "exited", "dead"),
        ),
    )
}


def docker_line(
    address: EngineAddress, verb: Verb, containers: Sequence[Container], new_name: str = ""
) -> str:
    """The command that does the same in a shell, ready to be copied."""
    names = " ".join(shlex.quote(each.name) for each in containers)
    match verb:
        case "remove":
            force = " -f" if any(each.is_alive for each in containers) else ""
            return f"{address.command} rm{force} {names}"
        case "rename":
            return f"{address.command} rename {names} {shlex.quote(new_name)}"
        case _:
            return f"{address.command} {verb} {names}"


async def perform(engine: Engine, verb: Verb, container: Container, new_name: str = "") -> None:
    """Do it to one container. Raises the engine's refusal, or that there is no engine."""
    asked = f"{verb} {container.name}"
    try:
        await _asked(engine, verb, container, new_name, asked)
    except EngineSilentError as silent:
        raise EngineSilentError(
            f"No answer to: {asked}.",
            silent.what,
            "Whether it is done shows when the engine goes on: it may still do it.",
        ) from silent


async def _asked(
    engine: Engine, verb: Verb, container: Container, new_name: str, asked: str
) -> None:
    match verb:
        case "stop" | "restart":
            wait = GRACE + PATIENCE
            await engine.call(verb, container.id, timeout=GRACE, patience=wait, asked=asked)
        case "remove":
            await engine.call(
                "remove_container", container.id, force=container.is_alive, asked=asked
            )
        case "rename":
            await engine.call("rename", container.id, new_name, patience=PATIENCE, asked=asked)
        case _:
            await engine.call(verb, container.id, patience=PATIENCE, asked=asked)
