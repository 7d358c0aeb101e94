"""Batches become one statement a key, once each, in order, and bad ones do not stop the others."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

AT = "2027-01-02T03:04:05+00:00"
ROOT = Path(__file__).parents[4]


async def look(log: Any, number: int, product: int = 7) -> str:
    from demo_server.caching.write_back.entry import Change

    change = Change({}, {"views": 1}, AT)
    outcome, identity = await log.append(
        f"views:{product}", f"look {product} {number}", "p", change, floor="0-0"
    )
    assert outcome == "appended"
    return str(identity)


async def price(log: Any, value: str, product: int = 7) -> str:
    from demo_server.caching.write_back.entry import Change

    change = Change({"price": value}, {"version": 1}, AT)
    _, identity = await log.append(
        f"products:{product}", f"price {product} {value}", "p", change, floor="0-0"
    )
    return str(identity)


def views(product: int = 7) -> int:
    from demo_server.shop.models import ProductViews

    return sum(ProductViews.objects.filter(pk=product).values_list("views", flat=True))


async def _off(work: Any) -> Any:
    from asgiref.sync import sync_to_async

    return await sync_to_async(work)()


async def test_fifty_writes_are_one_statement(log: Any, ledger: Any) -> None:
    from demo_server.caching.write_back.flusher import Flusher
    from demo_server.shop.models import Product

    before = await Product.objects.aget(pk=7)
    for number in range(1, 51):
        await price(log, f"{number}.00")
    [flushed] = await _off(Flusher(log, ledger).drain)
    after = await Product.objects.aget(pk=7)
    assert (flushed.applied, flushed.statements, flushed.keys) == (50, 1, {"products:7": 50})
    assert str(after.price) == "50.00"
    assert after.version == before.version + 50
    assert after.updated_at.isoformat() == AT
    account = await _off(ledger.account)
    assert (account.applied, account.merged, account.flushes) == (50, 49, 1)
    assert log.read(10) == []


async def test_what_was_committed_and_not_released_is_skipped(log: Any, ledger: Any) -> None:
    from demo_server.caching.write_back.flusher import Flusher

    for number in range(10):
        await look(log, number)
    await _off(lambda: ledger.commit(log.read(100)))  # and the flusher dies
    await look(log, 10)
    [flushed] = await _off(Flusher(log, ledger).drain)
    assert (flushed.applied, flushed.skipped) == (1, 10)
    assert await _off(views) == 11
    assert (await _off(ledger.account)).replays_skipped == 10


async def test_without_the_mark_the_same_is_counted_twice(log: Any, ledger: Any) -> None:
    from demo_server.caching.write_back.entry import Entry
    from demo_server.caching.write_back.flusher import Flusher
    from demo_server.shop.write_back.ledger import ShopLedger

    class Forgetful(ShopLedger):
        def unapplied(self, entries: Sequence[Entry], mark: str) -> list[Entry]:
            return list(entries)

    for number in range(10):
        await look(log, number)
    await _off(lambda: ledger.commit(log.read(100)))
    await look(log, 10)
    await _off(Flusher(log, Forgetful()).drain)
    assert await _off(views) == 21


async def test_a_flusher_killed_after_its_commit_doubles_nothing(log: Any, ledger: Any) -> None:
    from demo_server.caching.write_back.flusher import Flusher

    for number in range(10):
        await look(log, number)
    program = (
        "import os, signal, django; django.setup()\n"
        "from demo_server.caching.write_back.log import Log\n"
        "from demo_server.caching.write_back.flusher import Flusher\n"
        "from demo_server.shop.write_back.ledger import ShopLedger\n"
        f"log = Log({log.url!r}, {log.name!r})\n"
        "log.release = lambda mark: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Flusher(log, ShopLedger()).drain()\n"
    )
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", program, cwd=ROOT)
    assert await killed.wait() == -9
    assert await _off(views) == 10
    assert len(log.read(100)) == 10
    [flushed] = await _off(Flusher(log, ledger).drain)
    assert (flushed.applied, flushed.skipped) == (0, 10)
    assert await _off(views) == 10
    assert log.read(100) == []


async def test_what_the_database_refuses_is_put_aside_and_the_rest_goes_on(
    log: Any, ledger: Any
) -> None:
    from demo_server.caching.write_back.flusher import Flusher
    from demo_server.shop.models import Product

    await price(log, "3.00")
    await price(log, "4.00")
    bad = await price(log, "not a price")
    await price(log, "-5.00", product=8)
    await price(log, "6.00", product=999_999)
    await look(log, 1)
    [flushed] = await _off(Flusher(log, ledger).drain)
    assert (flushed.applied, flushed.dead) == (3, 3)
    assert str((await Product.objects.aget(pk=7)).price) == "4.00"
    letters = await _off(lambda: ledger.dead_letters(10))
    assert {letter.key for letter in letters} == {"products:7", "products:8", "products:999999"}
    assert bad in {letter.id for letter in letters}
    assert "There is no product 999999 any more." in {letter.reason for letter in letters}
    assert await _off(views) == 1


async def test_a_foreign_kind_of_key_is_put_aside(log: Any, ledger: Any) -> None:
    from demo_server.caching.write_back.entry import Change
    from demo_server.caching.write_back.flusher import Flusher

    await log.append("planets:1", "x", "p", Change({}, {"moons": 1}, AT), floor="0-0")
    [flushed] = await _off(Flusher(log, ledger).drain)
    assert flushed.dead == 1


async def test_two_flushers_at_once_apply_everything_once(log: Any, ledger: Any) -> None:
    from demo_server.caching.write_back.flusher import Flusher

    for number in range(400):
        await look(log, number)

    def drain() -> None:
        from django.db import connection

        flusher = Flusher(log, ledger)
        while flusher.flush(limit=20):
            pass
        connection.close()

    await asyncio.gather(*(asyncio.to_thread(drain) for _ in range(3)))
    assert await _off(views) == 400
