"""The columns of the feed, and of the tables per key, prefix and strategy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.cache.live.bounded import Entry
from backend_tui.panes.cache.live.counts import NONE
from backend_tui.panes.cache.live.statistics import By
from backend_tui.panes.cache.live.words import (
    cause_text,
    clock_text,
    number_text,
    ratio_text,
    result_cell,
    ttl_text,
    us_text,
)
from backend_tui.panes.cache.row import Row
from backend_tui.ui.record_table import Cell, Column

Now = Callable[[], float]
"""The server's time in ms."""


def _took(row: Row) -> Cell:
    if row.op in ("expire", "evict"):  # it happened by itself
        return ("", "plain")
    return (us_text(row.load_us if row.load_us is not None else row.us), "plain")


FEED: Final[tuple[Column[Row], ...]] = (
    Column("time", lambda row: (clock_text(row.at_ms), "muted"), 12),
    Column("result", result_cell, 9),
    Column("key", lambda row: (row.key, "plain"), 0),
    Column("took", _took, 8, is_number=True),
    Column(
        "bytes",
        lambda row: ("" if row.size is None else bytes_text(row.size), "muted"),
        7,
        is_number=True,
        above=72,
    ),
    Column("ttl", lambda row: (ttl_text(row.ttl_s), "muted"), 7, is_number=True, above=72),
    Column("strategy", lambda row: (row.strategy or "", "muted"), 13, above=90),
    Column("cause", lambda row: (cause_text(row.cause), "plain"), 14, above=106),
    Column("route", lambda row: (row.route or "", "muted"), 16, above=130),
)


def _number(value: int) -> Cell:
    return (number_text(value), "plain" if value else "muted")


def _ratio(entry: Entry) -> Cell:
    ratio = entry.counts.ratio
    if ratio is None:
        return (NONE, "muted")
    return (ratio_text(ratio), "strong" if ratio >= 0.5 else "warning")


def _load(entry: Entry) -> Cell:
    average = entry.counts.average_load_us
    return (NONE if average is None else us_text(average), "muted" if average is None else "plain")


def _saved(entry: Entry) -> Cell:
    saved = entry.counts.saved_us
    return (NONE if saved is None else duration_text(round(saved)), "plain")


def _last(entry: Entry) -> Cell:
    return ("", "muted") if entry.last is None else result_cell(entry.last)


def _name(entry: Entry) -> Cell:
    mark = " ≈" if entry.error else ""
    return (f"{entry.name}{mark}", "plain")


def columns(by: By, now: Now, tells_hits: Callable[[], bool]) -> tuple[Column[Entry], ...]:
    """The columns of one table; `now` counts the time to live down.

    Where the source does not tell the hits of a key, nobody can know its ratio.
    """

    def hits(entry: Entry) -> Cell:
        return _number(entry.counts.hits) if tells_hits() else (NONE, "muted")

    def ratio(entry: Entry) -> Cell:
        return _ratio(entry) if tells_hits() else (NONE, "muted")

    shared: tuple[Column[Entry], ...] = (
        Column(by, _name, 0, key=lambda each: each.name),
        Column(
            "requests",
            lambda each: _number(each.counts.requests),
            9,
            is_number=True,
            key=lambda each: each.counts.requests,
        ),
        Column(
            "hits",
            hits,
            9,
            is_number=True,
            key=lambda each: each.counts.hits,
            above=110,
        ),
        Column(
            "misses",
            lambda each: _number(each.counts.misses),
            8,
            is_number=True,
            key=lambda each: each.counts.misses,
        ),
        Column(
            "hit ratio",
            ratio,
            9,
            is_number=True,
            key=lambda each: -1.0 if each.counts.ratio is None else each.counts.ratio,
        ),
        Column(
            "a load",
            _load,
            8,
            is_number=True,
            key=lambda each: each.counts.average_load_us or 0.0,
        ),
        Column(
            "saved",
            _saved,
            8,
            is_number=True,
            key=lambda each: each.counts.saved_us or 0.0,
            above=100,
        ),
        Column(
            "stale",
            lambda each: _number(each.counts.stale_reads),
            6,
            is_number=True,
            key=lambda each: each.counts.stale_reads,
            above=92,
        ),
    )
    if by != "key":
        return (
            *shared,
            Column(
                "expired",
                lambda each: _number(each.counts.expirations),
                8,
                is_number=True,
                key=lambda each: each.counts.expirations,
            ),
        )
    return (
        *shared,
        Column(
            "bytes",
            lambda each: (NONE if each.size is None else bytes_text(each.size), "muted"),
            7,
            is_number=True,
            key=lambda each: each.size or 0,
            above=116,
        ),
        Column(
            "ttl left",
            lambda each: (ttl_text(each.ttl_s(now())) or NONE, "muted"),
            8,
            is_number=True,
            key=lambda each: each.expires_at_ms or 0.0,
        ),
        Column("last", _last, 9, above=136),
    )
