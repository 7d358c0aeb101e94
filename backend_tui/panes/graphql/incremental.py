"""Answers that come in parts (@defer, @stream) merged into one result, in three wire formats.

The formats in the field: data and path at the top of each part; a list `incremental` with paths;
`pending`, `incremental` and `completed` tied by ids. Numbers keep the digits they were sent with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from backend_tui.core.text import clean_line, decode, shorten
from backend_tui.panes.graphql.run import Patch

_LONGEST_TEXT: Final = 20_000


class _Digits(str):
    """A number as it was written."""

    __slots__ = ()


@dataclass
class Merging:
    """The result so far; `notes` tell of parts that did not fit in."""

    result: dict[str, Any] = field(default_factory=dict)
    is_complete: bool = False
    notes: list[str] = field(default_factory=list)
    _count: int = 0
    _pending: dict[str, tuple[list[str | int], str]] = field(default_factory=dict)

    def take(self, body: bytes, at_us: int) -> Patch:
        """One part further; a part that is no JSON object is kept as a patch and noted."""
        self._count += 1
        text = shorten(decode(body), _LONGEST_TEXT)
        try:
            value = json.loads(body, parse_float=_Digits, parse_int=_Digits)
        except (ValueError, RecursionError):
            value = None
        if not isinstance(value, dict):
            self._note(f"Part {self._count} is no JSON object.")
            return Patch(self._count, at_us, text, size=len(body))
        if isinstance(value.get("payload"), dict):  # multipart subscriptions wrap theirs
            value = value["payload"]
        places: list[tuple[str, str]] = []
        if self._count == 1 and "incremental" not in value and "path" not in value:
            self.result = {n: v for n, v in value.items() if n not in ("hasNext", "pending")}
            self._announce(value)
        else:
            self._announce(value)
            places = list(self._apply(value))
        self.is_complete = value.get("hasNext") is False
        return Patch(
            self._count,
            at_us,
            text,
            tuple(place for place, _ in places),
            tuple(label for _, label in places if label),
            len(body),
            _error_count(value),
            self.is_complete,
        )

    def text(self) -> bytes:
        """The whole result as JSON, numbers as they were sent."""
        out: list[str] = []
        try:
            _write(self.result, out)
        except RecursionError:
            return json.dumps({"data": None}).encode()
        return "".join(out).encode("utf-8", "replace")

    def _announce(self, value: Mapping[str, Any]) -> None:
        for each in _dicts(value.get("pending")):
            path = _steps(each.get("path"))
            self._pending[str(each.get("id"))] = (path, _label(each))

    def _apply(self, value: dict[str, Any]) -> Iterator[tuple[str, str]]:
        parts = _dicts(value.get("incremental"))
        if "path" in value and ("data" in value or "items" in value):
            parts = [value, *parts]
        elif "data" in value or "errors" in value:
            self._merge_top(value)
        for part in parts:
            yield self._apply_part(part)
        for done in _dicts(value.get("completed")):
            path, label = self._pending.pop(str(done.get("id")), ([], ""))
            if done.get("errors"):
                self._add_errors(done["errors"])
                yield _dotted(path), label
        if isinstance(value.get("extensions"), dict) and "path" not in value:
            if not isinstance(self.result.get("extensions"), dict):
                self.result["extensions"] = {}
            _merge(self.result["extensions"], value["extensions"])

    def _merge_top(self, value: Mapping[str, Any]) -> None:
        if isinstance(value.get("data"), dict):
            if not isinstance(self.result.get("data"), dict):
                self.result["data"] = {}
            _merge(self.result["data"], value["data"])
        self._add_errors(value.get("errors"))

    def _apply_part(self, part: Mapping[str, Any]) -> tuple[str, str]:
        label = _label(part)
        if "id" in part:
            base, label = self._pending.get(str(part["id"]), ([], label))
            path = [*base, *_steps(part.get("subPath"))]
        else:
            path = _steps(part.get("path"))
        self._add_errors(part.get("errors"))
        if isinstance(part.get("items"), list):
            fits = self._add_items(path, part["items"], is_by_index="id" not in part)
        elif "data" in part:
            fits = self._add_data(path, part["data"])
        else:
            fits = True
        if not fits:
            self._note(f"Part {self._count} does not fit at {_dotted(path) or 'the top'}.")
        return _dotted(path), label

    def _add_items(self, path: list[str | int], items: list[Any], *, is_by_index: bool) -> bool:
        target = self._at(path)
        if isinstance(target, list):
            target.extend(items)
            return True
        if not is_by_index or not path or not isinstance(path[-1], int):
            return False
        target = self._at(path[:-1])
        if not isinstance(target, list) or not 0 <= path[-1] <= len(target):
            return False
        target[path[-1] : path[-1] + len(items)] = items
        return True

    def _add_data(self, path: list[str | int], data: Any) -> bool:
        target = self._at(path)
        if isinstance(target, dict) and isinstance(data, dict):
            _merge(target, data)
            return True
        if not path:
            if target is None and isinstance(data, dict):
                self.result["data"] = data
                return True
            return data is None
        parent, last = self._at(path[:-1]), path[-1]
        if isinstance(parent, list) and isinstance(last, int) and last == len(parent):
            parent.append(data)
            return True
        if isinstance(parent, list) and isinstance(last, int) and 0 <= last < len(parent):
            parent[last] = data
            return True
        return data is None

    def _at(self, path: list[str | int]) -> Any:
        place: Any = self.result.get("data")
        for step in path:
            if isinstance(place, dict) and isinstance(step, str):
                place = place.get(step)
            elif isinstance(place, list) and isinstance(step, int) and 0 <= step < len(place):
                place = place[step]
            else:
                return None
        return place

    def _add_errors(self, errors: Any) -> None:
        if isinstance(errors, list) and errors:
            known = self.result.setdefault("errors", [])
            if isinstance(known, list):
                known.extend(errors)

    def _note(self, words: str) -> None:
        if len(self.notes) < 20:
            self.notes.append(words)


def _merge(target: dict[str, Any], added: Mapping[str, Any]) -> None:
    waiting: list[tuple[dict[str, Any], Mapping[str, Any]]] = [(target, added)]
    while waiting:
        into, source = waiting.pop()
        for name, value in source.items():
            there = into.get(name)
            if isinstance(there, dict) and isinstance(value, dict):
                waiting.append((there, value))
            elif isinstance(there, list) and isinstance(value, list):
                _merge_lists(there, value, waiting)
            else:
                into[name] = value


def _merge_lists(
    there: list[Any],
    value: list[Any],
    waiting: list[tuple[dict[str, Any], Mapping[str, Any]]],
) -> None:
    for index, item in enumerate(value):
        if index >= len(there):
            there.append(item)
        elif isinstance(there[index], dict) and isinstance(item, dict):
            waiting.append((there[index], item))
        else:
            there[index] = item


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _steps(path: Any) -> list[str | int]:
    found: list[str | int] = []
    for step in path[:200] if isinstance(path, list) else ():
        is_index = isinstance(step, _Digits) and step.isdigit() and len(step) < 10
        found.append(int(step) if is_index else str(step))
    return found


def _dotted(path: list[str | int]) -> str:
    return clean_line(".".join(str(step) for step in path))


def _label(part: Mapping[str, Any]) -> str:
    label = part.get("label")
    return clean_line(label) if isinstance(label, str) else ""


def _error_count(value: Mapping[str, Any]) -> int:
    parts = [value, *_dicts(value.get("incremental")), *_dicts(value.get("completed"))]
    return sum(len(part["errors"]) for part in parts if isinstance(part.get("errors"), list))


def _write(value: Any, out: list[str]) -> None:
    if isinstance(value, _Digits):
        out.append(value)
    elif isinstance(value, dict):
        out.append("{")
        for index, (name, each) in enumerate(value.items()):
            out.append(("," if index else "") + json.dumps(name, ensure_ascii=False) + ":")
            _write(each, out)
        out.append("}")
    elif isinstance(value, list):
        out.append("[")
        for index, each in enumerate(value):
            if index:
                out.append(",")
            _write(each, out)
        out.append("]")
    else:
        out.append(json.dumps(value, ensure_ascii=False))
