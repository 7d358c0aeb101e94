"""The last two runs side by side: each counter before, after and the difference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual.content import Content

from backend_tui.panes.cache.strategies.experiments import Run
from backend_tui.panes.cache.strategies.words import ttl_text

_ALWAYS: Final = ("requests", "hits", "loads", "statements")
_NAMES: Final = {
    "requests": "requests",
    "hits": "hits",
    "misses": "misses",
    "loads": "loads",
    "statements": "SQL",
    "joined": "joined",
    "lease_waits": "lease waits",
    "stale_reads": "stale reads",
    "refused_fills": "refused",
    "early": "early",
    "negative_hits": "known absent",
    "load_failures": "load failed",
}
_LESS_IS_BETTER: Final = frozenset({"loads", "statements", "stale_reads", "load_failures"})
_LABEL: Final = 12
_RUN: Final = 32


@dataclass(frozen=True, slots=True)
class Line:
    """One counter of the runs: before, after and difference of each."""

    name: str
    title: str
    values: tuple[tuple[int, int, int], ...]


def lines(runs: tuple[Run, ...]) -> tuple[Line, ...]:
    """The counters worth a line: those that moved in either run, and the ones always asked for."""
    found = []
    for name, title in _NAMES.items():
        values = tuple(
            (getattr(run.before, name), getattr(run.after, name), getattr(run.change, name))
            for run in runs
        )
        if name in _ALWAYS or any(change for _, _, change in values):
            found.append(Line(name, title, values))
    return tuple(found)


def compared(runs: tuple[Run, ...]) -> Content:
    """The runs, the older on the left; of what is better when less, the smaller one is green."""
    heads = [f"#{run.number} {run.experiment}  {run.route}" for run in runs]
    policies = [_policy(run) for run in runs]
    rows = [
        Content.styled(_row("", heads), "bold"),
        Content.styled(_row("", policies), "$text-primary"),
    ]
    for line in lines(runs):
        parts: list[Content] = [Content.styled(f"{line.title:<{_LABEL}}", "$text-muted")]
        changes = [change for _, _, change in line.values]
        for place, (before, after, change) in enumerate(line.values):
            parts.append(Content.styled(f"{before:>6} → {after:<6}", "$text-muted"))
            parts.append(Content.styled(f"{f'+{change}':>8}", _tone(line.name, changes, place)))
            parts.append(Content(" " * (_RUN - 23)))
        rows.append(Content("").join(parts))
    for run in runs:
        rows += [Content.styled(f"#{run.number}  {words}", _seen_tone(words)) for words in run.seen]
    return Content("\n").join(rows)


def _row(label: str, cells: list[str]) -> str:
    return f"{label:<{_LABEL}}" + "".join(f"  {each:<{_RUN - 2}.{_RUN - 3}}" for each in cells)


def _seen_tone(words: str) -> str:
    return "$text-warning" if words.startswith("▲") else "$text-muted"


def _policy(run: Run) -> str:
    policy = run.policy
    if policy.strategy == "none":
        return "no cache"
    return f"{policy.strategy} · {policy.protection} · {ttl_text(policy.ttl_s)}"


def _tone(name: str, changes: list[int], place: int) -> str:
    if not changes[place]:
        return "$text-muted"
    if name not in _LESS_IS_BETTER or len(changes) < 2 or changes[0] == changes[1]:
        return "bold"
    return "bold $text-success" if changes[place] == min(changes) else "bold $text-warning"
