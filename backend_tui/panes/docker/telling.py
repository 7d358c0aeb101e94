"""Events told for a person: who ended, by which signal, whether memory ran out, and who did it."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from backend_tui.panes.docker.engine.events import EngineEvent

Tone = Literal["plain", "muted", "good", "warning", "error"]

_SHELL: Final = {
    125: "the docker command itself failed",
    126: "its command could not be run (no permission, or no program)",
    127: "its command was not found",
    255: "its own code, or it was lost with the engine",
}
_GLYPHS: Final[Mapping[str, tuple[str, Tone]]] = {
    "start": ("●", "good"),
    "unpause": ("●", "good"),
    "pause": ("‖", "warning"),
    "kill": ("!", "warning"),
    "oom": ("▲", "error"),
    "destroy": ("\u00d7", "muted"),
    "create": ("+", "plain"),
    "restart": ("↻", "plain"),
    "stop": ("○", "muted"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """An event with its symbol and, where there is more to say, an explanation."""

    event: EngineEvent
    glyph: str
    tone: Tone
    words: str
    why: str = ""
    number: int = 0


@dataclass(frozen=True, slots=True)
class Teller:
    """What of the past an explanation needs: the last signals sent to each, and who ran out."""

    signals: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    without_memory: frozenset[str] = frozenset()
    healths: Mapping[str, str] = field(default_factory=dict)
    told: int = 0

    def tell(self, event: EngineEvent) -> tuple[Teller, Told]:
        """The event in words, and what is remembered of it."""
        after = replace(self._remembering(event), told=self.told + 1)
        glyph, tone = _GLYPHS.get(event.action, ("·", "muted"))
        words = _action(event)
        why = f"container {event.container[:12]}" if event.container else ""
        if event.kind == "container":
            match event.action:
                case "die":
                    why = self._ending(event)
                    glyph, tone = ("○", "muted") if event.exit_code == 0 else ("✗", "error")
                case "kill":
                    why = _kill(event.signal)
                case "oom":
                    why = "a process wanted more memory than the limit allows"
                case "health_status":
                    was = self.healths.get(event.id, "")
                    why = f"was {was}" if was and was != event.detail else ""
                    glyph, tone = _health(event.detail)
                case "rename":
                    why = f"was {event.old_name}"
        return after, Told(event, glyph, tone, words, why, self.told)

    def _ending(self, event: EngineEvent) -> str:
        return explain_exit(
            event.exit_code,
            ran_out_of_memory=event.id in self.without_memory,
            signals_sent=self.signals.get(event.id, ()),
        )

    def _remembering(self, event: EngineEvent) -> Teller:
        if event.kind != "container":
            return self
        match event.action:
            case "kill" if event.signal is not None:
                sent = (*self.signals.get(event.id, ()), event.signal)[-2:]
                return replace(self, signals={**self.signals, event.id: sent})
            case "oom":
                return replace(self, without_memory=self.without_memory | {event.id})
            case "start" | "destroy":
                signals = {key: n for key, n in self.signals.items() if key != event.id}
                without = self.without_memory - {event.id}
                return replace(self, signals=signals, without_memory=without)
            case "health_status":
                return replace(self, healths={**self.healths, event.id: event.detail})
        return self


def explain_exit(
    code: int | None,
    *,
    ran_out_of_memory: bool = False,
    signals_sent: tuple[int, ...] | None = None,
) -> str:
    """Why a process ended with that code, as far as the engine's own events say.

    `signals_sent` are the last two that were sent through the engine; None when its events were
    not seen, so that nothing is claimed of who ended it.
    """
    if code is None:
        return ""
    if code == 0:
        return "exit 0: it ended in order"
    if ran_out_of_memory and code == 137:
        return "137 SIGKILL: out of memory (OOM)"
    if code in _SHELL:
        return f"exit {code}: {_SHELL[code]}"
    number = code - 128
    if 0 < number < 65:
        name = signal_name(number)
        if signals_sent is None:
            return f"{code} {name}"
        if number == 9 and signals_sent[-2:] == (15, 9):
            return f"{code} SIGKILL: too slow after SIGTERM"
        if number in signals_sent[-1:]:
            return f"{code} {name}: sent by the engine"
        if number == 9:
            return f"{code} SIGKILL: from outside, no OOM told"
        return f"{code} {name}"
    return f"exit {code}: its own code, a failure"


def signal_name(number: int) -> str:
    """SIGTERM for 15; the number itself where the system has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _kill(number: int | None) -> str:
    if number is None:
        return ""
    return f"{signal_name(number)} was sent"


def _health(health: str) -> tuple[str, Tone]:
    match health:
        case "healthy":
            return "●", "good"
        case "unhealthy":
            return "▲", "error"
        case _:
            return "◌", "warning"


def _action(event: EngineEvent) -> str:
    word = {"health_status": "health", "die": "ended", "destroy": "removed"}.get(
        event.action, event.action
    )
    kind = {"container": "", "network": "net "}.get(event.kind, f"{event.kind} ")
    return f"{kind}{word} {event.detail}".strip()
