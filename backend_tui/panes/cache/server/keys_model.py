"""What the browser of keys is: how far the scan is, what is open, what may be changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, assert_never

from backend_tui.core.errors import BackendError
from backend_tui.panes.cache.server.detail import Detail
from backend_tui.panes.cache.server.info import NO_LOOKUPS, Lookups
from backend_tui.panes.cache.server.server import Identity

Phase = Literal["waiting", "scanning", "done", "stopped", "lost"]


@dataclass(frozen=True, slots=True)
class ScanBegan:
    """A walk over all keys that match began."""

    identity: Identity
    pattern: str


@dataclass(frozen=True, slots=True)
class PageArrived:
    """So many keys are kept now, of so many that were walked over."""

    kept: int
    left_out: int
    seen: int
    expected: int
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class ScanStopped:
    """The person stopped it; what had come stays."""


@dataclass(frozen=True, slots=True)
class ServerLost:
    """It cannot be asked now; what had come stays, and is old."""

    problem: BackendError


@dataclass(frozen=True, slots=True)
class KeyOpened:
    """A key was looked at; `own` is all that our looking has counted as so far."""

    detail: Detail
    own: Lookups


@dataclass(frozen=True, slots=True)
class KeyClosed:
    """Nothing is open any more."""


@dataclass(frozen=True, slots=True)
class KeyGone:
    """A key is not there any more: deleted, renamed, expired."""

    key: bytes


@dataclass(frozen=True, slots=True)
class WritesAllowed:
    """The person allowed or forbade changes on a server that is not ours."""

    is_allowed: bool


Event = (
    ScanBegan
    | PageArrived
    | ScanStopped
    | ServerLost
    | KeyOpened
    | KeyClosed
    | KeyGone
    | WritesAllowed
)


@dataclass(frozen=True, slots=True)
class KeysState:
    """The keys themselves live in the tree; here is what is said about them."""

    identity: Identity | None = None
    phase: Phase = "waiting"
    pattern: str = ""
    kept: int = 0
    left_out: int = 0
    seen: int = 0
    expected: int = 0
    detail: Detail | None = None
    own: Lookups = NO_LOOKUPS
    is_unlocked: bool = False
    problem: BackendError | None = None

    @property
    def may_write(self) -> bool:
        """Our own server may be changed at once, another's only when the person said so."""
        return self.identity is not None and (self.identity.is_embedded or self.is_unlocked)

    def after(self, event: Event) -> KeysState:
        """The state that follows."""
        match event:
            case ScanBegan(identity, pattern):
                same = self.identity is not None and self.identity.place == identity.place
                return KeysState(
                    identity,
                    "scanning",
                    pattern,
                    own=self.own,
                    detail=self.detail if same else None,
                    is_unlocked=self.is_unlocked and same,
                )
            case PageArrived(kept, left_out, seen, expected, is_last):
                return replace(
                    self,
                    kept=kept,
                    left_out=left_out,
                    seen=seen,
                    expected=expected,
                    phase="done" if is_last else "scanning",
                )
            case ScanStopped():
                return replace(self, phase="stopped") if self.phase == "scanning" else self
            case ServerLost(problem):
                return replace(self, phase="lost", problem=problem)
            case KeyOpened(detail, own):
                return replace(self, detail=detail, own=own)
            case KeyClosed():
                return replace(self, detail=None)
            case KeyGone(key):
                is_open = self.detail is not None and self.detail.key == key
                return replace(
                    self, detail=None if is_open else self.detail, kept=max(self.kept - 1, 0)
                )
            case WritesAllowed(is_allowed):
                return replace(self, is_unlocked=is_allowed)
            case _:
                assert_never(event)
