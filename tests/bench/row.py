"""One promised figure, as a line of JSON that `python -m tests.bench` gathers into a table."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """`value` must not exceed `must`, or with `at_least` not fall below it; `unit` names both."""

    row: str
    value: float
    must: float
    unit: str = "×"
    at_least: bool = False
    note: str = ""

    @property
    def is_reached(self) -> bool:
        return self.value >= self.must if self.at_least else self.value <= self.must

    def show(self) -> None:
        """Print the row for the gatherer."""
        print(json.dumps({**asdict(self), "ok": self.is_reached}, ensure_ascii=False), flush=True)
