"""`backend-tui doctor`: what is well here, what is not, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import click

from backend_tui.core.door import Door, run_async
from backend_tui.core.output import Output
from backend_tui.stack.doctor import Check, checks

SYMBOLS: Final = {"ok": "✓", "warning": "▲", "problem": "✗"}
MISSING: Final = 3


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@run_async
async def doctor(door: Door, as_json: bool) -> int:
    """Look at Python, packages, terminal, folders, ports and services, and say what to mend.

    The services are really started, or joined when they run. Exit code 3 when something is wrong.
    """
    found = await checks(door.config)
    is_well = all(check.verdict != "problem" for check in found)
    if as_json:
        door.output.document({"ok": is_well, "checks": [asdict(check) for check in found]})
    else:
        _show(found, door.output)
    return 0 if is_well else MISSING


def _show(found: tuple[Check, ...], output: Output) -> None:
    width = max(len(check.name) for check in found)
    for check in found:
        output.text(f"{SYMBOLS[check.verdict]} {check.name:<{width}}  {check.what}")
        for more in filter(None, (check.why, check.hint)):
            output.text(f"  {'':<{width}}  {more}")
