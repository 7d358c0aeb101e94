"""What can be done to a key: delete, expire, persist, rename, put another value in its place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from backend_tui.core.body.file_name import create_new, safe_file_name
from backend_tui.core.body.kind import kind_of
from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.text import clean_line, shorten
from backend_tui.core.units import bytes_text
from backend_tui.panes.cache.server.detail import Detail, gone
from backend_tui.panes.cache.server.failures import Refusal
from backend_tui.panes.cache.server.key_text import key_text
from backend_tui.panes.cache.server.server import Server

CHUNK: Final = 1 << 20
LARGEST_DUMP: Final = 64 << 20
_SWAP_TEXT: Final = (
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "
    "redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL') return 1"
)
_SWAP_FIELD: Final = (
    "if redis.call('HGET', KEYS[1], ARGV[3]) ~= ARGV[1] then return 0 end "
    "redis.call('HSET', KEYS[1], ARGV[3], ARGV[2]) return 1"
)


async def delete(server: Server, key: bytes) -> None:
    """Remove the key; its memory is given back in the background. Raises `BackendError`."""
    try:
        count = await server.ask("UNLINK", key, key=key)
    except Refusal as problem:
        if problem.code != "ERR":
            raise
        count = await server.ask("DEL", key, key=key)
    if not count:
        raise gone(key)


async def expire(server: Server, key: bytes, seconds: float) -> None:
    """Let it live so many seconds from now on."""
    if seconds <= 0:
        raise UsageError("A key can only expire later.", f"{seconds:g} s is not later.", "")
    if not await server.ask("PEXPIRE", key, round(seconds * 1000), key=key):
        raise gone(key)


def seconds_of(text: str) -> float:
    """Seconds that were typed: `90`, `1.5`, `5m`, `2h`, `1d`. Raises `UsageError`."""
    said = text.strip().lower()
    scale = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}.get(said[-1:], 0)
    try:
        seconds = float(said[:-1] if scale else said) * (scale or 1)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 10**9:
        raise UsageError(
            "That is no time to live.", shorten(clean_line(text), 60), "Write 90, 5m, 2h or 1d."
        )
    return seconds


async def persist(server: Server, key: bytes) -> bool:
    """Let it live for ever; False when it already did, or is not there."""
    return bool(await server.ask("PERSIST", key, key=key))


async def rename(server: Server, key: bytes, new: bytes) -> None:
    """Give it another name; a name that is taken is never overwritten."""
    if key == new:
        raise UsageError("That is its name already.", key_text(key), "Choose another.")
    try:
        is_done = await server.ask("RENAMENX", key, new, key=key)
    except Refusal as problem:
        if "no such key" in problem.why:
            raise gone(key) from problem
        raise
    if not is_done:
        raise BackendError(
            f"There is already a key {shorten(key_text(new), 80)}.",
            "It was not overwritten.",
            "Choose another name, or delete that key first.",
        )


async def edit(
    server: Server, key: bytes, before: bytes, after: bytes, field: bytes | None = None
) -> None:
    """Put `after` where `before` stands, in the string or the hash's field; its TTL stays.

    Raises `BackendError` when something else stands there by now: nothing is written then.
    """
    script, given = (_SWAP_TEXT, ()) if field is None else (_SWAP_FIELD, (field,))
    reply = (await server.counted(key, [("EVAL", script, 1, key, before, after, *given)]))[0]
    if isinstance(reply, BackendError):
        raise reply
    if reply != 1:
        raise BackendError(
            "The value was changed by somebody else meanwhile.",
            "What you wrote was not stored, so theirs is not lost.",
            "Open the key again, then decide.",
        )


async def field(server: Server, key: bytes, name: bytes) -> bytes:
    """What stands in a field of a hash. Raises `BackendError` when there is no such field."""
    reply: Any = (await server.counted(key, [("HGET", key, name)]))[0]
    if isinstance(reply, BackendError):
        raise reply
    if reply is None:
        raise BackendError(
            f"There is no field {shorten(key_text(name), 80)}.", "", "Write one that is shown."
        )
    return bytes(reply)


async def save(
    server: Server, detail: Detail, folder: Path, told: Callable[[int], None] | None = None
) -> tuple[Path, int]:
    """The whole value in a new file: a string as it is, everything else as DUMP gives it.

    The file's path and size. Raises `BackendError`.
    """
    name = safe_file_name(kind_of(detail.value.data, ""), url=f"/{file_stem(detail.key)}")
    if detail.type != "string":
        return await _save_dump(server, detail, folder, f"{file_stem(detail.key)}.rdb")
    await asyncio.to_thread(folder.mkdir, 0o700, True, True)
    path, file = await asyncio.to_thread(create_new, folder, name)
    size = 0
    with file:
        while True:
            command = ("GETRANGE", detail.key, size, size + CHUNK - 1)
            chunk: Any = (await server.counted(detail.key, [command]))[0]
            if isinstance(chunk, BackendError):
                raise chunk
            await asyncio.to_thread(file.write, chunk)
            size += len(chunk)
            if told is not None:
                told(size)
            if len(chunk) < CHUNK:
                return path, size


async def _save_dump(server: Server, detail: Detail, folder: Path, name: str) -> tuple[Path, int]:
    if (detail.memory or 0) > LARGEST_DUMP:
        raise BackendError(
            "This value is too large to be saved in one piece.",
            f"It holds about {bytes_text(detail.memory or 0)}.",
            "Save it with redis-cli --rdb, which the server answers in the background.",
        )
    data = (await server.counted(detail.key, [("DUMP", detail.key)]))[0]
    if isinstance(data, BackendError):
        raise data
    if data is None:
        raise gone(detail.key)
    await asyncio.to_thread(folder.mkdir, 0o700, True, True)
    path, file = await asyncio.to_thread(create_new, folder, name)
    with file:
        await asyncio.to_thread(file.write, data)
    return path, len(data)


def file_stem(key: bytes) -> str:
    text = "".join(each if each.isalnum() or each in "-_." else "_" for each in key_text(key))
    return text.strip("._")[:80] or "value"
