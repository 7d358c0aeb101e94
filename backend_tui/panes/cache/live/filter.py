"""The filter over operations: `products:* result:miss strategy:cache-aside load>10ms -op:set`.

All terms must hold. A bare word is a glob that begins at any part of the key, or
simply in the key; `-` turns a term round.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from typing import Final, TypeVar, get_args

from backend_tui.core.config import suggestion
from backend_tui.core.errors import UsageError
from backend_tui.panes.cache.row import Op, Result, Row

T = TypeVar("T")
Passes = Callable[[Row], bool]
KeyPasses = Callable[[str], bool]

GRAMMAR: Final = (
    "products:* result:miss strategy:cache-aside cause:stale load>10ms size>1kb -op:set"
)
STRATEGIES: Final = (
    "none",
    "cache-aside",
    "read-through",
    "write-through",
    "write-back",
    "refresh-ahead",
    "generation",
    "http",
    "view",
    "fragment",
    "query",
)
CAUSES: Final = (
    "joined",
    "stale",
    "negative",
    "early",
    "lease",
    "refresh",
    "many",
    "pending",
    "clock",
)
_TERM: Final = re.compile(r'(?:"[^"]*"?|[^\s"])+')
_FIELD: Final = re.compile(r"(?P<field>[a-z]+)(?P<sign>>=|<=|!=|>|<|=|:)(?P<value>.*)", re.DOTALL)
_NUMBER: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[a-zµ]*)", re.IGNORECASE)
_CLOSED: Final[Mapping[str, tuple[int, tuple[str, ...]]]] = {
    "op": (2, get_args(Op)),
    "result": (4, get_args(Result)),
    "strategy": (5, STRATEGIES),
    "cause": (10, CAUSES),
}
_OPEN: Final = {"trace": 11, "route": 12}
_TIMES: Final = {"us": 1.0, "µs": 1.0, "": 1.0, "ms": 1e3, "s": 1e6}
_SIZES: Final = {"": 1.0, "b": 1.0, "kb": 1e3, "mb": 1e6}
_SECONDS: Final = {"": 1.0, "s": 1.0, "min": 60.0, "h": 3_600.0}
_NUMBERS: Final[Mapping[str, tuple[int, Mapping[str, float]]]] = {
    "us": (6, _TIMES),
    "size": (7, _SIZES),
    "ttl": (8, _SECONDS),
    "load": (9, _TIMES),
}
_SIGNS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ":": operator.eq,
}
_WORDS: Final = ("hit", "miss")
FIELDS: Final = ("key", *_CLOSED, *_OPEN, *_NUMBERS)


class FilterError(UsageError):
    """A term that cannot be read: `start` and `end` are its place in the filter's text."""

    def __init__(self, what: str, hint: str, start: int, end: int) -> None:
        super().__init__(what, "", hint)
        self.start = start
        self.end = end


@dataclass(frozen=True, slots=True)
class Filter:
    """What was written: its terms on operations, and those of them that look at keys alone."""

    text: str = ""
    terms: tuple[Passes, ...] = ()
    key_terms: tuple[KeyPasses, ...] = ()

    def passes(self, row: Row) -> bool:
        return all(term(row) for term in self.terms)

    def passes_key(self, key: str) -> bool:
        """True unless a term about keys says no."""
        return all(term(key) for term in self.key_terms)


EVERYTHING: Final = Filter()


def parse_filter(text: str) -> Filter:
    """The filter of a text; raises `FilterError` with the place of the first wrong term."""
    terms: list[Passes] = []
    key_terms: list[KeyPasses] = []
    for found in _TERM.finditer(text):
        written, place = found[0], (found.start(), found.end())
        is_negated = written.startswith("-") and len(written) > 1
        words = written[1:] if is_negated else written
        on_key = _key_term(words)
        if on_key is not None:
            on_key = _turned(on_key, is_negated)
            key_terms.append(on_key)
            terms.append(_on_row(on_key))
        else:
            terms.append(_turned(_term(words, place), is_negated))
    return Filter(text, tuple(terms), tuple(key_terms))


def without_beginning(text: str) -> str:
    """The text without a last word that is still being written: a field or a value may come."""
    *_, last = text.split(" ")
    word = last.lstrip("-")
    field, _, value = word.partition(":")
    is_field = any(name.startswith(word) for name in FIELDS) and word not in _WORDS
    known = _CLOSED[field][1] if field in _CLOSED else ()
    is_value = ":" in word and value not in known and any(each.startswith(value) for each in known)
    return text.removesuffix(last) if word and (is_field or is_value) else text


def _turned(holds: Callable[[T], bool], is_negated: bool) -> Callable[[T], bool]:
    return (lambda it: not holds(it)) if is_negated else holds


def _on_row(on_key: KeyPasses) -> Passes:
    return lambda row: on_key(row.key)


def _key_term(words: str) -> KeyPasses | None:
    """A term about keys, or None for one about something else."""
    if words in _WORDS:
        return None
    found = None if words.startswith('"') else _FIELD.fullmatch(words)
    if found is not None and found["field"] == "key" and found["sign"] in ":=":
        words = found["value"]
    elif found is not None and (found["sign"] != ":" or found["field"] in FIELDS):
        return None
    wanted = words.replace('"', "")
    if any(char in wanted for char in "*?["):
        matches = re.compile(f"(?s:.*[:/])?{translate(wanted)}").match
        return lambda key: matches(key) is not None
    lowered = wanted.lower()
    return lambda key: lowered in key.lower()


def _term(words: str, place: tuple[int, int]) -> Passes:
    if words in _WORDS:
        return lambda row: row.op == "get" and row.result == words
    found = _FIELD.fullmatch(words)
    if found is None or found["field"] not in FIELDS:
        field = found["field"] if found else words
        raise FilterError(
            f"There is no field “{field}”.", suggestion(field, FIELDS, "Fields are"), *place
        )
    field, sign, value = found["field"], found["sign"], found["value"].replace('"', "")
    if not value:
        raise FilterError(f"“{field}{sign}” needs a value.", f"As in {GRAMMAR}", *place)
    if field in _NUMBERS:
        return _number_term(field, sign, value, place)
    if sign not in ":=":
        raise FilterError(f"{field} cannot be compared by {sign}.", f"Write {field}:…", *place)
    if field in _OPEN:
        at = _OPEN[field]
        return lambda row: value in str(row[at] or "")
    at, known = _CLOSED[field]
    if value not in known:
        hint = suggestion(value, known, "Known are")
        raise FilterError(f"There is no {field} “{value}”.", hint, *place)
    return lambda row: row[at] == value


def _number_term(field: str, sign: str, value: str, place: tuple[int, int]) -> Passes:
    at, units = _NUMBERS[field]
    found = _NUMBER.fullmatch(value)
    if sign not in _SIGNS or found is None or found["unit"].lower() not in units:
        named = ", ".join(unit for unit in units if unit)
        hint = f"A number with {named}, as in {field}>50."
        raise FilterError(f"“{value}” is no number for {field}.", hint, *place)
    number, holds = float(found["number"]) * units[found["unit"].lower()], _SIGNS[sign]
    return lambda row: row[at] is not None and holds(row[at], number)  # type: ignore[arg-type]
