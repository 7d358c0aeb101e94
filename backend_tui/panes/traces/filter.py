"""The filter over journeys: `status>=400 duration>50ms sql>10 dup path:/api -method:POST`.

All terms must hold. A `-` in front turns a term round, quotes keep spaces in one.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from backend_tui.core.config import suggestion
from backend_tui.core.errors import UsageError
from backend_tui.panes.traces.journey import Journey

Passes = Callable[[Journey], bool]

_TERM: Final = re.compile(r'(?:"[^"]*"?|[^\s"])+')
_FIELD: Final = re.compile(r"(?P<field>[a-z]+)(?P<sign>>=|<=|!=|>|<|=|:)(?P<value>.*)", re.DOTALL)
_NUMBER: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[a-zµ]*)", re.IGNORECASE)
_SIGNS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ":": operator.eq,
    "!=": operator.ne,
}
_TIMES: Final = {"us": 1.0, "µs": 1.0, "": 1e3, "ms": 1e3, "s": 1e6}
_SIZES: Final = {"": 1.0, "b": 1.0, "kb": 1e3, "mb": 1e6}
_PLAIN: Final = {"": 1.0}
_NUMBERS: Final[Mapping[str, tuple[Callable[[Journey], float], Mapping[str, float]]]] = {
    "status": (lambda journey: journey.trace.status, _PLAIN),
    "duration": (lambda journey: journey.trace.duration_us, _TIMES),
    "sql": (lambda journey: journey.trace.counters.sql, _PLAIN),
    "rows": (lambda journey: journey.trace.counters.rows, _PLAIN),
    "hits": (lambda journey: journey.trace.counters.cache_hits, _PLAIN),
    "misses": (lambda journey: journey.trace.counters.cache_misses, _PLAIN),
    "dup": (lambda journey: journey.trace.counters.duplicates, _PLAIN),
    "spans": (lambda journey: len(journey.trace.spans), _PLAIN),
    "bytes": (lambda journey: journey.trace.counters.response_bytes, _SIZES),
}
_TEXTS: Final[Mapping[str, Callable[[Journey], str]]] = {
    "path": lambda journey: journey.target,
    "method": lambda journey: journey.trace.method,
    "route": lambda journey: journey.trace.route,
    "service": lambda journey: journey.trace.service,
    "id": lambda journey: journey.trace.trace_id,
    "span": lambda journey: "\n".join(span.name for span in journey.trace.spans),
    "query": lambda journey: "\n".join(
        str(span.attributes.get("db.query.text", "")) for span in journey.trace.spans
    ),
}
_FLAGS: Final[Mapping[str, Passes]] = {
    "dup": lambda journey: journey.trace.counters.duplicates > 0,
    "error": lambda journey: journey.is_failed,
    "hit": lambda journey: journey.trace.counters.cache_hits > 0,
    "miss": lambda journey: journey.trace.counters.cache_misses > 0,
    "otlp": lambda journey: journey.source == "otlp",
    "shop": lambda journey: journey.source == "shop",
}
FIELDS: Final = (*_NUMBERS, *_TEXTS)
GRAMMAR: Final = (
    "status>=400 duration>50ms sql>10 rows>100 dup error hit miss path:/api method:POST "
    "span:SELECT -path:/static"
)


class FilterError(UsageError):
    """A term that cannot be read: `start` and `end` are its place in the filter's text."""

    def __init__(self, what: str, hint: str, start: int, end: int) -> None:
        super().__init__(what, "", hint)
        self.start = start
        self.end = end


@dataclass(frozen=True, slots=True)
class Filter:
    """What was written, and its terms; without terms everything passes."""

    text: str = ""
    terms: tuple[Passes, ...] = ()

    def passes(self, journey: Journey) -> bool:
        return all(term(journey) for term in self.terms)


EVERYTHING: Final = Filter()


def parse_filter(text: str) -> Filter:
    """The filter of a text; raises `FilterError` with the place of the first wrong term."""
    terms = [_term(found[0], found.start(), found.end()) for found in _TERM.finditer(text)]
    return Filter(text, tuple(terms))


def without_beginning(text: str) -> str:
    """The text without a last word that may still become a field: it is being written."""
    *_, last = text.split(" ")
    word = last.lstrip("-!")
    is_field = any(name.startswith(word) for name in FIELDS) and word not in _FLAGS
    return text.removesuffix(last) if word and is_field else text


def _term(written: str, start: int, end: int) -> Passes:
    is_negated = written[0] in "-!" and len(written) > 1
    words = written[1:] if is_negated else written
    passes = _positive(words, start, end)
    return (lambda journey: not passes(journey)) if is_negated else passes


def _positive(words: str, start: int, end: int) -> Passes:
    found = None if words.startswith('"') else _FIELD.fullmatch(words)
    if found is None:
        name = words.lower()
        return _FLAGS[name] if name in _FLAGS else _contains(_unquoted(words))
    field, sign, value = found["field"], found["sign"], _unquoted(found["value"])
    if field not in _NUMBERS and field not in _TEXTS:
        hint = suggestion(field, FIELDS, "Fields are")
        raise FilterError(f"There is no field “{field}”.", hint, start, end)
    if not value:
        raise FilterError(f"“{field}{sign}” needs a value.", f"As in {GRAMMAR}", start, end)
    if field in _NUMBERS:
        return _number_term(field, sign, value, start, end)
    return _text_term(field, sign, value, start, end)


def _number_term(field: str, sign: str, value: str, start: int, end: int) -> Passes:
    read, units = _NUMBERS[field]
    group = re.fullmatch(r"([1-5])xx", value, re.IGNORECASE)
    if field == "status" and group and sign in ":=":
        first = int(group[1]) * 100
        return lambda journey: first <= read(journey) < first + 100
    low, dots, high = value.partition("..")
    if dots and sign in ":=":
        bottom = _number(low, field, units, start, end)
        top = _number(high, field, units, start, end)
        return lambda journey: bottom <= read(journey) <= top
    number, holds = _number(value, field, units, start, end), _SIGNS[sign]
    return lambda journey: holds(read(journey), number)


def _number(value: str, field: str, units: Mapping[str, float], start: int, end: int) -> float:
    found = _NUMBER.fullmatch(value)
    if found is None or found["unit"].lower() not in units:
        named = ", ".join(unit for unit in units if unit)
        hint = f"A number with {named}, as in {field}>50{'ms' if 'ms' in units else 'kb'}."
        raise FilterError(
            f"“{value}” is no number for {field}.",
            hint if named else f"A number, as in {field}>{400 if field == 'status' else 10}.",
            start,
            end,
        )
    return float(found["number"]) * units[found["unit"].lower()]


def _text_term(field: str, sign: str, value: str, start: int, end: int) -> Passes:
    if sign not in (":", "=", "!="):
        hint = f"Write {field}:{value} for “contains” or {field}={value} for “is”."
        raise FilterError(f"{field} is a text and cannot be compared by {sign}.", hint, start, end)
    read, wanted = _TEXTS[field], value.lower()
    if (sign == ":" and field == "method") or sign == "=":
        return lambda journey: wanted == read(journey).lower()
    if sign == "!=":
        return lambda journey: wanted != read(journey).lower()
    return lambda journey: wanted in read(journey).lower()


def _contains(words: str) -> Passes:
    wanted = words.lower()
    return lambda journey: (
        wanted
        in (
            f"{journey.trace.method} {journey.target} {journey.trace.route} "
            f"{journey.trace.service} {journey.trace.status}".lower()
        )
    )


def _unquoted(text: str) -> str:
    return text.replace('"', "")
