"""`docker exec`: a shell on this terminal, or one command without any."""

from __future__ import annotations

import sys

import click

from backend_tui.core.door import Door, run_async
from backend_tui.panes.docker import exec_shell
from backend_tui.panes.docker.commands.group import asked


@click.command("exec", context_settings={"ignore_unknown_options": True})
@click.argument("name", metavar="CONTAINER")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[COMMAND...]")
@run_async
async def execute(door: Door, name: str, command: tuple[str, ...]) -> int:
    """Open a shell, bash or else sh, or run COMMAND; ends with its exit code."""
    async with asked(door) as client:
        (container,) = await client.find((name,))
        if not command and not exec_shell.has_terminal():
            raise exec_shell.no_terminal()
        shell = await exec_shell.shell_in(client, container, command)
        if exec_shell.has_terminal():
            return exec_shell.run(client, shell)
        code, out, err = await exec_shell.run_quietly(client, container, shell.command)
        for stream, data in ((sys.stdout, out), (sys.stderr, err)):
            stream.buffer.write(data)
            stream.flush()
    return code
