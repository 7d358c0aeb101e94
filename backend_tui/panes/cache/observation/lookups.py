"""Which words of a command are keys that the server looks up and counts as a hit or a miss.

The server tells it itself: `COMMAND` gives each command's flags and key positions. What is read is
counted, what is only written is not; the few commands that do otherwise are named below, as
measured on Redis 7.0 and Valkey 9.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

Words = Sequence[bytes]
Finder = Callable[[Words], Iterator[int]]

# Their keys are named, but the command itself reads none: a script's reads are commands of its own.
_READS_NOTHING: Final = frozenset(
    b"eval evalsha fcall eval_ro evalsha_ro fcall_ro watch memory debug migrate restore".split()
)
# They write, and count the look-up of their first key all the same.
_READS_FIRST: Final = b"getex getdel getset hgetex xack xclaim xautoclaim pfmerge".split()
# Looked up once to check and once to serve.
_TWICE: Final = frozenset((b"xread", b"xreadgroup"))
# The second word is a verb, the third the key; OBJECT counts without an event.
SILENT: Final = b"object"
_WITH_VERB: Final = (b"object", b"xinfo")
# They look up keys that their words do not name.
HIDING: Final = {b"sort": (b"BY", b"GET"), b"sort_ro": (b"BY", b"GET"), b"scan": (b"TYPE",)}


class Rule:
    """Where one command's counted keys stand: at fixed places, or found by looking at its words.

    `most` words are enough to know, -1 for all of them.
    """

    __slots__ = ("finders", "fixed", "most", "times")

    def __init__(self, finders: tuple[Finder, ...], fixed: tuple[int, ...], times: int) -> None:
        self.finders = finders
        self.fixed = fixed
        self.times = times
        self.most = max(fixed) + 1 if fixed else -1

    def keys(self, words: Words) -> list[bytes]:
        """The keys that the command looked up, in order, one entry for each look-up."""
        if self.fixed:
            return [words[at] for at in self.fixed if at < len(words)]
        size = len(words)
        found = [words[at] for finder in self.finders for at in finder(words) if 0 < at < size]
        return found * self.times


class Lookups:
    """The rules of one server, made from its answer to `COMMAND`."""

    def __init__(self, commands: Sequence[Any]) -> None:
        self._rules: dict[bytes, Rule] = {}
        for command in commands:
            name = bytes(command[0]).lower()
            if finders := tuple(_finders(name, command)):
                times = 2 if name in _TWICE else 1
                self._rules[name] = Rule(finders, _fixed(name, command), times)

    def rule(self, name: bytes) -> Rule | None:
        """The rule of a command by its name in lower case; None when it looks nothing up."""
        return self._rules.get(name)

    def keys(self, name: bytes, words: Words) -> list[bytes]:
        """The keys that the command looked up, in order, one entry for each look-up."""
        rule = self._rules.get(name)
        return [] if rule is None else rule.keys(words)


def hides_lookups(name: bytes, words: Words) -> bool:
    """Whether the command looked up keys that its words do not name (`SORT … BY weight_*`)."""
    options = HIDING.get(name)
    return options is not None and any(word.upper() in options for word in words[2:])


def _finders(name: bytes, command: Sequence[Any]) -> Iterator[Finder]:
    if name in _WITH_VERB:
        yield lambda words: iter((2,) if len(words) > 2 else ())
        return
    if name in _READS_NOTHING:
        return
    if name == b"set":
        yield _first_if(lambda words: any(word.upper() == b"GET" for word in words[3:]))
        return
    if name == b"bitfield":
        yield _first_if(_only_gets)
        return
    if name in _READS_FIRST:
        yield lambda _: iter((1,))
    is_reader = b"readonly" in command[2]
    specs = command[8] if len(command) > 8 else ()
    for spec in specs:
        flags = spec[b"flags"]
        if b"not_key" not in flags and (is_reader or b"RO" in flags):
            finder = _by_spec(spec[b"begin_search"], spec[b"find_keys"])
            if finder is not None:
                yield finder
    if not specs and is_reader and command[3]:
        yield _by_range(command[3], command[4], command[5])


def _fixed(name: bytes, command: Sequence[Any]) -> tuple[int, ...]:
    """The one place of a command's only key; nothing when its words must be looked at."""
    specs: Sequence[Any] = command[8] if len(command) > 8 else ()
    is_simple = name not in HIDING and name not in _WITH_VERB and name not in _TWICE
    if not is_simple or b"readonly" not in command[2] or len(specs) != 1:
        return ()
    search, found = specs[0][b"begin_search"], specs[0][b"find_keys"]
    if search[b"type"] != b"index" or found[b"type"] != b"range" or found[b"spec"][b"lastkey"]:
        return ()
    return (int(search[b"spec"][b"index"]),)


def _first_if(condition: Callable[[Words], bool]) -> Finder:
    return lambda words: iter((1,) if condition(words) else ())


def _only_gets(words: Words) -> bool:
    """A BITFIELD that only gets; the words are key, then GET type offset, OVERFLOW kind…"""
    verbs = {word.upper() for word in words[2:]}
    return b"GET" in verbs and not verbs & {b"SET", b"INCRBY"}


def _by_range(first: int, last: int, step: int) -> Finder:
    def finder(words: Words) -> Iterator[int]:
        end = last if last >= 0 else len(words) + last
        return iter(range(first, end + 1, step or 1))

    return finder


def _by_spec(search: Mapping[bytes, Any], found: Mapping[bytes, Any]) -> Finder | None:
    """Redis 7's key specification: where the search begins, and how many keys follow."""
    begins, ends = search[b"spec"], found[b"spec"]
    if search[b"type"] == b"unknown" or found[b"type"] == b"unknown":
        return None

    def start(words: Words) -> int | None:
        if search[b"type"] == b"index":
            return int(begins[b"index"])
        keyword = begins[b"keyword"].upper()
        at = int(begins[b"startfrom"])
        places = range(at, len(words)) if at >= 0 else range(len(words) + at, 0, -1)
        return next((place + 1 for place in places if words[place].upper() == keyword), None)

    def finder(words: Words) -> Iterator[int]:
        first = start(words)
        if first is None or first >= len(words):
            return iter(())
        step = int(ends[b"keystep"]) or 1
        if found[b"type"] == b"keynum":
            said = words[first + int(ends[b"keynumidx"])]
            first += int(ends[b"firstkey"])
            count = int(said) if said.isdigit() else 0
            return iter(range(first, min(first + count * step, len(words)), step))
        last, limit = int(ends[b"lastkey"]), int(ends[b"limit"])
        if last >= 0:
            end = first + last
        elif limit > 1:
            end = first + (len(words) - first) // limit - 1
        else:
            end = len(words) + last
        return iter(range(first, min(end + 1, len(words)), step))

    return finder
