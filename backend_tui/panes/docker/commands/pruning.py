"""`docker prune KIND`: what would go, and with --yes the prune itself."""

from __future__ import annotations

from typing import Final

import click

from backend_tui.core.door import Door, run_async
from backend_tui.panes.docker.commands.group import asked
from backend_tui.panes.docker.pruning import DOES, KINDS, prune_line

_WORDS: Final = {kind.replace(" ", "-"): kind for kind in KINDS}


@click.command()
@click.argument("kind", type=click.Choice(list(_WORDS)))
@click.option("--yes", is_flag=True, help="Do it; without this only what would go is printed.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document.")
@run_async
async def prune(door: Door, kind: str, yes: bool, as_json: bool) -> None:
    """Print what a prune would remove; remove it with --yes."""
    what = _WORDS[kind]
    async with asked(door) as client:
        found = await client.prunable(what)
        door.output.note(f"$ {prune_line(client.address, what)}")
        done = await client.prune(what) if yes and found.names else ""
    if as_json:
        document = {"kind": what, "names": found.names, "bytes": found.size, "done": done or None}
        door.output.document(document)
        return
    for name in found.names:
        door.output.text(name)
    if done:
        door.output.note(done)
    elif found.names:
        door.output.note(f"{found} would go. {DOES[what]} Nothing was removed: --yes does it.")
    else:
        door.output.note(f"No {what} to prune.")
