"""A journey in the list: where it came from, and what it is called by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from backend_tui.core.trace import Trace

Source = Literal["shop", "otlp"]
Identity = tuple[Source, str, str]


@dataclass(frozen=True, slots=True)
class Journey:
    """A trace and its source: the shop's own feed, or an instrumented app over OTLP."""

    trace: Trace
    source: Source = "shop"

    @property
    def identity(self) -> Identity:
        """Two requests may share a trace id; one of OTLP grows as its parts arrive."""
        root = self.trace.root if self.source == "shop" else None
        return (self.source, self.trace.trace_id, root.id if root else "")

    @property
    def is_failed(self) -> bool:
        """The server failed, or the outermost span ended in an error."""
        root = self.trace.root
        return self.trace.status >= 500 or (root is not None and root.is_error)

    @property
    def target(self) -> str:
        """Path and query as asked for."""
        return f"{self.trace.path}?{self.trace.query}" if self.trace.query else self.trace.path
