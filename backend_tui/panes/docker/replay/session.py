"""A session as a file: a line of JSON for each answer and each item of a stream, with its time.

The first line says what it is. `at` is in seconds since the recording began; a call's `of` is what
it was asked about, empty for a list.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from backend_tui.core.errors import MissingError, UsageError
from backend_tui.core.text import clean_line

KIND: Final = "docker session"
FORMAT: Final = 1
SHIPPED: Final = Path(__file__).with_name("shop.ndjson")
"""What is played where no file is named: a small shop that is started, stopped and killed."""


@dataclass(frozen=True, slots=True)
class Item:
    """Something of a stream: a JSON document, a line of a log, or the stream's end."""

    at: float
    document: Mapping[str, Any] | None = None
    source: int = 0
    nanoseconds: int = 0
    text: str = ""

    @property
    def is_end(self) -> bool:
        return self.document is None and not self.source


@dataclass(frozen=True, slots=True)
class Session:
    """All of a recording; `began` in Unix seconds, answers and items ordered by time."""

    name: str
    began: float
    seconds: float
    answers: Mapping[tuple[str, str], Sequence[tuple[float, object]]]
    streams: Mapping[str, Sequence[Item]]

    def answer(self, method: str, of: str, at: float) -> object:
        """What was answered last before this time, else first. Raises KeyError for nothing."""
        known = self.answers[method, of]
        index = bisect_right([each[0] for each in known], at)
        return known[max(index - 1, 0)][1]


def load(path: Path) -> Session:
    """Read a recording. Raises for a file that is not there, or is none, with the line."""
    shown = clean_line(str(path))
    try:
        with path.open(encoding="utf-8") as file:
            return parse(file, clean_line(path.stem))
    except FileNotFoundError as missing:
        raise MissingError(
            f"There is no recording {shown}.",
            "",
            "backend-tui docker record FILE makes one from an engine that runs.",
        ) from missing
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(f"The recording {shown} cannot be read.", str(problem)) from problem


def parse(lines: Iterable[str], name: str) -> Session:
    """A session of its lines. Raises `UsageError` with the number of the first that is none."""
    header: Mapping[str, Any] = {}
    answers: dict[tuple[str, str], list[tuple[float, object]]] = defaultdict(list)
    streams: dict[str, list[Item]] = defaultdict(list)
    number = 0
    for number, line in enumerate(lines, 1):
        try:
            entry = json.loads(line)
            if number == 1:
                header = _checked(entry)
            elif "call" in entry:
                key = str(entry["call"]), str(entry.get("of", ""))
                answers[key].append((float(entry["at"]), entry["answer"]))
            else:
                streams[str(entry["stream"])].append(_item(entry))
        except (ValueError, KeyError, TypeError, AttributeError) as wrong:
            raise _broken(name, number) from wrong
    if not header or not answers:
        raise _broken(name, number)
    seconds = float(header["seconds"])
    for known in answers.values():
        known.sort(key=lambda pair: pair[0])
    for items in streams.values():
        items.sort(key=lambda item: item.at)
    return Session(name, float(header["began"]), max(seconds, 1.0), dict(answers), dict(streams))


def _checked(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    if entry["kind"] != KIND or entry["format"] != FORMAT:
        raise ValueError(entry["kind"])
    return entry


def _item(entry: Mapping[str, Any]) -> Item:
    at = float(entry["at"])
    if "log" in entry:
        source, nanoseconds, text = entry["log"]
        return Item(at, None, int(source), int(nanoseconds), str(text))
    return Item(at, entry["item"]) if "item" in entry else Item(at)


def _broken(name: str, number: int) -> UsageError:
    return UsageError(
        f"“{name}” is no recording of a Docker engine.",
        f"Line {number} is not as this version writes it.",
        "backend-tui docker record FILE makes one from an engine that runs.",
    )
