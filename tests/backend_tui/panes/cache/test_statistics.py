"""The books: each operation counted once, whatever the batches; rates; windows; bounded tables."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as some

from backend_tui.panes.cache.live.bounded import Bounded
from backend_tui.panes.cache.live.statistics import Statistics, prefix_of, windows_document
from backend_tui.panes.cache.live.words import ratio_text
from backend_tui.panes.cache.row import Row
from backend_tui.ui.spark import spark
from tests.backend_tui.panes.cache.operations import (
    NOON,
    any_row,
    batch,
    expired,
    fill,
    hit,
    load,
    miss,
    stored,
)


def counted(*rows: Row) -> Statistics:
    books = Statistics()
    books.take(rows)
    return books


def naive(rows: list[Row], at: int) -> dict[str | None, Counter[str]]:
    """The same counts, one operation at a time, by the member of the row at `at`."""
    found: dict[str | None, Counter[str]] = defaultdict(Counter)
    for row in rows:
        each = found[row[at]]  # type: ignore[index]
        each["operations"] += 1
        each["load_us"] += int(row.load_us or 0)
        match row.op, row.result:
            case "get", "hit":
                each["hits"] += 1
                each["stale_reads"] += row.cause == "stale"
                each["negative_hits"] += row.cause == "negative"
                each["joined"] += row.cause == "joined"
            case "get", "miss":
                each["misses"] += 1
            case "set", "stored":
                each["sets"] += 1
            case "delete", "deleted":
                each["deletes"] += 1
            case "load", "loaded":
                each["loads"] += 1
            case "load", "failed":
                each["load_failures"] += 1
            case "expire", _:
                each["expirations"] += 1
            case "evict", _:
                each["evictions"] += 1
            case _, "error":
                each["errors"] += 1
            case _, "refused":
                each["refusals"] += 1
    return found


@given(some.lists(some.lists(any_row, max_size=30), max_size=8))
def test_every_operation_is_counted_once_by_key_and_strategy(batches: list[list[Row]]) -> None:
    books = Statistics()
    for rows in batches:
        books.take(rows)
    everything = [row for rows in batches for row in rows]
    for table, at in ((books.keys, 3), (books.strategies, 5)):
        expected = naive(everything, at)
        assert {each.name for each in table.order} == {name or "\u2013" for name in expected}
        for name, counts in expected.items():
            found = table.entries[name or "\u2013"].counts
            assert {kind: getattr(found, kind) for kind in counts} == counts
    assert books.total.operations == len(everything)
    for kind in ("hits", "misses", "loads", "expirations", "load_us"):
        parts = [getattr(each.counts, kind) for each in books.prefixes.order]
        assert sum(parts) == getattr(books.total, kind)


@given(some.lists(any_row, min_size=1, max_size=60), some.integers(1, 10))
def test_windows_hold_what_happened_in_them_however_it_was_cut(rows: list[Row], cut: int) -> None:
    rows.sort(key=lambda row: row.at_ms)
    books = Statistics()
    for start in range(0, len(rows), cut):
        books.take(rows[start : start + cut])
    now = NOON + 3_000
    last = [row for row in rows if now - 1_000 <= row.at_ms < now]
    second = books.windows.over(1, now)
    assert second.hits == sum(row.op == "get" and row.result == "hit" for row in last)
    assert books.windows.over(10, now + 250).operations == len(rows)
    course = books.windows.by_second(4, now + 1_000)
    assert sum(each.operations for each in course) == len(rows)


@given(some.lists(some.integers(0, 40), max_size=300))
def test_the_bounded_table_never_claims_more_than_it_knows(keys: list[int]) -> None:
    table = Bounded(8)
    truth: Counter[str] = Counter()
    for number in keys:
        name = f"k{number}"
        truth[name] += 1
        table.entry(name).counts.operations += 1
    assert len(table.order) <= 8
    for entry in table.order:
        assert entry.counts.operations <= truth[entry.name] <= entry.weight
    for name, count in truth.items():
        if name not in table.entries:
            assert count <= table.bound
    assert table.is_exact == (len(truth) <= 8)
    assert sum(entry.weight for entry in table.order) == len(keys)


def test_rates_of_nothing_are_unknown_and_never_all() -> None:
    document = Statistics().total.document()
    assert document["hitRate"] is None
    assert document["missRate"] is None
    assert document["loadFailureRate"] is None
    assert document["averageLoadPenalty"] is None
    assert ratio_text(None) == "\u2013"
    assert ratio_text(0.99999) == "99.9 %"
    assert ratio_text(1.0) == "100 %"


def test_rates_go_by_caffeines_names() -> None:
    failed = load(load_us=4_000)._replace(result="failed")
    books = counted(*fill(), hit(), hit(cause="stale"), hit(cause="negative"), failed, expired())
    document = books.total.document()
    assert document["requestCount"] == 4
    assert (document["hitCount"], document["hitRate"]) == (3, 0.75)
    assert (document["missCount"], document["missRate"]) == (1, 0.25)
    assert (document["loadSuccessCount"], document["loadFailureCount"]) == (1, 1)
    assert document["loadFailureRate"] == 0.5
    assert document["averageLoadPenalty"] == 3.0
    assert document["evictionCountByCause"] == {"EXPIRED": 1, "SIZE": 0}
    assert (document["staleReadCount"], document["negativeHitCount"]) == (1, 1)


def test_time_saved_is_each_keys_hits_times_its_own_load() -> None:
    books = counted(load("a:1", load_us=100), hit("a:1"), hit("a:1"), load("b:1", load_us=9_000))
    assert books.saved_us == 200
    assert books.keys.entries["b:1"].counts.saved_us == 0
    assert counted(hit("c:1")).saved_us is None


def test_time_to_live_counts_down_from_the_last_set_and_ends_with_the_value() -> None:
    books = counted(stored(ttl_s=60), stored(at_ms=NOON + 1_000, ttl_s=30))
    entry = books.keys.entries["product:1"]
    assert entry.size == 812
    assert entry.ttl_s(NOON + 11_000) == 20
    assert entry.ttl_s(NOON + 40_000) is None
    books.take([expired()])
    assert entry.ttl_s(NOON + 2_000) is None
    assert entry.size is None


def test_a_hole_in_the_numbers_is_counted_as_not_seen() -> None:
    books = Statistics()
    books.arrived(batch([hit(), hit()], first=101))
    assert books.unseen == 0
    books.arrived(batch([hit()], first=140))
    assert books.unseen == 37
    assert books.document("key")["exact"] is False
    books.zero(NOON)
    assert books.unseen == 0


def test_another_life_of_the_server_begins_anew() -> None:
    books = Statistics()
    books.arrived(batch([*fill(), hit()]))
    books.arrived(batch([miss()], first=3, source="life-2"))
    assert books.restarts == 1
    assert books.unseen == 2
    assert (books.total.hits, books.total.misses) == (0, 1)
    assert books.keys.entries["product:1"].size is None


def test_zero_begins_anew_and_keeps_what_is_known_of_values() -> None:
    books = counted(*fill(), hit())
    books.zero(NOON + 5_000)
    entry = books.keys.entries["product:1"]
    assert books.document("key")["total"]["hitRate"] is None
    assert books.document("key")["entries"] == []
    assert (entry.size, entry.ttl_s(NOON)) == (812, 60)
    books.take([hit()])
    assert books.total.ratio == 1.0
    assert windows_document(books, NOON + 1_000)["1 s"] == {"requestCount": 1, "hitRate": 1.0}


def test_a_replaced_key_in_the_middle_of_a_batch_keeps_the_sums() -> None:
    books = Statistics(capacity=2)
    rows = [hit(f"k:{number % 7}") for number in range(50)]
    books.take(rows)
    books.take(rows)
    assert books.total.hits == 100
    assert sum(entry.weight for entry in books.keys.order) >= 100
    assert books.document("key")["exact"] is False
    assert 0 < books.keys.bound <= 50
    books.zero(NOON)
    assert books.document("key")["exact"] is True
    books.take([hit("k:1")])
    assert books.keys.entries["k:1"].counts.hits == 1


@pytest.mark.parametrize(
    ("key", "prefix"),
    [
        ("product:12", "product:"),
        ("product:12:reviews", "product:"),
        ("list:products:page=2", "list:products:"),
        ("/api/products/12", "/api/products/"),
        ("session:abc", "session:"),
        ("plain", "plain"),
        ("", ""),
        ("12", "12"),
    ],
)
def test_the_prefix_is_what_stands_before_the_first_number_or_the_last_part(
    key: str, prefix: str
) -> None:
    assert prefix_of(key) == prefix


def test_a_sparkline_has_a_glyph_a_value() -> None:
    assert spark([None, 0, 0.5, 1], 1.0) == "·▁▄▇"
    assert spark([2.0, 4.0]) == "▄▇"
    assert spark([]) == ""
    assert spark([0.0, None]) == "▁·"


def test_a_clock_put_forward_shortens_what_was_stored_before_it() -> None:
    jump = Row(0, NOON + 5_000, "touch", "*", "stored", ttl_s=-30.0, cause="clock")
    books = counted(
        stored("old"), stored("for ever", ttl_s=None), jump, stored("new", NOON + 6_000)
    )
    left = {name: entry.ttl_s(NOON + 10_000) for name, entry in books.keys.entries.items()}
    assert left == {"old": 20.0, "for ever": None, "*": None, "new": 56.0}
