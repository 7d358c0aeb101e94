"""The five guarded steps of the strategies do the same on every store."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.cache import caches
from django.test import override_settings

from demo_server.caching.foreign import ForeignStore, default_cache

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demo_server.caching.backend import ObservedCache

LASTS = 60_000
OLD, NEW = b"\x81v=3\nold", b"\x81v=4\nnew"


@pytest.fixture
def run(store_cache: ObservedCache) -> Any:
    """Runs a command on keys of the test's own; a key is written `@name`."""

    def execute(*command: Any) -> Any:
        name, *rest = command
        return store_cache.store.execute(
            (
                name,
                *(
                    store_cache.make_key(each[1:])
                    if isinstance(each, str) and each.startswith("@")
                    else each
                    for each in rest
                ),
            )
        )

    return execute


def test_one_takes_the_lease_and_fills_under_it(run: Any) -> None:
    assert run("TAKE", "@k", "@l", "mine", LASTS) == 1
    assert run("TAKE", "@k", "@l", "yours", LASTS) == 0
    assert run("FILL", "@k", "@l", "yours", b"theirs", LASTS) == 0
    assert run("FILL", "@k", "@l", "mine", b"value", LASTS) == 1
    assert run("TAKE", "@k", "@l", "yours", LASTS) == b"value"
    assert run("GET", "@l") is None
    assert run("FILL", "@k", "@l", "mine", b"again", LASTS) == 0
    assert run("GET", "@k") == b"value"


def test_what_was_outdated_meanwhile_is_not_filled(run: Any) -> None:
    assert run("TAKE", "@k", "@l", "mine", LASTS) == 1
    run("DEL", "@l", "@k")
    assert run("FILL", "@k", "@l", "mine", b"old", LASTS) == 0
    assert run("GET", "@k") is None


def test_only_what_is_newer_is_put(run: Any) -> None:
    assert run("NEWER", "@k", NEW, LASTS, 4) == 1
    assert run("NEWER", "@k", OLD, LASTS, 3) == 0
    assert run("GET", "@k") == NEW
    assert run("NEWER", "@k", NEW + b"er", 0, 4) == 1
    assert run("GET", "@k") == NEW + b"er"


def test_a_writer_puts_through_under_its_lease_or_drops(run: Any) -> None:
    assert run("SET", "@l", b"mine", "PX", LASTS, "NX")
    assert run("PUT", "@k", "@l", "mine", OLD, LASTS, 3) == 1
    assert run("GET", "@l") is None
    assert run("PUT", "@k", "@l", "mine", NEW, LASTS, 4) == 1, "over an older version"
    assert run("PUT", "@k", "@l", "mine", OLD, LASTS, 3) == 0
    assert run("GET", "@k") == NEW
    run("DEL", "@k")
    assert run("PUT", "@k", "@l", "mine", NEW, LASTS, 4) == 0, "its lease was deleted"
    assert run("GET", "@k") is None


def test_a_lease_is_given_back_only_by_its_holder(run: Any) -> None:
    assert run("TAKE", "@k", "@l", "mine", LASTS) == 1
    assert run("RELEASE", "@l", "yours") == 0
    assert run("RELEASE", "@l", "mine") == 1
    assert run("RELEASE", "@l", "mine") == 0
    assert run("TAKE", "@k", "@l", "yours", LASTS) == 1


def test_of_many_at_once_one_gets_the_lease_and_the_newest_stays(run: Any) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: run("TAKE", "@k", "@l", f"t{n}", LASTS), range(50)))
        assert sorted(taken) == [0] * 49 + [1]
        values = {n: b"\x81v=%d\nvalue" % n for n in range(1, 51)}
        list(pool.map(lambda n: run("NEWER", "@n", values[n], LASTS, n), values))
        assert run("GET", "@n") == values[50]
        list(pool.map(lambda _: run("INCRBY", "@c", 1), range(100)))
        assert run("GET", "@c") == b"100"


@pytest.fixture
def foreign() -> Iterator[ForeignStore]:
    """A cache of Django's own behind the same commands."""
    backend = "django.core.cache.backends.locmem.LocMemCache"
    with override_settings(CACHES={"default": {"BACKEND": backend}}):
        assert default_cache().kind == "foreign"
        caches["default"].clear()
        yield ForeignStore()
    assert settings.CACHES["default"]["BACKEND"].startswith("demo_server.")


async def test_a_cache_of_djangos_own_knows_the_steps_too(foreign: ForeignStore) -> None:
    run = foreign.execute
    assert await foreign.is_reachable()
    assert run(("TAKE", "k", "l", "mine", LASTS)) == 1
    assert run(("FILL", "k", "l", "yours", b"theirs", LASTS)) == 0
    assert run(("FILL", "k", "l", "mine", b"value", LASTS)) == 1
    assert run(("MGET", "k", "absent")) == [b"value", None]
    assert run(("NEWER", "k", NEW, LASTS, 4)) == 1
    assert run(("PUT", "k", "l", "mine", OLD, LASTS, 3)) == 0
    assert run(("INCRBY", "n", 5)) == 5
    assert run(("PEXPIRE", "n", 20)) is True
    assert run(("INCRBY", "n", -7)) == -2
    async with asyncio.timeout(5):
        while await foreign.aexecute(("EXISTS", "n")):  # noqa: ASYNC110 - no event tells it
            await asyncio.sleep(0.005)
    assert run(("PERSIST", "k")) is True
    assert run(("DEL", "k", "absent")) == 1
