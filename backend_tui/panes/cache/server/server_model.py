"""What the server's tab is: the history of its counters, and the report that is chosen."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from backend_tui.core.errors import BackendError
from backend_tui.panes.cache.server.big_keys import BigKeys
from backend_tui.panes.cache.server.info import History, Sample
from backend_tui.panes.cache.server.logs import Logs
from backend_tui.panes.cache.server.server import Identity

Report = Literal["commands", "logs", "big"]


@dataclass(frozen=True, slots=True)
class Sampled:
    """The counters came."""

    identity: Identity
    sample: Sample


@dataclass(frozen=True, slots=True)
class SamplingFailed:
    """They did not; what is shown is old from now on."""

    problem: BackendError


@dataclass(frozen=True, slots=True)
class Zeroed:
    """Counting begins anew, on our side."""


@dataclass(frozen=True, slots=True)
class ReportChosen:
    """Another report is on screen."""

    report: Report


@dataclass(frozen=True, slots=True)
class LogsRead:
    """What the server remembers of slow and large commands."""

    logs: Logs


@dataclass(frozen=True, slots=True)
class KeysMeasured:
    """The search for large keys went on, or ended."""

    found: BigKeys


Event = Sampled | SamplingFailed | Zeroed | ReportChosen | LogsRead | KeysMeasured


@dataclass(frozen=True, slots=True)
class ServerState:
    """`problem` is set while the server cannot be asked; the rest is then from before."""

    identity: Identity | None = None
    history: History = field(default_factory=History)
    report: Report = "commands"
    logs: Logs | None = None
    big: BigKeys | None = None
    problem: BackendError | None = None

    def after(self, event: Event) -> ServerState:
        """The state that follows."""
        match event:
            case Sampled(identity, sample):
                return replace(
                    self, identity=identity, history=self.history.after(sample), problem=None
                )
            case SamplingFailed(problem):
                return replace(self, problem=problem)
            case Zeroed():
                return replace(self, history=self.history.zeroed())
            case ReportChosen(report):
                return replace(self, report=report)
            case LogsRead(logs):
                return replace(self, logs=logs)
            case KeysMeasured(found):
                return replace(self, big=found)
            case _:
                assert_never(event)
