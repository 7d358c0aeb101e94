"""`make bench`: every promised figure in one table; exit 1 when one is missed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Final

from rich.console import Console
from rich.table import Table

SCRIPTS: Final = (
    "startup",
    "stack_ready",
    "keys",
    "tracing_cost",
    "cache_feed_cost",
    "server_load",
    "body_view",
    "graphql_server",
    "graphql_client",
    "subscription",
    "cache_feed",
    "docker_engine",
    "docker_logs",
    "cache_keys",
)


def measure(script: str, console: Console) -> list[dict[str, Any]]:
    """The rows one script prints; a script that fails is a missed row of its own."""
    console.print(f"… {script}", style="dim", highlight=False)
    run = subprocess.run(
        [sys.executable, "-m", f"tests.bench.{script}"],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    rows = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    if run.returncode or not rows:
        rows.append(
            {"row": f"{script} ran to its end", "ok": False, "note": f"exit {run.returncode}"}
        )
    return rows


def main(chosen: list[str]) -> int:
    """Run the chosen scripts, or all."""
    console = Console(width=120)
    table = Table("", "what", "value", "must reach", "note", title="backend-tui bench")
    is_missed = False
    for script in chosen or SCRIPTS:
        for row in measure(script, console):
            is_missed |= not row["ok"]
            sign = ">=" if row.get("at_least") else "<="
            must = f"{sign} {row['must']:g} {row.get('unit', '')}" if "must" in row else ""
            value = f"{row['value']:.3g} {row.get('unit', '')}" if "value" in row else ""
            table.add_row("✓" if row["ok"] else "✗", row["row"], value, must, row.get("note", ""))
    console.print(table)
    return 1 if is_missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
