"""The join's own rules, where no server at hand would show them."""

from __future__ import annotations

from typing import Any

from backend_tui.panes.cache.observation import join as join_module
from backend_tui.panes.cache.observation.batch import Check, KeyCount
from backend_tui.panes.cache.observation.join import OTHERS, Join
from backend_tui.panes.cache.observation.lookups import Lookups

LOOKUPS = Lookups([[b"get", 2, [b"readonly"], 1, 1, 1], [b"mget", -2, [b"readonly"], 1, -1, 1]])


def stats(hits: int, misses: int) -> bytes:
    return b"# Stats\r\nkeyspace_hits:%d\r\nkeyspace_misses:%d\r\n" % (hits, misses)


def line(words: bytes, db: int = 0) -> bytes:
    return b"1795387111.480130 [%d 127.0.0.1:45136] %b" % (db, words)


def missed(key: bytes, db: int = 0) -> list[Any]:
    return [b"message", b"__keyevent@%d__:keymiss" % db, key]


def counts(join: Join) -> list[KeyCount]:
    return sorted(join.batch(None).counts)


def test_misses_come_after_their_line_on_redis_6() -> None:
    join = Join("exact", lookups=LOOKUPS, is_line_last=False)
    join.add([stats(0, 0), line(b'"GET" "a"'), missed(b"a"), line(b'"MGET" "b" "a"')], 0.0)
    join.add([missed(b"a"), line(b'"PING"'), line(b'"GET" "b"'), stats(2, 2)], 0.0)
    batch = join.batch(None)
    assert [(row.key, row.result) for row in batch.rows] == [
        ("a", "miss"),
        ("b", "hit"),
        ("a", "miss"),
        ("b", "hit"),
    ]
    assert batch.check.is_exact is True


def test_what_came_before_the_first_counters_is_not_counted() -> None:
    join = Join("exact", lookups=LOOKUPS)
    join.add([missed(b"a"), line(b'"GET" "a"'), missed(b"b"), stats(7, 7)], 0.0)
    join.add([line(b'"GET" "b"'), stats(8, 7)], 0.0)
    batch = join.batch(None)
    assert batch.counts == (KeyCount("b", 1, 0),)
    assert batch.check.is_exact is True


def test_a_miss_that_no_line_explains_is_a_look_up_all_the_same() -> None:
    join = Join("exact", lookups=LOOKUPS)
    join.add([stats(0, 0), missed(b"w:1"), line(b'"SORT" "s" "BY" "w:*"'), stats(0, 1)], 0.0)
    assert counts(join) == [KeyCount("w:1", 0, 1)]


def test_the_same_key_missed_in_another_database_is_another_key() -> None:
    join = Join("exact", lookups=LOOKUPS)
    join.add([stats(0, 0), missed(b"a", 3), line(b'"GET" "a"', 3), line(b'"GET" "a"')], 0.0)
    assert counts(join) == [KeyCount("[3] a", 0, 1), KeyCount("a", 1, 0)]


def test_a_difference_to_the_server_is_said() -> None:
    join = Join("exact", lookups=LOOKUPS)
    join.add([stats(0, 0), line(b'"GET" "a"'), stats(3, 0)], 0.0)
    check = join.batch(None).check
    assert (check.is_exact, check.difference) == (False, 2)
    assert check.words == "approx: the server counts 2 more"


def test_lost_messages_make_it_approximate_for_good() -> None:
    join = Join("exact", lookups=LOOKUPS)
    join.add([stats(0, 0)], 0.0)
    join.lose(37)
    join.add([line(b'"GET" "a"'), stats(1, 0)], 0.0)
    check = join.batch(None).check
    assert check == Check(False, 37, 0, ())
    assert check.words == "approx: 37 lost"


def test_counters_that_somebody_resets_begin_anew() -> None:
    join = Join("exact", lookups=LOOKUPS)
    join.add([stats(100, 50), line(b'"GET" "a"'), stats(101, 50), stats(0, 0)], 0.0)
    assert join.batch(None).check.unseen == ("CONFIG RESETSTAT",)
    join.add([line(b'"GET" "a"'), stats(1, 0)], 0.0)
    assert join.batch(None).check.is_exact is True


def test_more_keys_than_are_kept_are_counted_together(monkeypatch: Any) -> None:
    monkeypatch.setattr(join_module, "MOST_KEYS", 2)
    join = Join("exact", lookups=LOOKUPS)
    join.add([stats(0, 0), *(line(b'"GET" "k%d"' % number) for number in range(5))], 0.0)
    batch = join.batch(None)
    assert sorted(batch.counts) == [
        KeyCount(OTHERS, 3, 0),
        KeyCount("k0", 1, 0),
        KeyCount("k1", 1, 0),
    ]
    assert [row.key for row in batch.rows] == ["k0", "k1", "k2", "k3", "k4"]


def test_a_ratio_of_nothing_is_no_ratio() -> None:
    join = Join("counters")
    join.add([stats(5, 5), stats(5, 5)], 0.0)
    counters = join.batch(None).counters
    assert counters is not None
    assert counters.hit_ratio is None
    join.add([stats(8, 6)], 0.0)
    counters = join.batch(None).counters
    assert counters is not None
    assert counters.hit_ratio == 0.75
