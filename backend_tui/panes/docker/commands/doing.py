"""`docker start`, `stop`, `restart`, `pause`, `unpause`, `kill`, `rm` and `rename`."""

from __future__ import annotations

from typing import Final

import click

from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import BackendError
from backend_tui.panes.docker.acts import ACTS, Act, Verb, docker_line
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.commands.group import asked
from backend_tui.panes.docker.container import Container

_NAMES: Final[dict[Verb, str]] = {"remove": "rm"}


def _command(act: Act) -> click.Command:
    """The verb for one or several containers; every failure is told, the rest is done."""

    @click.command(_NAMES.get(act.verb, act.verb), help=act.does)
    @click.argument("names", nargs=-1, required=True, metavar="CONTAINER...")
    @click.option("--json", "as_json", is_flag=True, help="Print a JSON document of the outcomes.")
    @run_async
    async def command(door: Door, names: tuple[str, ...], as_json: bool) -> int:
        async with asked(door) as client:
            containers = await client.find(names)
            door.output.note(f"$ {docker_line(client.address, act.verb, containers)}")
            outcomes = [(each, await _outcome(client, act.verb, each)) for each in containers]
        if as_json:
            door.output.document([_document(act, *outcome) for outcome in outcomes])
        for container, problem in outcomes:
            if problem is not None:
                door.output.problem(problem)
            elif not as_json:
                door.output.text(f"{container.name} {act.done}")
        failed = [problem for _, problem in outcomes if problem is not None]
        return failed[0].exit_code if failed else 0

    return command


@click.command("rename", help=ACTS["rename"].does)
@click.argument("name", metavar="CONTAINER")
@click.argument("new_name", metavar="NEW_NAME")
@run_async
async def rename(door: Door, name: str, new_name: str) -> None:
    async with asked(door) as client:
        (container,) = await client.find((name,))
        door.output.note(f"$ {docker_line(client.address, 'rename', (container,), new_name)}")
        await client.act("rename", container, new_name)
    door.output.text(f"{container.name} renamed")


DOING: Final[tuple[click.Command, ...]] = (
    *(_command(act) for act in ACTS.values() if act.verb != "rename"),
    rename,
)


async def _outcome(client: DockerClient, verb: Verb, container: Container) -> BackendError | None:
    try:
        await client.act(verb, container)
    except BackendError as problem:
        return problem
    return None


def _document(act: Act, container: Container, problem: BackendError | None) -> dict[str, object]:
    failure = None if problem is None else {"what": problem.what, "why": problem.why}
    return {
        "id": container.id,
        "name": container.name,
        "verb": act.verb,
        "is_done": problem is None,
        "error": failure,
    }
