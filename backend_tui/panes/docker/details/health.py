"""The health checks of the chosen container: when, how long, exit code, and what they printed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from backend_tui.core.text import clean, clean_line
from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.details.table import Facts, Row, TableSection, column, items, mapping
from backend_tui.ui.record_table import Cell

_EMPTY = """\
It has no health check.

HEALTHCHECK in its Dockerfile, or --health-cmd when it is made, gives it one:
a command run inside every so often; exit code 0 is healthy."""
_SYMBOLS = {"healthy": "●", "unhealthy": "▲", "starting": "◌"}


def health_facts(document: Mapping[str, object]) -> Facts:
    """The check and its log in what `inspect` tells, the newest first."""
    check = mapping(document, "Config", "Healthcheck")
    health = mapping(document, "State", "Health")
    test = [clean_line(str(each)) for each in items(check, "Test")]
    if not health and (not test or test == ["NONE"]):
        return Facts((), "", _EMPTY)
    log = [each for each in items(health, "Log") if isinstance(each, Mapping)]
    rows = tuple(_row(each) for each in reversed(log))
    status = clean_line(str(health.get("Status", "not checked")))
    failing = health.get("FailingStreak")
    failed = f", {failed_words(failing)}" if isinstance(failing, int) and failing else ""
    kind, *command = test or [""]
    shown = " ".join(command) if kind in ("CMD", "CMD-SHELL") else " ".join(test)
    summary = f"{_SYMBOLS.get(status, '○')} {status}{failed}  ·  {shown}  ·  {_rhythm(check)}"
    return Facts(rows, summary, "It was not checked yet.")


def failed_words(times: int) -> str:
    """How often in a row it failed."""
    return "failed once" if times == 1 else f"failed {times} times in a row"


def _rhythm(check: Mapping[str, object]) -> str:
    """How often it is checked; Docker's own defaults where nothing was said."""
    every = _seconds(check, "Interval") or 30.0
    patience = _seconds(check, "Timeout") or 30.0
    retries = check.get("Retries")
    retries = retries if isinstance(retries, int) and retries else 3
    start = _seconds(check, "StartPeriod")
    words = f"every {every:g} s, time-out {patience:g} s, unhealthy after {retries} failures"
    return f"{words}, the first {start:g} s do not count" if start else words


def _row(entry: Mapping[str, object]) -> Row:
    begin, end = _time(entry.get("Start")), _time(entry.get("End"))
    code = entry.get("ExitCode")
    output = clean(str(entry.get("Output") or "")).rstrip()
    first = output.split("\n")[0]
    told: Cell = (f"✓ {code}", "good") if code == 0 else (f"✗ {code}", "error")
    if code == -1:
        told = ("✗ time-out", "error")
    took = f"{(end - begin).total_seconds():.2f} s" if begin and end and end > begin else ""
    return Row(
        (
            (begin.astimezone().strftime("%H:%M:%S") if begin else "", "muted"),
            (took, "plain"),
            told,
            (first or "(no output)", "plain" if first else "muted"),
        ),
        str(entry.get("Start")),
        copied=output,
        full=output if "\n" in output or len(output) > 40 else "",
    )


def _seconds(check: Mapping[str, object], key: str) -> float:
    value = check.get(key)
    return value / 1e9 if isinstance(value, int) else 0.0


def _time(text: object) -> datetime | None:
    """RFC 3339 with nanoseconds, which `fromisoformat` cuts to microseconds."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


class HealthSection(TableSection):
    """The engine keeps the last five checks; they are read again every two seconds."""

    EVERY = 2.0
    COLUMNS: ClassVar = (
        column("at", 0, 8),
        column("took", 1, 8, is_number=True),
        column("exit", 2, 10),
        column("output", 3, 0),
    )

    def __init__(self, client: DockerClient) -> None:
        super().__init__(client, id="docker-health")

    async def read(self, container: Container) -> Facts:
        return health_facts(await self.client.inspect(container.id))
