"""`cache keys …`, `cache info`, `cache slowlog` and `cache bigkeys`: Redis without a screen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from backend_tui.core.config import Config
from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import UsageError
from backend_tui.core.text import clean
from backend_tui.core.units import bytes_text, duration_text
from backend_tui.panes.cache.server import acts, scan
from backend_tui.panes.cache.server.address import parse_address
from backend_tui.panes.cache.server.big_keys import BigKeys, big_keys
from backend_tui.panes.cache.server.detail import document, opened
from backend_tui.panes.cache.server.info import Sample
from backend_tui.panes.cache.server.key_text import key_bytes, key_text
from backend_tui.panes.cache.server.logs import logs
from backend_tui.panes.cache.server.reaching import server_of
from backend_tui.panes.cache.server.server import Identity, Server
from backend_tui.panes.cache.server.tree import KeyTree
from backend_tui.panes.cache.server.words import (
    detail_words,
    ratio_text,
    seconds_text,
    shown_words,
    spaced,
)
from backend_tui.stack.opening import opened as opened_stack


@asynccontextmanager
async def reached(config: Config) -> AsyncIterator[Server]:
    """The Redis that was named, asked without starting a shop; else the running stack's."""
    if config.redis and not config.redis.startswith("memcached"):
        server = Server(parse_address(config.redis))
        try:
            yield server
        finally:
            await server.aclose()
        return
    async with opened_stack(config) as stack:
        server = await server_of(stack)
        try:
            yield server
        finally:
            await server.aclose()


class _Keys(click.Group):
    """A group whose own first word may be a pattern: `keys user:*` lists, `keys show K` shows."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        named = next((each for each in args if not each.startswith("-")), None)
        if named not in self.commands and not any(each in ("-h", "--help") for each in args):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Keys)
def keys() -> None:
    """The keys by SCAN, or by [PATTERN]; see `keys list --help` for --tree, --limit, --json."""


@keys.command("list")
@click.argument("pattern", default="")
@click.option("--tree", is_flag=True, help="Branches by : and /, with how many keys they hold.")
@click.option("--limit", type=click.IntRange(min=1), help="End after so many keys.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON document a line.")
@run_async
async def list_keys(door: Door, pattern: str, tree: bool, limit: int | None, as_json: bool) -> None:
    """List the keys that match the glob PATTERN, or all; no key is looked at."""
    found = KeyTree(is_flat=not tree)
    async with (
        reached(door.config) as server,
        aclosing(scan.pages(server, key_bytes(pattern))) as pages,
    ):
        async for page in pages:
            new = page.keys if limit is None else page.keys[: limit - len(found)]
            before = len(found)
            found.add(new)
            if not tree:
                for key in found.keys[before:]:
                    _print_key(door, key, as_json)
            if limit is not None and len(found) >= limit:
                break
    if tree:
        _print_tree(door, found, as_json)
    if found.left_out:
        door.output.note(f"{spaced(found.left_out)} more keys were counted and not kept.")


def _print_key(door: Door, key: bytes, as_json: bool) -> None:
    if as_json:
        door.output.record({"key": key_text(key), "key_hex": key.hex()})
    else:
        door.output.text(key_text(key))


def _print_tree(door: Door, tree: KeyTree, as_json: bool) -> None:
    tree.arrange()
    for at in range(tree.height):
        line = tree.line(at)
        assert line is not None, "the line is within the height"
        name = key_text(line.name)
        count = line.branch.count if line.branch is not None else 1
        if as_json:
            door.output.record({"name": name, "keys": count, "is_branch": line.branch is not None})
        else:
            door.output.text(f"{name}  {spaced(count)}" if line.branch is not None else name)


@keys.command()
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--save", "folder", metavar="FOLDER", help="Write the whole value into a new file.")
@run_async
async def show(door: Door, key: str, as_json: bool, folder: str | None) -> None:
    """Show one KEY: type, TTL, memory, encoding, length and up to 64 KB or 100 items of it."""
    async with reached(door.config) as server:
        detail = await opened(server, key_bytes(key))
        if folder is not None:
            path, size = await acts.save(server, detail, Path(folder))
            door.output.note(f"{bytes_text(size)} written to {path}.")
        own = server.own
    if as_json:
        found = document(detail)
        found["own_lookups"] = {"hits": own.hits, "misses": own.misses}
        door.output.document(found)
        return
    door.output.text(key_text(detail.key))
    ttl = None if detail.ttl_ms is None else float(detail.ttl_ms)
    door.output.text(detail_words(detail, ttl))
    if more := shown_words(detail):
        door.output.text(more)
    is_binary = detail.value.content_type == "application/octet-stream"
    text = detail.value.data.hex(" ") if is_binary else detail.value.data.decode("utf-8", "replace")
    if text:
        door.output.text("\n" + clean(text))
    door.output.note(f"This look added {own.hits} hits to what the server counts.")


_yes: Final = click.option("--yes", is_flag=True, help="Do not ask.")


@keys.command()
@click.argument("key")
@_yes
@run_async
async def delete(door: Door, key: str, yes: bool) -> None:
    """Delete one KEY; nothing but that very key."""
    async with reached(door.config) as server:
        await _agreed(server, "Delete", key, yes)
        await acts.delete(server, key_bytes(key))
    door.output.note("Deleted.")


@keys.command()
@click.argument("key")
@click.argument("ttl")
@_yes
@run_async
async def expire(door: Door, key: str, ttl: str, yes: bool) -> None:
    """Let a KEY expire in TTL: 90 (seconds), 5m, 2h, 1d."""
    seconds = acts.seconds_of(ttl)
    async with reached(door.config) as server:
        await _agreed(server, "Let expire", key, yes)
        await acts.expire(server, key_bytes(key), seconds)
    door.output.note(f"Expires in {seconds_text(seconds)}.")


@keys.command()
@click.argument("key")
@_yes
@run_async
async def persist(door: Door, key: str, yes: bool) -> None:
    """Keep a KEY for ever."""
    async with reached(door.config) as server:
        await _agreed(server, "Keep for ever", key, yes)
        is_changed = await acts.persist(server, key_bytes(key))
    door.output.note("Kept for ever." if is_changed else "It had no time to live, or is not there.")


@keys.command()
@click.argument("key")
@click.argument("new")
@_yes
@run_async
async def rename(door: Door, key: str, new: str, yes: bool) -> None:
    """Rename KEY to NEW; a name in use is never overwritten."""
    async with reached(door.config) as server:
        await _agreed(server, "Rename", key, yes)
        await acts.rename(server, key_bytes(key), key_bytes(new))
    door.output.note("Renamed.")


async def _agreed(server: Server, act: str, key: str, yes: bool) -> None:
    """Ask on the terminal; without one, --yes is needed. Raises `UsageError`."""
    if yes:
        return
    identity = await server.open()
    question = f"{act} {key_text(key_bytes(key))} on {identity.words}?"
    try:
        is_agreed = await asyncio.to_thread(click.confirm, question, err=True)
    except click.Abort:
        is_agreed = False
    if not is_agreed:
        raise UsageError("Nothing was changed.", "", "Give --yes to do it without a question.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "--for",
    "seconds",
    default=1.0,
    show_default=True,
    type=click.FloatRange(min=0.1, max=3600),
    help="Seconds between two looks at the counters.",
)
@run_async
async def info(door: Door, as_json: bool, seconds: float) -> None:
    """The server's counters over a window, and how it is; never its totals since the boot."""
    async with reached(door.config) as server:
        first = await server.sample()
        await asyncio.sleep(seconds)
        last = await server.sample()
        identity = await server.open()
    if as_json:
        door.output.document(_info_document(identity, first, last))
        return
    lookups = last.counted.minus(first.counted)
    span = last.at - first.at
    door.output.text(identity.words)
    door.output.table(
        ("what", "value"),
        (
            ("hit ratio of the server's lookups", ratio_text(lookups)),
            ("hits", lookups.hits),
            ("misses", lookups.misses),
            ("commands/s", f"{(last.commands - first.commands) / span:.1f}"),
            ("expired", last.expired - first.expired),
            ("evicted", last.evicted - first.evicted),
            ("memory", bytes_text(last.memory)),
            ("policy", last.facts.get("maxmemory_policy", "")),
            ("clients", last.clients),
            ("keys", last.keys),
        ),
    )
    door.output.note(f"Over {span:.1f} s. Every look at a key counts, EXISTS and TTL too.")


def _info_document(identity: Identity, first: Sample, last: Sample) -> dict[str, Any]:
    lookups = last.counted.minus(first.counted)
    return {
        "server": {**asdict(identity), "url": None},
        "window_s": round(last.at - first.at, 3),
        "hits": lookups.hits,
        "misses": lookups.misses,
        "hit_ratio": lookups.ratio,
        "own_lookups": last.own.minus(first.own).total,
        "commands": last.commands - first.commands,
        "expired": last.expired - first.expired,
        "evicted": last.evicted - first.evicted,
        "memory_bytes": last.memory,
        "maxmemory_bytes": int(last.facts.get("maxmemory", "0") or 0),
        "policy": last.facts.get("maxmemory_policy"),
        "clients": last.clients,
        "keys": last.keys,
        "keys_with_ttl": last.volatile,
    }


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@run_async
async def slowlog(door: Door, as_json: bool) -> None:
    """Slow commands, and large ones where the server remembers them (COMMANDLOG)."""
    async with reached(door.config) as server:
        found = await logs(server)
    if as_json:
        door.output.document(asdict(found))
        return
    rows = [
        (
            f"{each.at:%Y-%m-%d %H:%M:%S}",
            each.kind,
            duration_text(each.amount) if each.kind == "slow" else bytes_text(each.amount),
            each.command,
        )
        for each in found.entries
    ]
    door.output.table(("at (UTC)", "what", "amount", "command"), rows)
    for note in found.notes:
        door.output.note(note)


@click.command()
@click.argument("pattern", default="")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@run_async
async def bigkeys(door: Door, pattern: str, as_json: bool) -> None:
    """The 50 keys that hold most memory, of all or of those that match PATTERN."""
    found: BigKeys | None = None
    async with (
        reached(door.config) as server,
        aclosing(big_keys(server, key_bytes(pattern))) as measured,
    ):
        async for each in measured:
            found = each
    assert found is not None, "a scan has a last page"
    if as_json:
        door.output.document(
            {
                "keys": found.seen,
                "measured": found.measured,
                "total_bytes": found.total,
                "is_estimate": found.every > 1,
                "largest": [
                    {"key": key_text(key), "key_hex": key.hex(), "bytes": size}
                    for size, key in found.largest
                ],
            }
        )
        return
    rows = [(bytes_text(size), key_text(key)) for size, key in found.largest]
    door.output.table(("memory", "key"), rows)
    door.output.note(f"{spaced(found.seen)} keys hold {bytes_text(found.total)}.")


COMMANDS: Final = (keys, info, slowlog, bigkeys)
