"""What the Docker pane knows: the engine, its containers, what they use, what was done and told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, assert_never

from backend_tui.core.errors import BackendError
from backend_tui.panes.docker.acts import Verb
from backend_tui.panes.docker.container import Container
from backend_tui.panes.docker.engine.events import EngineEvent
from backend_tui.panes.docker.engine.stats import Sample
from backend_tui.panes.docker.telling import Teller, Told, explain_exit
from backend_tui.panes.docker.watching import (
    ContainersChanged,
    ContainersListed,
    EngineInfo,
    EngineLost,
    EngineReached,
    EventsHappened,
)

KEPT_EVENTS: Final = 1_000
KEPT_COMMANDS: Final = 200

Condition = Literal["connecting", "live", "lost"]
SortKey = Literal["name", "state", "image", "cpu", "memory", "network", "block", "pids", "uptime"]


@dataclass(frozen=True, slots=True)
class SamplesArrived:
    """What some containers use now."""

    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class SamplesStopped:
    """These are not measured any more."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class ActStarted:
    """The engine was asked to do this to these containers."""

    number: int
    verb: Verb
    ids: frozenset[str]
    line: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Failure:
    """One container of an act that failed."""

    name: str
    error: BackendError


@dataclass(frozen=True, slots=True)
class ActEnded:
    """All of them are done or have failed."""

    number: int
    ids: frozenset[str]
    done: int
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class Pruned:
    """Something was cleared away, by the line that does the same."""

    line: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class ShellLeft:
    """A shell was opened in a container by this line, and has ended."""

    line: str
    at: datetime
    words: str


@dataclass(frozen=True, slots=True)
class EngineChosen:
    """The person wants another engine: what was shown of the last one is forgotten."""

    url: str


@dataclass(frozen=True, slots=True)
class Selected:
    """The cursor is on this container; None on a group or nothing."""

    id: str | None


@dataclass(frozen=True, slots=True)
class MarkToggled:
    """These are marked for the next act, or no longer when all of them were."""

    ids: frozenset[str]


@dataclass(frozen=True, slots=True)
class MarksCleared:
    """Nothing is marked any more."""


@dataclass(frozen=True, slots=True)
class Filtered:
    """Only containers that hold every word in name, image, state, project or id are shown."""

    text: str


@dataclass(frozen=True, slots=True)
class Sorted:
    """The order of the table."""

    key: SortKey
    is_descending: bool


@dataclass(frozen=True, slots=True)
class StoppedToggled:
    """Containers without processes are hidden, or shown again."""


@dataclass(frozen=True, slots=True)
class GroupingToggled:
    """Compose projects are drawn as groups, or not."""


@dataclass(frozen=True, slots=True)
class FoldToggled:
    """A project's containers are folded away, or shown again."""

    project: str


Event = (
    EngineReached
    | EngineLost
    | ContainersListed
    | ContainersChanged
    | EventsHappened
    | SamplesArrived
    | SamplesStopped
    | ActStarted
    | ActEnded
    | Pruned
    | ShellLeft
    | EngineChosen
    | Selected
    | MarkToggled
    | MarksCleared
    | Filtered
    | Sorted
    | StoppedToggled
    | GroupingToggled
    | FoldToggled
)


@dataclass(frozen=True, slots=True)
class CommandRun:
    """An act in the log: `outcome` is empty while it lasts."""

    number: int
    line: str
    at: datetime
    outcome: str = ""
    failed: int = 0


@dataclass(frozen=True, slots=True)
class DockerState:
    """Everything the pane shows. Mappings are replaced, never changed."""

    engine: Condition = "connecting"
    info: EngineInfo | None = None
    problem: BackendError | None = None
    retry_in: float = 0
    containers: Mapping[str, Container] = field(default_factory=dict)
    samples: Mapping[str, Sample] = field(default_factory=dict)
    doing: Mapping[str, Verb] = field(default_factory=dict)
    marked: frozenset[str] = frozenset()
    selected: str | None = None
    filter: str = ""
    sort: SortKey = "name"
    is_descending: bool = False
    hides_stopped: bool = False
    groups: bool = True
    folded: frozenset[str] = frozenset()
    told: tuple[Told, ...] = ()
    teller: Teller = field(default_factory=Teller)
    commands: tuple[CommandRun, ...] = ()

    def after(self, event: Event) -> DockerState:
        """The state once the event has happened."""
        match event:
            case EngineReached(info):
                return replace(self, engine="live", info=info, problem=None, retry_in=0)
            case EngineLost(error, retry_in):
                return replace(
                    self, engine="lost", problem=error, retry_in=retry_in, samples={}, doing={}
                )
            case ContainersListed(containers):
                return self._listed(containers)
            case ContainersChanged(containers, gone):
                return self._changed(containers, gone)
            case EventsHappened(events):
                return self._heard(events)
            case SamplesArrived(samples):
                return replace(
                    self, samples={**self.samples, **{each.id: each for each in samples}}
                )
            case SamplesStopped(ids):
                kept = {key: each for key, each in self.samples.items() if key not in ids}
                return replace(self, samples=kept)
            case ActStarted(number, verb, ids, line, at):
                doing = {**self.doing, **dict.fromkeys(ids, verb)}
                return replace(self._logged(CommandRun(number, line, at)), doing=doing)
            case ActEnded():
                return self._ended(event)
            case Pruned(line, at, words) | ShellLeft(line, at, words):
                return self._logged(CommandRun(-1 - len(self.commands), line, at, words))
            case EngineChosen():
                return replace(
                    self,
                    engine="connecting",
                    info=None,
                    problem=None,
                    containers={},
                    samples={},
                    doing={},
                    marked=frozenset(),
                    selected=None,
                    told=(),
                    teller=Teller(told=self.teller.told),
                )
            case Selected(identity):
                return replace(self, selected=identity)
            case MarkToggled(ids):
                marked = self.marked - ids if ids <= self.marked else self.marked | ids
                return replace(self, marked=marked)
            case MarksCleared():
                return replace(self, marked=frozenset())
            case Filtered(text):
                return replace(self, filter=text)
            case Sorted(key, is_descending):
                return replace(self, sort=key, is_descending=is_descending)
            case StoppedToggled():
                return replace(self, hides_stopped=not self.hides_stopped)
            case GroupingToggled():
                return replace(self, groups=not self.groups)
            case FoldToggled(project):
                return replace(self, folded=self.folded ^ {project})
        assert_never(event)

    @property
    def chosen(self) -> Container | None:
        """The container under the cursor."""
        return self.containers.get(self.selected) if self.selected else None

    def ending(self, container: Container) -> str:
        """Why it ended: as the events told, else what its exit code alone says."""
        if container.is_alive or container.exit_code is None:
            return ""
        seen = (
            each.why
            for each in reversed(self.told)
            if each.event.id == container.id and each.event.action == "die"
        )
        return next(seen, explain_exit(container.exit_code))

    @property
    def running(self) -> int:
        """How many containers run."""
        return sum(each.is_running for each in self.containers.values())

    def _listed(self, containers: Iterable[Container]) -> DockerState:
        known = {each.id: each for each in containers}
        return self._with(known, frozenset(self.containers) - set(known))

    def _changed(self, containers: Iterable[Container], gone: frozenset[str]) -> DockerState:
        known = {key: each for key, each in self.containers.items() if key not in gone}
        known.update((each.id, each) for each in containers)
        return self._with(known, gone)

    def _with(self, known: Mapping[str, Container], gone: frozenset[str]) -> DockerState:
        """Forget all that is known of those that are gone; the selection stays for its detail."""
        if not gone:
            return replace(self, containers=known)
        return replace(
            self,
            containers=known,
            samples={key: each for key, each in self.samples.items() if key not in gone},
            doing={key: verb for key, verb in self.doing.items() if key not in gone},
            marked=self.marked - gone,
        )

    def _heard(self, events: Iterable[EngineEvent]) -> DockerState:
        known, teller, told = dict(self.containers), self.teller, list(self.told)
        still: set[str] = set()
        for event in events:
            teller, telling = teller.tell(event)
            told.append(telling)
            container = known.get(event.id)
            if event.kind != "container" or container is None:
                continue
            known[event.id] = container.after(event)
            if event.action == "destroy":
                del known[event.id]
            if not known.get(event.id, container).is_alive:
                still.add(event.id)
        samples = {key: each for key, each in self.samples.items() if key not in still}
        return replace(
            self,
            containers=known,
            samples=samples,
            teller=teller,
            told=tuple(told[-KEPT_EVENTS:]),
        )

    def _logged(self, command: CommandRun) -> DockerState:
        return replace(self, commands=(*self.commands, command)[-KEPT_COMMANDS:])

    def _ended(self, event: ActEnded) -> DockerState:
        outcome = _outcome(event)
        commands = tuple(
            replace(each, outcome=outcome, failed=len(event.failures))
            if each.number == event.number
            else each
            for each in self.commands
        )
        doing = {key: verb for key, verb in self.doing.items() if key not in event.ids}
        return replace(self, commands=commands, doing=doing)


def _outcome(event: ActEnded) -> str:
    """`done`, or how many failed and why the first did."""
    if not event.failures:
        return "done" if event.done == 1 else f"{event.done} done"
    first = event.failures[0]
    reason = f"{first.error.why or first.error.what}"
    if event.done + len(event.failures) == 1:
        return reason
    return f"{event.done} done, {len(event.failures)} failed ({first.name}: {reason})"
