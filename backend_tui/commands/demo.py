"""`backend-tui demo`: the shop and its services alone, until interrupted; others join them."""

from __future__ import annotations

import sys
from contextlib import aclosing
from dataclasses import replace

import click

from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import BackendError
from backend_tui.core.output import Output
from backend_tui.stack.endpoints import DemoEndpoint, ServiceState
from backend_tui.stack.opening import OpenStack, opened


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="The shop's port.")
@click.option("--json", "as_json", is_flag=True, help="Say on stdout, as NDJSON, what happens.")
@run_async
async def demo(door: Door, port: int | None, as_json: bool) -> int:
    """Run the shop with its cache and database alone, until interrupted.

    Other commands and windows with the same settings join it.
    """
    config = replace(door.config, port=port or door.config.port)
    async with opened(config) as stack:
        endpoint = await stack.demo()
        if not stack.is_ours:
            raise BackendError(
                f"The shop runs already, at {endpoint.url}.",
                "Another backend-tui started it on the same data directory.",
                "Use that one, or choose another place with --data-dir.",
            )
        if as_json:
            door.output.record({"event": "ready", "url": endpoint.url, "pid": endpoint.pid})
        await _introduce(endpoint, door)
        return await _report(stack, door.output, as_json)


async def _introduce(endpoint: DemoEndpoint, door: Door) -> None:
    """Where everything is, on stderr; the password only where a person reads along."""
    from backend_tui.core.http import HttpClient

    async with HttpClient() as client:
        said = await client.get_json(f"{endpoint.url}/_workbench", endpoint.headers)
    known = said if isinstance(said, dict) else {}
    admin, urls = known.get("admin", {}), known.get("urls", {})
    for title, path in urls.items():
        door.output.note(f"{title:<9}{endpoint.url}{path}")
    kept = door.config.data_dir / "demo" / "credentials.json"
    password = admin.get("password") if sys.stderr.isatty() else f"(kept in {kept})"
    door.output.note(f"sign in  {admin.get('username')}   {password}")
    door.output.note("Press ctrl+c to end it.")


async def _report(stack: OpenStack, output: Output, as_json: bool) -> int:
    """Tell each change; ends by raising when the shop is given up."""
    async with aclosing(stack.events()) as events:
        async for change in events:
            state = change.state
            if as_json:
                output.record(
                    {"event": "service", "name": state.name, "condition": state.condition}
                )
            output.note(_sentence(state))
            if state.name == "demo" and state.condition == "failed":
                await stack.demo()
    return 0


def _sentence(state: ServiceState) -> str:
    words = " ".join(filter(None, (state.condition, state.detail and f"({state.detail})")))
    return f"{state.name}: {words}" + (f". {state.error}" if state.error else "")
