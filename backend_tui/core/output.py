"""The only module that writes to stdout and stderr for commands: data there, words here."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TextIO

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean, clean_line


@dataclass
class Output:
    """Where a command says what it found; a closed pipe ends the command quietly."""

    data: TextIO = field(default_factory=lambda: sys.stdout)
    words: TextIO = field(default_factory=lambda: sys.stderr)

    def document(self, value: object) -> None:
        """One JSON value, indented, keys as given."""
        self._write(json.dumps(value, indent=2, ensure_ascii=False, default=str))

    def record(self, value: object) -> None:
        """One JSON value on one line, written at once: a stream's item."""
        self._write(json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str))

    def text(self, text: str) -> None:
        """Clean text as it is."""
        self._write(clean(text))

    def table(self, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Columns as wide as their longest cell, numbers to the right."""
        cells = [[clean_line(str(cell)) for cell in row] for row in rows]
        kinds = [
            all(row[i].replace(".", "", 1).replace("-", "", 1).isdigit() for row in cells if row[i])
            for i in range(len(header))
        ]
        widths = [max(len(row[i]) for row in [list(header), *cells]) for i in range(len(header))]
        for row in [list(header), *cells]:
            line = "  ".join(
                cell.rjust(width) if is_number else cell.ljust(width)
                for cell, width, is_number in zip(row, widths, kinds, strict=True)
            )
            self._write(line.rstrip())

    def note(self, text: str) -> None:
        """A sentence for the person, never for a program."""
        print(clean(text), file=self.words, flush=True)

    def problem(self, error: BackendError) -> None:
        """What, why and hint on a line each."""
        self.note("\n".join(part for part in (error.what, error.why, error.hint) if part))

    def _write(self, text: str) -> None:
        safe = text.encode("utf-8", "backslashreplace").decode("utf-8")
        print(safe, file=self.data, flush=True)
