"""The tabs as a person meets them: keys, changes after a question, counters, reports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from redis import Redis
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from backend_tui.core.config import Config
from backend_tui.core.errors import BackendError, MissingError
from backend_tui.core.text import is_clean
from backend_tui.feature import Surroundings
from backend_tui.panes.cache.server.confirm import ConfirmScreen
from backend_tui.panes.cache.server.edit_screen import EditScreen
from backend_tui.panes.cache.server.info import Lookups
from backend_tui.panes.cache.server.key_list import KeyList
from backend_tui.panes.cache.server.keys_model import PageArrived
from backend_tui.panes.cache.server.keys_section import KeysSection
from backend_tui.panes.cache.server.reaching import server_of
from backend_tui.panes.cache.server.sections import keys_section, reached_by, server_section
from backend_tui.panes.cache.server.server_section import ServerSection
from tests.backend_tui.panes.cache.server.stack_with import (
    Desk,
    StackWith,
    keys_desk,
    server_desk,
)
from tests.backend_tui.stack_at import StackAt
from tests.real_caches import CacheServer

SIZES = pytest.mark.parametrize("size", [(80, 20), (120, 36)], ids=str)
HOSTILE = [
    b"\x1b]0;owned\x07key",
    b"nul\x00key",
    b"bad\xff\xfe",
    "bidi\u202egnp.exe".encode(),
    b"[bold]markup[/]",
    b"line\nbreak:\x9bcsi",
    b"",
]


async def until(pilot: Pilot[None], check: Callable[[], object]) -> None:
    async with asyncio.timeout(15):
        while not check():
            await pilot.pause(0.01)


def keys_of(app: Desk) -> KeysSection:
    assert isinstance(app.section, KeysSection)
    return app.section


def is_open(section: KeysSection, key: bytes | None) -> bool:
    detail = section.state.detail
    return detail is not None and detail.key == key


def is_read(app: Desk, words: str) -> bool:
    return words in app.read()


async def listed(app: Desk, pilot: Pilot[None]) -> KeyList:
    await until(pilot, lambda: keys_of(app).state.phase == "done")
    keys = keys_of(app).list
    keys.focus()
    await pilot.pause()
    return keys


@pytest.fixture
def client(process: CacheServer) -> Redis:
    return Redis(port=process.port)


def stack(process: CacheServer, *, is_embedded: bool = True) -> StackWith:
    return StackWith(process.url, is_embedded=is_embedded)


@SIZES
async def test_hostile_keys_and_values_reach_the_screen_clean(
    process: CacheServer, client: Redis, tmp_path: Path, size: tuple[int, int]
) -> None:
    for key in HOSTILE:
        client.set(key, key * 3)
        client.hset(b"hash" + key, mapping={key: key})
    app = keys_desk(stack(process), tmp_path)
    async with app.run_test(size=size) as pilot:
        keys = await listed(app, pilot)
        await pilot.press("t")
        assert keys.key_tree.height == 2 * len(HOSTILE)
        for _ in range(keys.key_tree.height):
            line = keys.line
            assert line is not None
            await pilot.press("enter")
            await until(pilot, partial(is_open, keys_of(app), line.key))
            await pilot.pause()
            for shown in app.read().split("\n"):
                assert is_clean(shown)
            await pilot.press("down")
        await until(pilot, lambda: "[bold]markup[/]" in app.read())


async def test_a_branch_unfolds_and_a_key_opens_without_moving_the_counters(
    process: CacheServer, client: Redis, tmp_path: Path
) -> None:
    for number in range(30):
        client.set(f"product:{number}", '{"price": "18.90"}')
    app = keys_desk(stack(process), tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await listed(app, pilot)
        await until(pilot, lambda: "product:" in app.read())
        await pilot.press("enter", "down", "enter")
        await until(pilot, lambda: '"price"' in app.read())
        own = keys_of(app).state.own
        for words in ("string", "no expiry", f"{own.total} own lookups left out"):
            await until(pilot, partial(is_read, app, words))
        server = await keys_of(app)._reached.server()
        assert (await server.sample()).counted == Lookups()
        await pilot.press("escape")
        assert keys_of(app).state.detail is None


async def test_the_filter_is_a_glob_asked_of_the_server(
    process: CacheServer, client: Redis, tmp_path: Path
) -> None:
    client.mset({f"a:{number}": 1 for number in range(20)})
    app = keys_desk(stack(process), tmp_path)
    async with app.run_test(size=(80, 20)) as pilot:
        await listed(app, pilot)
        await pilot.press("slash", *"a:1?", "enter")
        await until(pilot, lambda: keys_of(app).state.pattern == "a:1?")
        await until(pilot, lambda: keys_of(app).state.phase == "done")
        assert keys_of(app).state.kept == 10
        await pilot.press("slash", "end", *"zz", "enter")
        await until(pilot, lambda: "No key matches" in app.read())
        arrived = [each for each in app.happened if isinstance(each, PageArrived)]
        assert arrived[-1].kept == 0


async def test_deleting_asks_first_and_names_key_and_server(
    process: CacheServer, client: Redis, tmp_path: Path
) -> None:
    client.mset({"keep": 1, "lose": 2})
    app = keys_desk(stack(process), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        keys = await listed(app, pilot)
        await pilot.press("down", "d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await until(pilot, lambda: "lose" in app.read() and process.address in app.read())
        await pilot.press("escape")
        assert client.exists("lose")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ConfirmScreen))
        assert client.keys() == [b"keep"]
        assert len(keys.key_tree) == 1


async def test_a_foreign_server_is_read_only_until_unlocked_and_wants_the_word_typed(
    process: CacheServer, client: Redis, tmp_path: Path
) -> None:
    client.set("a", 1)
    app = keys_desk(stack(process, is_embedded=False), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(app, pilot)
        await until(pilot, lambda: "read only" in app.read())
        await pilot.press("d")
        await pilot.pause()
        assert not isinstance(app.screen, ConfirmScreen)
        await pilot.press("u", "d")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("enter")
        await pilot.pause()
        assert client.exists("a")
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press(*"delete", "enter")
        await until(pilot, lambda: not isinstance(app.screen, ConfirmScreen))
        assert not client.exists("a")


async def test_a_failed_change_keeps_what_was_typed(
    process: CacheServer, client: Redis, tmp_path: Path
) -> None:
    client.mset({"a": 1, "b": 2})
    app = keys_desk(stack(process), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(app, pilot)
        await pilot.press("m")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        await pilot.press("backspace", "b", "enter")
        await until(pilot, lambda: "already a key b" in app.read())
        assert app.screen.query_one(Input).value == "b"
        await pilot.press("2", "enter")
        await until(pilot, lambda: not isinstance(app.screen, ConfirmScreen))
        assert sorted(client.keys()) == [b"b", b"b2"]
        assert client.get("b2") == b"1"


async def test_an_edit_shows_before_and_after_and_overwrites_nobody(
    process: CacheServer, client: Redis, tmp_path: Path
) -> None:
    client.set("a", "one\ntwo", ex=100)
    app = keys_desk(stack(process), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(app, pilot)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, EditScreen))
        await pilot.press("end", *"!", "ctrl+j")
        await until(pilot, lambda: "+one!" in app.read())
        await until(pilot, lambda: "-one" in app.read())
        client.set("a", "theirs")
        await pilot.press("ctrl+j")
        await until(pilot, lambda: "changed by somebody else" in app.read())
        assert client.get("a") == b"theirs"
        assert app.screen.query_one(TextArea).text == "one!\ntwo"
        client.set("a", "one\ntwo", ex=100)
        await pilot.press("ctrl+j")
        await until(pilot, lambda: not isinstance(app.screen, EditScreen))
        assert client.get("a") == b"one!\ntwo"
        assert 0 < client.ttl("a") <= 100


async def test_a_field_of_a_hash_is_edited_alone(
    process: CacheServer, client: Redis, tmp_path: Path
) -> None:
    client.hset("h", mapping={"name": "mug", "other": "x"})
    app = keys_desk(stack(process), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(app, pilot)
        await pilot.press("v")
        await until(pilot, lambda: isinstance(app.screen, ConfirmScreen))
        field = app.screen.query_one(Input)
        field.value = "name"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, EditScreen))
        await pilot.press("end", "s", "ctrl+j", "ctrl+j")
        await until(pilot, lambda: not isinstance(app.screen, EditScreen))
        assert client.hgetall("h") == {b"name": b"mugs", b"other": b"x"}


async def test_a_lost_server_is_told_and_found_again(process: CacheServer, tmp_path: Path) -> None:
    client = Redis(port=process.port)
    client.set("a", 1)
    app = keys_desk(stack(process), tmp_path)
    async with app.run_test(size=(80, 20)) as pilot:
        await listed(app, pilot)
        process.kill()
        await pilot.press("R")
        await until(pilot, lambda: keys_of(app).state.phase == "lost")
        await until(pilot, lambda: isinstance(app.failures[-1], MissingError))
        process.start()
        await until(pilot, lambda: keys_of(app).state.phase == "done")
        await until(pilot, lambda: app.failures[-1] is None)


async def test_a_shop_without_redis_says_what_to_do(tmp_path: Path) -> None:
    app = keys_desk(StackAt("http://127.0.0.1:1"), tmp_path)
    async with app.run_test(size=(80, 20)) as pilot:
        await until(pilot, lambda: "nothing to browse" in app.read())
        await until(pilot, lambda: "--redis URL" in app.read())
    with pytest.raises(BackendError, match="Memcached cannot list its keys"):
        await server_of(StackWith("memcached://127.0.0.1:11211"))


def server_of_app(app: Desk) -> ServerSection:
    assert isinstance(app.section, ServerSection)
    return app.section


@SIZES
async def test_counters_over_windows_and_the_reports(
    process: CacheServer, client: Redis, size: tuple[int, int]
) -> None:
    client.set("a", "x" * 5_000)
    client.config_set("slowlog-log-slower-than", 0)
    app = server_desk(stack(process))
    async with app.run_test(size=size) as pilot:
        section = server_of_app(app)
        await until(pilot, lambda: section.state.history.last)
        for _ in range(9):
            client.get("a")
        client.get("absent\x1b[31m")
        await until(pilot, lambda: "90.0 %" in app.read())
        await until(pilot, lambda: "GET" in app.read())
        await pilot.press("0")
        await until(pilot, lambda: section.state.history.window(None) is not None)
        window = section.state.history.window(None)
        assert window is not None
        assert window.lookups == Lookups()
        await pilot.press("b")
        await until(pilot, lambda: "1 key" in app.read())
        await pilot.press("l")
        await until(pilot, lambda: section.state.logs is not None)
        assert section.state.logs is not None
        assert any("absent\\x1b[31m" in each.command for each in section.state.logs.entries)
        assert all(is_clean(line) for line in app.read().split("\n"))
        process.kill()
        await until(pilot, lambda: "not answering" in app.read())
        process.start()
        await until(pilot, lambda: section.state.problem is None)
        await until(pilot, lambda: section.state.history.restarts == 1)
        await until(pilot, lambda: app.failures[-1] is None)


async def test_a_hidden_tab_asks_nothing(process: CacheServer, client: Redis) -> None:
    app = server_desk(stack(process))
    async with app.run_test(size=(80, 20)) as pilot:
        await until(pilot, lambda: server_of_app(app).state.history.last)
        app.section.disappear()
        await pilot.pause()
        before = client.info("commandstats")["cmdstat_info"]["calls"]
        await pilot.pause(1.3)
        assert client.info("commandstats")["cmdstat_info"]["calls"] == before + 1


async def test_what_one_tab_looks_at_the_other_leaves_out(
    process: CacheServer, client: Redis, tmp_path: Path
) -> None:
    client.mset({f"product:{number}": number for number in range(5)})
    around = Surroundings(Config(data_dir=tmp_path), stack(process))
    reached = reached_by(around)
    app, other = (Desk(each(around, reached)) for each in (keys_section, server_section))
    async with app.run_test(size=(80, 24)) as pilot:
        await listed(app, pilot)
        await pilot.press("enter", "down", "enter")
        await until(pilot, lambda: keys_of(app).state.detail is not None)
        own = keys_of(app).state.own
        assert own.total > 0
        async with other.run_test(size=(80, 24)) as second:
            await until(second, lambda: server_of_app(other).state.history.last)
            history = server_of_app(other).state.history
            assert history.last is not None
            assert history.last.own == own
            assert history.last.counted == Lookups()


async def test_escape_stops_a_scan_and_keeps_what_came(
    process: CacheServer, client: Redis, tmp_path: Path
) -> None:
    client.eval("for i = 1, 60000 do redis.call('SET', 'k:' .. i, 1) end", 0)
    app = keys_desk(stack(process), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        section = keys_of(app)
        async with asyncio.timeout(10):
            while not section.state.kept:  # noqa: ASYNC110 - within the very first pages
                await asyncio.sleep(0)
        section.action_back()
        assert section.state.phase == "stopped"
        await until(pilot, lambda: "stopped" in app.read())
        kept = len(section.list.key_tree)
        assert 0 < kept < 60_000
        await pilot.pause(0.1)
        assert len(section.list.key_tree) == kept
        section.action_again()
        await until(pilot, lambda: section.state.phase == "done")
        assert len(section.list.key_tree) == 60_000
