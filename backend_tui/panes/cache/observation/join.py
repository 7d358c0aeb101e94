"""Hits and misses of every key, from what MONITOR and the keyevent notifications tell together.

Both come on one connection, in the order in which the server did its work: a command's misses
stand directly beside its line (before it since Redis 7, after it in Redis 6), so each look-up of
the line is a miss or, without one, a hit. INFO answers in the same stream are the checksum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from backend_tui.core.text import clean_line
from backend_tui.panes.cache.observation.batch import Batch, Check, KeyCount, Rung
from backend_tui.panes.cache.observation.figures import (
    Counters,
    Figures,
    command_totals,
    facts_of,
    rates,
)
from backend_tui.panes.cache.observation.key_text import keyed
from backend_tui.panes.cache.observation.lookups import HIDING, SILENT, Lookups, Rule, hides_lookups
from backend_tui.panes.cache.observation.monitor_line import MonitorLine, parsed, unescaped
from backend_tui.panes.cache.observation.notifications import SETTING, channel_parts
from backend_tui.panes.cache.row import Row

MOST_KEYS: Final = 100_000
OTHERS: Final = "(other keys)"
_CAUSES: Final = {b"get": None, b"mget": "many"}
_MOST_NAMES: Final = 1_000
Place = tuple[int, bytes]
Command = tuple[bytes, Rule | None, str | None, bool]


class _Tally:
    """One key's text and how often it was looked up and missed."""

    __slots__ = ("lookups", "misses", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.lookups = 0
        self.misses = 0


class Join:
    """The state of one observation over one connection. `add` what was read, `batch` what it says.

    With `lookups` it joins a monitor; without, it only counts what is told as missed. The counters
    leave out the `questions` of each round of INFO and `own_commands` asked elsewhere.
    """

    def __init__(
        self,
        rung: Rung,
        *,
        home: int = 0,
        lookups: Lookups | None = None,
        is_line_last: bool = True,
        first_sequence: int = 1,
        questions: int = 1,
    ) -> None:
        self.sequence = first_sequence
        self.setting: str | None = None
        self._rung: Rung = rung
        self._home = home
        self._lookups = lookups
        self._is_line_last = is_line_last
        self._rows: list[Row] = []
        self._touched: dict[int, _Tally] = {}
        self._tallies: dict[Place, _Tally] = {}
        self._others = _Tally(OTHERS)
        self._missed: list[Place] = []
        self._open: tuple[int, float, list[bytes], str | None, bool] | None = None
        self._seen_lookups = self._seen_misses = self._silent = self._lost = 0
        self._unseen: Counter[str] = Counter()
        self._channels: dict[bytes, tuple[int, str]] = {}
        self._commands_by_name: dict[bytes, Command] = {}
        self._base: Figures | None = None
        self._base_commands: dict[str, tuple[int, int]] = {}
        self._base_at = self._stats_at = 0.0
        self._commands, self._ops_per_s, self._last_ms = 0, 0.0, 0.0
        self._facts: dict[str, str] = {}
        self._counters: Counters | None = None
        self._check = Check()
        self._questions = questions
        self._rounds = 0
        self.own_commands = 0

    @property
    def waiting_rows(self) -> int:
        """Rows that no batch has taken yet."""
        return len(self._rows)

    @property
    def has_news(self) -> bool:
        """Whether a batch would tell anything."""
        return bool(self._rows or self._touched or self._counters is not None)

    def lose(self, messages: int) -> None:
        """So many messages are missing before what is added next."""
        self._lost += messages
        self._missed.clear()
        self._open = None
        self._check = Check(False, self._lost)

    def add(self, items: Sequence[Any], now_ms: float) -> None:
        """What the connection said, in order, and when it was read."""
        for item in items:
            if type(item) is bytes:
                if item[:1] == b"#":
                    self._hear_info(item, now_ms)
                elif self._lookups is not None and (line := parsed(item)) is not None:
                    self._hear_line(line, self._lookups)
            elif isinstance(item, list):
                if len(item) == 3 and item[0] == b"message":
                    self._hear_event(item[1], item[2], now_ms)
            elif isinstance(item, dict):
                value = item.get(SETTING.encode())
                self.setting = None if value is None else bytes(value).decode("ascii", "replace")

    def batch(self, seconds_left: float | None, ended: str = "", most_rows: int = 5_000) -> Batch:
        """What has been joined since the last batch, at most so many rows of it."""
        rows, self._rows = tuple(self._rows[:most_rows]), self._rows[most_rows:]
        has_hits = self._lookups is not None
        counts = tuple(
            KeyCount(tally.text, tally.lookups - tally.misses if has_hits else None, tally.misses)
            for tally in self._touched.values()
        )
        self._touched = {}
        counters, self._counters = self._counters, None
        return Batch(self._rung, rows, counts, counters, self._check, seconds_left, ended=ended)

    def _hear_line(self, line: MonitorLine, lookups: Lookups) -> None:
        if self._open is not None or not self._is_line_last:
            self._settle()
        quoted_name = line.quoted[: line.quoted.find(b'"')] if b'"' in line.quoted else line.quoted
        command = self._commands_by_name.get(quoted_name)
        if command is None:
            command = self._command(quoted_name, lookups)
        name, rule, cause, may_hide = command
        keys: list[bytes] = []
        if rule is not None or may_hide:
            words = line.words(-1 if rule is None else rule.most)
            if rule is not None:
                keys = rule.keys(words)
            if may_hide and hides_lookups(name, words):
                self._unseen[clean_line(name.decode("ascii", "replace")).upper()] += 1
        if not keys and not self._missed:
            return
        self._open = (line.db, line.at_ms, keys, cause, name == SILENT)
        if self._is_line_last:
            self._settle()

    def _command(self, quoted_name: bytes, lookups: Lookups) -> Command:
        """What is to be known of a command, by its name as it was sent."""
        name = unescaped(quoted_name).lower()
        cause = _CAUSES[name] if name in _CAUSES else clean_line(name.decode("ascii", "replace"))
        command = (name, lookups.rule(name), cause, name in HIDING)
        if len(self._commands_by_name) < _MOST_NAMES:
            self._commands_by_name[quoted_name] = command
        return command

    def _settle(self) -> None:
        """Tell hits from misses for the line whose misses are all known now."""
        if self._open is None:
            if not self._is_line_last and self._missed:
                self._miss_all(0.0)
            return
        db, at_ms, keys, cause, is_silent = self._open
        self._open = None
        if is_silent:
            self._silent += len(keys)
        else:
            for key in keys:
                place = (db, key)
                is_miss = bool(self._missed) and place in self._missed
                if is_miss:
                    self._missed.remove(place)
                self._look_up(place, is_miss, at_ms, cause)
        if self._missed:
            self._miss_all(at_ms)

    def _miss_all(self, at_ms: float) -> None:
        """Misses of which no line tells: look-ups all the same."""
        for place in self._missed:
            self._look_up(place, True, at_ms, None)
        self._missed.clear()

    def _look_up(self, place: Place, is_miss: bool, at_ms: float, cause: str | None) -> None:
        if self._base is None:
            return
        tally = self._tallies.get(place) or self._tally(place)
        tally.lookups += 1
        self._seen_lookups += 1
        if is_miss:
            tally.misses += 1
            self._seen_misses += 1
        self._touched[id(tally)] = tally
        key = tally.text if tally is not self._others else keyed(place[1], place[0], self._home)
        self._row(at_ms, "get", key, "miss" if is_miss else "hit", cause)

    def _hear_event(self, channel: bytes, key: bytes, now_ms: float) -> None:
        if channel not in self._channels:
            self._channels[channel] = channel_parts(channel)
        db, event = self._channels[channel]
        if event == "keymiss":
            if self._lookups is not None:
                self._missed.append((db, key))
            else:
                self._look_up((db, key), True, now_ms, None)
        elif self._base is not None:
            op, result = ("expire", "expired") if event == "expired" else ("evict", "evicted")
            self._row(now_ms, op, keyed(key, db, self._home), result, None)

    def _row(self, at_ms: float, op: str, key: str, result: str, cause: str | None) -> None:
        self._rows.append(
            Row(self.sequence, at_ms, op, key, result, None, None, None, None, None, cause)
        )
        self.sequence += 1

    def _tally(self, place: Place) -> _Tally:
        tally = self._tallies.get(place)
        if tally is None:
            if len(self._tallies) >= MOST_KEYS:
                return self._others
            tally = self._tallies[place] = _Tally(keyed(place[1], place[0], self._home))
        return tally

    def _hear_info(self, info: bytes, now_ms: float) -> None:
        facts = facts_of(info)
        if info.startswith(b"# Stats"):
            self._settle()
            self._facts = facts
            self._stats_at = now_ms
            self._compare(Figures.read(facts), now_ms)
        elif info.startswith(b"# Commandstats"):
            self._count(command_totals(facts))
        else:
            self._facts |= facts
            self._count(None)

    def _compare(self, figures: Figures, now_ms: float) -> None:
        base = self._base
        if base is None or figures.hits < base.hits or figures.misses < base.misses:
            is_first = base is None
            self._base, self._base_at, self._rounds = figures, now_ms, 0
            self._commands, self._last_ms = 0, now_ms
            self._base_commands = {}
            self._missed.clear()
            self._silent = self._seen_lookups = self._seen_misses = 0
            if not is_first:
                self._check = Check(None, self._lost, 0, ("CONFIG RESETSTAT",))
            return
        self._rounds += 1
        self._rate(figures.commands - base.commands, now_ms)
        hits, misses = figures.hits - base.hits, figures.misses - base.misses
        unseen = tuple(sorted(self._unseen))
        missed_unseen = misses - self._seen_misses
        if self._rung == "exact":
            difference = hits + misses - self._seen_lookups - self._silent
            is_exact = difference == 0 and 0 <= missed_unseen <= self._silent
            self._check = Check(is_exact and not self._lost, self._lost, difference, unseen)
        elif self._rung == "misses":
            is_exact = missed_unseen == 0
            self._check = Check(is_exact and not self._lost, self._lost, missed_unseen, unseen)
        else:
            self._check = Check(True)
        self._count(None)

    def _rate(self, commands: int, now_ms: float) -> None:
        """Commands of others, in all and a second."""
        ours = self._rounds * self._questions + self.own_commands
        before, self._commands = self._commands, max(0, commands - ours)
        seconds = (now_ms - self._last_ms) / 1000
        self._last_ms = now_ms
        self._ops_per_s = max(0, self._commands - before) / seconds if seconds > 0 else 0.0

    def _count(self, totals: Mapping[str, tuple[int, int]] | None) -> None:
        if self._base is None:
            return
        now = Figures.read(self._facts)
        if totals is not None and not self._base_commands:
            self._base_commands = dict(totals)
        self._counters = Counters(
            seconds=max(0.0, (self._stats_at - self._base_at) / 1000),
            hits=now.hits - self._base.hits,
            misses=now.misses - self._base.misses,
            expired=now.expired - self._base.expired,
            evicted=now.evicted - self._base.evicted,
            commands=self._commands,
            ops_per_s=self._ops_per_s,
            used_memory=now.used_memory,
            max_memory=now.max_memory,
            rates=rates(self._base_commands, totals) if totals is not None else (),
        )
