"""Keys as a tree and a list, and what is known of one: bounded, exact, never run."""

from __future__ import annotations

import json
import pickle
import random
import zlib
from contextlib import aclosing, suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.text import is_clean
from backend_tui.panes.cache.server import acts, scan
from backend_tui.panes.cache.server.detail import Gone, document, opened
from backend_tui.panes.cache.server.key_text import key_bytes, key_text
from backend_tui.panes.cache.server.message_pack import NotMessagePack, as_json
from backend_tui.panes.cache.server.server import Server
from backend_tui.panes.cache.server.tree import MOST_BRANCHES, KeyTree, parent_line
from backend_tui.panes.cache.server.values import MOST, recognized


def grown(keys: list[bytes], *prefixes: bytes) -> KeyTree:
    tree = KeyTree()
    tree.add(keys)
    for prefix in prefixes:
        branch = tree.root
        while branch.prefix != prefix:
            branch = next(b for b in branch.branches.values() if prefix.startswith(b.prefix))
        for _ in tree.unfold(branch):
            pass
    tree.arrange()
    return tree


def read(tree: KeyTree) -> list[str]:
    lines = [tree.line(at) for at in range(tree.height)]
    return ["  " * line.depth + line.name.decode() for line in lines if line]


def test_a_tree_folds_by_colon_and_slash() -> None:
    keys = [b"b", b"user:1", b"user:2/x", b"user:2/y", b"a:", b"page/1"]
    assert read(grown(keys)) == ["page/", "user:", "a:", "b"]
    tree = grown(keys, b"user:", b"user:2/")
    assert read(tree) == ["page/", "user:", "  2/", "    x", "    y", "  1", "a:", "b"]
    assert [parent_line(tree, at) for at in (0, 2, 3, 5)] == [None, 1, 2, 1]
    assert tree.place(b"user:2/y") == 4
    assert tree.place(b"page/1") is None
    tree.remove(b"user:2/x")
    tree.remove(b"user:2/y")
    tree.arrange()
    assert read(tree) == ["page/", "user:", "  1", "a:", "b"]


def test_keys_that_arrive_later_go_where_they_belong() -> None:
    tree = grown([b"user:1"], b"user:")
    assert tree.add([b"user:2", b"user:1", b"z:1"]) == 2
    tree.arrange()
    assert read(tree) == ["user:", "  1", "  2", "z:"]
    assert tree.root.count == 3


@given(st.sets(st.binary(max_size=6), max_size=40), st.randoms())
def test_every_key_is_on_exactly_one_line(keys: set[bytes], chance: random.Random) -> None:
    tree = KeyTree()
    for key in sorted(keys, key=lambda _: chance.random()):
        tree.add([key])
    tree.arrange()
    for _ in range(20):
        lines = [tree.line(at) for at in range(tree.height)]
        folded = [line.branch for line in lines if line and line.branch and not line.branch.is_open]
        if not folded:
            break
        for _ in tree.unfold(chance.choice(folded)):
            pass
        tree.arrange()
    lines = [tree.line(at) for at in range(tree.height)]
    found = [line.key for line in lines if line is not None and line.key is not None]
    hidden = sum(
        line.branch.count for line in lines if line and line.branch and not line.branch.is_open
    )
    assert len(found) == len(set(found))
    assert set(found) <= keys
    assert len(found) + hidden == len(keys)
    for at, line in enumerate(lines):
        if line is not None and line.key is not None:
            assert tree.place(line.key) == at


def test_a_million_small_branches_are_not_made() -> None:
    tree = grown([f"user:{number}:name".encode() for number in range(5_000)], b"user:")
    branch = tree.root.branches[b"user:"]
    assert len(branch.branches) == MOST_BRANCHES
    assert branch.count == 5_000
    assert tree.height == 5_001


@given(st.binary(max_size=30))
def test_a_keys_text_is_clean_and_one_line(key: bytes) -> None:
    text = key_text(key)
    assert is_clean(text)
    assert "\n" not in text
    escaped = text.replace("\\", "\\\\") if "\\" in key.decode("utf-8", "ignore") else text
    if "\ufffd" not in text and "\\" not in key.decode("utf-8", "ignore"):
        assert key_bytes(escaped) == key


async def test_the_scan_is_whole_in_pages_and_filters_by_glob(server: Server) -> None:
    names = {f"item:{number}".encode() for number in range(3_000)} | {b"other", b"it\xff"}
    for name in names:
        await server.ask("SET", name, 1)
    async with aclosing(scan.pages(server)) as pages:
        found = [page async for page in pages]
    assert {key for page in found for key in page.keys} == names
    assert len(found) > 3
    assert found[-1].is_last
    assert found[-1].expected == len(names)
    async with aclosing(scan.pages(server, b"item:1?")) as pages:
        matched = {key async for page in pages for key in page.keys}
    assert matched == {f"item:1{number}".encode() for number in range(10)}


async def test_each_type_is_told_and_looked_into_within_bounds(server: Server) -> None:
    await server.ask("SET", "big", "x" * 300_000, "EX", 100)
    big = await opened(server, b"big")
    assert (big.length, big.shown, big.is_whole, big.raw) == (300_000, MOST, False, None)
    assert big.ttl_ms is not None
    assert 90_000 < big.ttl_ms <= 100_000
    assert big.memory is not None
    await server.ask("RPUSH", "list", *range(500))
    listed = await opened(server, b"list")
    assert (listed.type, listed.length, listed.shown) == ("list", 500, 100)
    assert listed.items[99] == (b"99", b"99")
    await server.ask("ZADD", "zset", 1.5, "a", 2, "b")
    assert (await opened(server, b"zset")).items == ((b"1.5", b"a"), (b"2", b"b"))
    await server.ask("HSET", "hash", "f", "v\x1b[31m")
    hashed = await opened(server, b"hash")
    assert is_clean(hashed.value.data.decode())
    await server.ask("XADD", "stream", "1-1", "f", "v")
    assert (await opened(server, b"stream")).items == ((b"1-1", b"f=v"),)
    await server.ask("SADD", "set", "only")
    assert document(await opened(server, b"set"))["value"] == "only"
    with pytest.raises(Gone):
        await opened(server, b"never")


async def test_huge_items_of_a_collection_are_asked_for_a_few_at_a_time(server: Server) -> None:
    for _ in range(20):
        await server.ask("RPUSH", "heavy", "y" * 1_000_000)
    heavy = await opened(server, b"heavy")
    assert heavy.length == 20
    assert heavy.shown < 6
    assert len(heavy.value.data) < MOST


class Trap:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (_sprung, ("x",))


def _sprung(_: str) -> None:
    raise AssertionError("a pickle was opened")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b'{"a": [1]}', "JSON"),
        (b"-12", "integer"),
        ("Größe".encode(), "text"),
        (zlib.compress(b'{"a": 1}' * 9), "zlib of JSON"),
        (zlib.compress(b"\x00" * 10**7), "zlib of binary, the first 64 KB of it"),
        (pickle.dumps(Trap()), "Python pickle"),
        (zlib.compress(pickle.dumps(Trap())), "zlib of a Python pickle, not opened"),
        (b"\x82\xa1a\x01\xa1b\x93\xc0\xc3\xca\x3f\x80\x00\x00", "msgpack, shown as JSON"),
        (b"\x00\xff\xfe", "binary"),
        (b"HYLL\x00", "HyperLogLog"),
        (b"\x1f\x8bnot really", "gzip"),
        (b"", "text"),
    ],
)
def test_values_are_recognized_and_never_run(data: bytes, kind: str) -> None:
    found = recognized(data)
    assert found.kind == kind
    assert len(found.data) <= MOST or not kind.startswith("zlib")


@given(st.binary(max_size=64))
def test_any_bytes_are_a_value(data: bytes) -> None:
    assert recognized(data).kind
    with suppress(NotMessagePack):
        json.loads(as_json(data))


async def test_acts_change_one_key_and_say_when_they_cannot(server: Server) -> None:
    await server.ask("SET", "a", "1", "EX", 100)
    await acts.edit(server, b"a", b"1", b"2")
    assert await server.ask("GET", "a") == b"2"
    assert await server.ask("TTL", "a") > 90
    with pytest.raises(BackendError, match="changed by somebody else"):
        await acts.edit(server, b"a", b"1", b"3")
    assert await server.ask("GET", "a") == b"2"
    await server.ask("HSET", "h", "f", "1")
    await acts.edit(server, b"h", b"1", b"2", b"f")
    assert await server.ask("HGET", "h", "f") == b"2"
    await acts.expire(server, b"a", 500)
    assert await server.ask("TTL", "a") > 400
    assert await acts.persist(server, b"a")
    assert not await acts.persist(server, b"a")
    with pytest.raises(BackendError, match="already a key h"):
        await acts.rename(server, b"a", b"h")
    await acts.rename(server, b"a", b"b")
    await acts.delete(server, b"b")
    for work in (acts.delete(server, b"b"), acts.rename(server, b"b", b"c")):
        with pytest.raises(Gone):
            await work
    with pytest.raises(Gone):
        await acts.expire(server, b"b", 10)


async def test_a_value_is_saved_whole_under_a_harmless_name(server: Server, tmp_path: Path) -> None:
    data = bytes(range(256)) * 8_000
    await server.ask("SET", b"../../x\x1b:y", data)
    path, size = await acts.save(server, await opened(server, b"../../x\x1b:y"), tmp_path)
    assert path.parent == tmp_path
    assert (size, path.read_bytes()) == (len(data), data)
    await server.ask("SADD", "s", "a")
    dumped, _ = await acts.save(server, await opened(server, b"s"), tmp_path)
    await server.ask("RESTORE", "t", 0, dumped.read_bytes())
    assert await server.ask("SMEMBERS", "t") == [b"a"]


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1.5", 1.5), ("5m", 300), ("2h", 7200), ("1d", 86400)]
)
def test_times_to_live_as_people_write_them(text: str, seconds: float) -> None:
    assert acts.seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-3", "soon", "1e99", "nan"])
def test_no_time_to_live(text: str) -> None:
    with pytest.raises(UsageError):
        acts.seconds_of(text)


def test_a_branch_says_where_it_stopped_sorting_keys_into_smaller_ones() -> None:
    tree = KeyTree()
    tree.add(f"u:{number}:name".encode() for number in range(MOST_BRANCHES + 5))
    branch = tree.root.branches[b"u:"]
    assert branch.limits == ""
    list(tree.unfold(branch))
    tree.arrange()
    assert branch.limits == "2000 branches at most, then keys"
    assert branch.height == MOST_BRANCHES + 5
