"""The lines of the containers' table: filtered, sorted, grouped by compose project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from backend_tui.panes.docker.acts import Verb
from backend_tui.panes.docker.container import STATES, Container
from backend_tui.panes.docker.engine.stats import Sample
from backend_tui.panes.docker.model import DockerState, SortKey

ALONE: Final = ""
"""The group of containers that belong to no project."""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """The heading of a project: its containers that pass the filter, folded away or not."""

    project: str
    containers: tuple[Container, ...]
    cpu: float | None
    memory: int | None
    is_folded: bool

    @property
    def key(self) -> str:
        """What the cursor sticks to."""
        return f"project {self.project}"

    @property
    def running(self) -> int:
        return sum(each.is_running for each in self.containers)


@dataclass(frozen=True, slots=True)
class ContainerRow:
    """One container with what is known of it now."""

    container: Container
    sample: Sample | None = None
    doing: Verb | None = None
    is_marked: bool = False
    is_grouped: bool = False

    @property
    def key(self) -> str:
        """What the cursor sticks to."""
        return self.container.id


Row = GroupRow | ContainerRow


def rows(state: DockerState) -> tuple[Row, ...]:
    """Every line of the table, in order."""
    passing = [each for each in state.containers.values() if passes(state, each)]
    ordered = _ordered(passing, state)
    projects = sorted({each.project for each in ordered if each.project}, key=str.lower)
    if not (state.groups and projects):
        return tuple(_row(each, state, is_grouped=False) for each in ordered)
    found: list[Row] = []
    for project in projects:
        own = tuple(each for each in ordered if each.project == project)
        is_folded = project in state.folded
        found.append(_group(project, own, state.samples, is_folded))
        if not is_folded:
            found += [_row(each, state, is_grouped=True) for each in own]
    alone = [each for each in ordered if not each.project]
    return (*found, *(_row(each, state, is_grouped=False) for each in alone))


def passes(state: DockerState, container: Container) -> bool:
    """True when every word of the filter is somewhere in what identifies the container."""
    if state.hides_stopped and not container.is_alive:
        return False
    if not state.filter.strip():
        return True
    identity = (container.name, container.image, container.project, container.service)
    held = " ".join((*identity, container.state, container.health, container.id)).lower()
    return all(word in held for word in state.filter.lower().split())


def _row(container: Container, state: DockerState, *, is_grouped: bool) -> ContainerRow:
    key = container.id
    return ContainerRow(
        container,
        state.samples.get(key),
        state.doing.get(key),
        key in state.marked,
        is_grouped,
    )


def _group(
    project: str,
    containers: tuple[Container, ...],
    samples: Mapping[str, Sample],
    is_folded: bool,
) -> GroupRow:
    known = [samples[each.id] for each in containers if each.id in samples]
    shares = [each.cpu for each in known if each.cpu is not None]
    return GroupRow(
        project,
        containers,
        sum(shares) if shares else None,
        sum(each.memory for each in known) if known else None,
        is_folded,
    )


def _ordered(containers: Iterable[Container], state: DockerState) -> list[Container]:
    """By the chosen key, equal ones by name; those without a value come last either way."""
    value = _VALUES[state.sort]
    by_name = sorted(containers, key=lambda each: each.name.lower())
    measured = [(value(each, state.samples.get(each.id)), each) for each in by_name]
    able = [pair for pair in measured if pair[0] is not None]
    able.sort(key=lambda pair: pair[0], reverse=state.is_descending)
    return [each for _, each in able] + [each for found, each in measured if found is None]


def _sum(*parts: int | None) -> int | None:
    return None if any(each is None for each in parts) else sum(each or 0 for each in parts)


_Value = Callable[[Container, Sample | None], Any]
_VALUES: Final[Mapping[SortKey, _Value]] = {
    "name": lambda each, _: each.name.lower(),
    "state": lambda each, _: (STATES.index(each.state), each.health),
    "image": lambda each, _: each.image.lower(),
    "cpu": lambda _, sample: sample.cpu if sample else None,
    "memory": lambda _, sample: sample.memory if sample else None,
    "network": lambda _, sample: _sum(sample.received, sample.sent) if sample else None,
    "block": lambda _, sample: sample.block_read + sample.block_written if sample else None,
    "pids": lambda _, sample: sample.pids if sample else None,
    "uptime": lambda each, _: each.since if each.is_alive else None,
}
