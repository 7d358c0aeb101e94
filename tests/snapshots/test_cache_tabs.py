"""The Cache pane's other tabs: keys, strategies, write-back, server, and the ladder's dialog."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import pytest
from textual.pilot import Pilot

from backend_tui.core.body.document import BodyDocument
from backend_tui.panes.cache.observation.dialog import ObservationDialog
from backend_tui.panes.cache.observation.offers import FEED, Offer
from backend_tui.panes.cache.pane import CachePane
from backend_tui.panes.cache.server.detail import Detail
from backend_tui.panes.cache.server.info import Lookups, Sample
from backend_tui.panes.cache.server.keys_model import KeyOpened, PageArrived, ScanBegan
from backend_tui.panes.cache.server.keys_section import KeysSection
from backend_tui.panes.cache.server.server import Identity
from backend_tui.panes.cache.server.server_model import Sampled
from backend_tui.panes.cache.server.server_section import ServerSection
from backend_tui.panes.cache.server.values import recognized
from backend_tui.panes.cache.strategies.deferred import Crash
from backend_tui.panes.cache.strategies.experiments import Run
from backend_tui.panes.cache.strategies.lab import Counters, Lab, Policy, Route
from backend_tui.panes.cache.strategies.model import ExperimentEnded, LabArrived, StrategiesState
from backend_tui.panes.cache.strategies.section import StrategiesSection
from backend_tui.panes.cache.strategies.write_back import DirtyKey, WriteBack
from backend_tui.panes.cache.strategies.write_back_section import (
    CrashTested,
    WriteBackArrived,
    WriteBackSection,
)
from backend_tui.ui.body_view import BodyView
from tests.snapshots.conftest import SIZES, until, workbench_of
from tests.snapshots.test_cache import opened

VALKEY: Final = Identity("Valkey 9.1.2", "127.0.0.1:6390", is_embedded=True)
ALL: Final = ("none", "cache-aside", "read-through", "write-through", "refresh-ahead")
ROUTES: Final = (
    Route("lab-a", "GET /lab/cache/lab-a", "", Policy("cache-aside"), ALL),
    Route("lab-b", "GET /lab/cache/lab-b", "", Policy("cache-aside", protection="lease"), ALL),
    Route(
        "product",
        "GET /api/products/{id}",
        "PATCH /api/products/{id}",
        Policy("cache-aside", jitter=0.1, protection="flight"),
        (*ALL, "write-back"),
        counters=Counters(requests=1_204, hits=1_151, misses=53, loads=41, statements=82),
    ),
    Route("views", "GET /api/products/{id}/views", "", Policy("none"), ("none", "write-back")),
    Route("sales-report", "GET /reports/sales", "", Policy("query"), ("query",)),
)
BEFORE: Final = Counters(requests=100, hits=82, misses=18, loads=18, statements=609)
STAMPEDE: Final = Run(
    1,
    "expire",
    "lab-a",
    ROUTES[0].policy,
    Counters(),
    replace(BEFORE, requests=20, hits=0, misses=20, loads=20, statements=401),
    ("20 requests by 20 clients, slowest 1.29 s",),
    1_300_000,
)
LEASED: Final = Run(
    2,
    "expire",
    "lab-b",
    ROUTES[1].policy,
    BEFORE,
    replace(BEFORE, requests=120, misses=38, loads=19, statements=637, lease_waits=19),
    ("20 requests by 20 clients, slowest 81.2 ms",),
    90_000,
)
DEFERRED: Final = WriteBack(
    is_on=True,
    state="stopped",
    every_s=5.0,
    fsync="everysec",
    dirty=(
        DirtyKey("views:1", 3.2, 50, '{"views": 1250}'),
        DirtyKey("views:7", 0.8, 3, '{"views": 18}'),
    ),
    dirty_count=2,
    log_length=53,
    pending=53,
    lag_s=3.2,
    last_id="1795391096317-0",
    watermark="1795391090112-4",
    flushes=12,
    applied=640,
    merged=588,
    survives=(
        "Survives kill -9 of server and flusher, and of the cache unless its disk is behind; "
        "then, and at a power failure, up to 2 seconds of writes may be lost."
    ),
    routes=("views",),
)


async def tab(pilot: Pilot[Any], name: str) -> Any:
    """A tab of the pane, all that it asks for by itself ended."""
    pane: CachePane = await opened(pilot)
    await pane.sections.show(name, focus=True)
    section: Any = pane.sections.content
    await until(pilot, lambda: section.is_mounted and section.is_shown)
    await pilot.pause(0.1)
    section.disappear()
    section.workers.cancel_node(section)
    await pilot.pause(0.1)
    section.post_message(section.Failed(None, section))
    await pilot.pause()
    section.focus_first() if hasattr(section, "focus_first") else None
    return section


def keys_of_a_shop() -> tuple[bytes, ...]:
    """Some of every kind: nested, hostile, binary."""
    own = [f"shop:products:{number}" for number in range(24)]
    own += [f"shop:tags:{number}:v2" for number in range(3)]
    own += ["shop:products:generation", "session", "template.cache.shelves.bfd3aed0"]
    return (*(each.encode() for each in own), b"\x1b[31mred", b"nul\x00\xff", "bidi\u202e".encode())


async def scanned(pilot: Pilot[Any]) -> KeysSection:
    section: KeysSection = await tab(pilot, "keys")
    keys = keys_of_a_shop()
    section._happen(ScanBegan(VALKEY, ""))
    section.list.begin()
    section.list.add(keys)
    section._happen(PageArrived(len(keys), 0, len(keys), len(keys), is_last=True))
    section.list.flush(force=True)
    section.list.measured(keys, {key: 64 + 8 * len(key) for key in keys})
    for _ in range(2):  # shop:, then products: in it
        section.list.action_unfold()
        await pilot.pause()
        section.list.action_step(1)
    return section


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_keys(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        await scanned(pilot)

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_an_open_key(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        section = await scanned(pilot)
        key = b"shop:products:1"
        data = b'{"id": 1, "name": "Kettle", "price": "24.90", "stock": 17, "tags": ["kitchen"]}'
        value = recognized(data)
        detail = Detail(key, "string", value, None, 776, "raw", len(data), len(data), data)
        section.list.opened = key
        section.list.learn(key, "string", 776)
        section._happen(KeyOpened(detail, Lookups(hits=5)))
        document = await BodyDocument.of(value.data, value.content_type)
        section.query_one(BodyView).show(document, url="/key")
        await pilot.pause(0.1)

    pictured(scene, size)


async def routes(pilot: Pilot[Any]) -> StrategiesSection:
    """The routes above, whatever the shop itself has told before."""
    section: StrategiesSection = await tab(pilot, "strategies")
    section.table.clear()
    section.state = StrategiesState()
    section.happen(LabArrived(Lab("life-1", "redis", "everysec", 0.0, ROUTES)))
    return section


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_strategies(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        await routes(pilot)

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_two_runs_side_by_side(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        section = await routes(pilot)
        section.happen(ExperimentEnded(STAMPEDE))
        section.happen(ExperimentEnded(LEASED))

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_write_back_off(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        section: WriteBackSection = await tab(pilot, "write-back")
        section.happen(WriteBackArrived(WriteBack()))

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_write_back_waiting(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        section: WriteBackSection = await tab(pilot, "write-back")
        section.happen(WriteBackArrived(DEFERRED))
        section.happen(CrashTested(Crash(1, "naive", 50, 50, 150, 100, 0)))
        section.happen(CrashTested(Crash(2, "durable", 50, 50, 200, 200, 1)))

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_server(pictured: Any, size: tuple[int, int]) -> None:
    async def scene(pilot: Pilot[Any]) -> None:
        section: ServerSection = await tab(pilot, "server")
        section.state = type(section.state)()
        for second in range(62):
            lookups = Lookups(hits=90 * second, misses=(second * second) // 9)
            facts = {"maxmemory": "67108864", "role": "master"}
            facts |= {"maxmemory_policy": "volatile-lru", "uptime_in_seconds": "3720"}
            facts |= {"aof_enabled": "1"}
            sample = Sample(
                1_000.0 + second,
                "life-1",
                lookups,
                Lookups(),
                commands=400 * second,
                expired=second // 5,
                keys=1_204,
                volatile=1_190,
                memory=1_300_000,
                clients=4,
                calls=(("GET", 90 * second, 40 * second), ("SET", 7 * second, 9 * second)),
                facts=facts,
            )
            section._happen(Sampled(VALKEY, sample))

    pictured(scene, size)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_how_closely_to_watch(pictured: Any, size: tuple[int, int]) -> None:
    offers = (
        FEED,
        Offer(
            "counters",
            "Counters",
            "Hits, misses, expired and evicted keys of the whole server, once a second.",
            "About 40 µs of the server's time a second.",
            "nothing",
        ),
        Offer(
            "misses",
            "Misses",
            "Also every missed, expired and evicted key; hits only in all.",
            "0.2 to 0.8 µs more for each miss (4 to 15 %), nothing for a hit.",
            "refused",
            "This user may not run CONFIG.",
        ),
        Offer(
            "exact",
            "Exact, for seconds",
            "Also every hit, key by key, by MONITOR; checked against the server's own counters.",
            "While it runs up to 100 % more CPU a command, a third less throughput when pipelined.",
            "confirm",
            'notify-keyspace-events is ""; Emxe is added to it, and put back at the end.',
        ),
    )

    async def scene(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        await workbench_of(pilot).push_screen(ObservationDialog(offers, "feed"))
        await pilot.press("up", "enter")

    pictured(scene, size)
