"""The log knows repetitions, guards what was decided upon, and tells what is pending of a key."""

from __future__ import annotations

from typing import Any

import pytest

AT = "2026-01-02T03:04:05+00:00"


def price(value: str) -> Any:
    from demo_server.caching.write_back.entry import Change

    return Change({"price": value}, {"version": 1}, AT)


async def put(log: Any, value: str, operation: str, **more: Any) -> tuple[str, str]:
    found: tuple[str, str] = await log.append(
        "products:7", operation, "print", price(value), **{"floor": "0-0", **more}
    )
    return found


async def test_what_comes_twice_is_appended_once(log: Any) -> None:
    outcome, first = await put(log, "1.00", "a")
    assert outcome == "appended"
    assert await put(log, "1.00", "a") == ("repeated", first)
    assert len(log.read(10)) == 1
    assert await log.knows("a")
    assert not await log.knows("b")


async def test_a_repetition_is_known_after_it_was_released(log: Any) -> None:
    _, first = await put(log, "1.00", "a")
    assert log.release(first) == 1
    assert await put(log, "1.00", "a") == ("repeated", first)
    assert log.read(10) == []


async def test_an_operation_id_with_another_change_is_refused(log: Any) -> None:
    await put(log, "1.00", "a")
    outcome, _ = await log.append("products:7", "a", "other", price("2.00"), floor="0-0")
    assert outcome == "reused"


async def test_a_guard_refuses_what_was_decided_upon_something_older(log: Any) -> None:
    _, first = await put(log, "1.00", "a", guard="")
    assert (await put(log, "2.00", "b", guard=""))[0] == "changed"
    assert (await put(log, "2.00", "b", guard=first))[0] == "appended"


async def test_pending_is_the_last_value_and_the_sum(log: Any) -> None:
    for number in range(1, 6):
        await put(log, f"{number}.00", f"op{number}")
    pending, nothing = await log.pending("0-0", ["products:7", "products:8"])
    assert pending.change.sets == {"price": "5.00"}
    assert pending.change.adds == {"version": 5}
    assert pending.entries == 5
    assert nothing.entries == 0


async def test_pending_is_what_stands_after_the_mark_whatever_is_released(log: Any) -> None:
    ids = [(await put(log, f"{number}.00", f"op{number}"))[1] for number in range(1, 6)]
    [before] = await log.pending(ids[2], ["products:7"])  # applied, not released
    log.release(ids[2])
    [after] = await log.pending(ids[2], ["products:7"])
    for found in (before, after):
        assert (found.entries, found.change.adds, found.last) == (2, {"version": 2}, ids[4])
        assert found.change.sets == {"price": "5.00"}
    assert await log.pending(ids[1], ["products:7"]) is None  # rows too old: read them again
    log.release(ids[4])
    [clean] = await log.pending(ids[4], ["products:7"])
    assert clean.entries == 0
    told = await log.tell(ids[4])
    assert (told.length, told.pending, told.dirty_count) == (0, 0, 0)


async def test_a_released_member_does_not_come_back_with_a_later_one(log: Any) -> None:
    from demo_server.caching.write_back.entry import Change

    _, first = await put(log, "1.00", "a")
    await log.append(
        "products:7", "b", "p", Change({"name": "New"}, {"version": 1}, AT), floor="0-0"
    )
    log.release(first)
    [pending] = await log.pending(first, ["products:7"])
    assert pending.change.sets == {"name": "New"}


async def test_ids_go_on_after_the_mark_when_the_log_is_behind(log: Any) -> None:
    far = "99999999999999-5"
    _, identity = await put(log, "1.00", "a", floor=far)
    assert identity == "99999999999999-6"
    assert [each.id for each in log.read(10)] == [identity]


async def test_opening_puts_the_ids_after_the_mark(log: Any) -> None:
    log.open("99999999999999-5")
    assert (await put(log, "1.00", "a"))[1] == "99999999999999-6"


async def test_a_closed_log_takes_nothing_and_says_so(log: Any) -> None:
    await put(log, "1.00", "a")
    assert log.close() == "pending"
    log.release((await put(log, "1.00", "a"))[1])
    assert log.close() == "closed"
    assert (await put(log, "2.00", "b"))[0] == "closed"
    log.open("0-0", lets_in=True)
    assert (await put(log, "2.00", "b"))[0] == "appended"


async def test_a_vanished_log_is_told_and_not_begun_again(log: Any) -> None:
    from demo_server.caching.write_back.log import LogLost

    await put(log, "1.00", "a")
    await log.command("DEL", f"{log.name}:log")
    assert (await put(log, "2.00", "b"))[0] == "lost"
    await log.command("DEL", f"{log.name}:meta")
    with pytest.raises(LogLost):
        await log.pending("0-0", ["products:7"])
    with pytest.raises(LogLost):
        log.open("0-0")
    log.open("0-0", may_begin=True, lets_in=True)
    assert (await put(log, "3.00", "c"))[0] == "appended"


async def test_nothing_of_it_has_a_time_to_live(log: Any) -> None:
    await put(log, "1.00", "a")
    for key in await log.command("KEYS", f"{log.name}*"):
        assert await log.command("TTL", key) == -1


async def test_a_silent_cache_is_told_as_such(log: Any) -> None:
    from demo_server.caching.write_back.log import Log, LogAway

    away = Log("redis://127.0.0.1:1/0", log.name)
    with pytest.raises(LogAway, match="does not answer"):
        await put(away, "1.00", "a")
    with pytest.raises(LogAway, match="does not answer"):
        away.read(1)


def test_only_one_flusher_has_the_lease(log: Any) -> None:
    assert log.take_lease("one", 5000)
    assert log.take_lease("one", 5000)
    assert not log.take_lease("two", 5000)
    log.give_lease("two")
    assert not log.take_lease("two", 5000)
    log.give_lease("one")
    assert log.take_lease("two", 5000)
