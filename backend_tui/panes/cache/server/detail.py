"""One key as it was opened: type, TTL, memory, encoding, length, and a bounded look into it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from backend_tui.core.errors import BackendError
from backend_tui.core.text import clean_line, is_clean, shorten
from backend_tui.panes.cache.server.connection import Command
from backend_tui.panes.cache.server.failures import Refusal
from backend_tui.panes.cache.server.key_text import key_text
from backend_tui.panes.cache.server.server import Server
from backend_tui.panes.cache.server.values import MOST, Value, recognized

ITEMS: Final = 100
_FREELY: Final = 4 << 20  # a collection of that many bytes is asked for 100 items at once
_ITEM_TEXT: Final = 2_000


@dataclass(frozen=True, slots=True)
class Detail:
    """What is known of a key. None: the server does not tell, or there is no such thing.

    `length` is in bytes of a string, in items of everything else; `shown` how many of them
    `value` holds. `raw` is the string itself when all of it was read, for editing.
    """

    key: bytes
    type: str
    value: Value
    ttl_ms: int | None = None
    memory: int | None = None
    encoding: str = ""
    length: int | None = None
    shown: int = 0
    raw: bytes | None = None
    items: tuple[tuple[bytes, bytes], ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return self.length is not None and self.shown >= self.length

    @property
    def unit(self) -> str:
        """What `length` counts."""
        names = {"string": "bytes", "hash": "fields", "stream": "entries", "list": "items"}
        return names.get(self.type, "members")


class Gone(BackendError):  # noqa: N818 - the key's state, and no fault
    """The key is not there any more."""


async def opened(server: Server, key: bytes) -> Detail:
    """Look at a key; what that counts as on the server is added to `server.own`.

    Raises `Gone` when there is none, `BackendError` when it may not be looked at.
    """
    asked: list[Command] = [
        ("TYPE", key),
        ("PTTL", key),
        ("OBJECT", "ENCODING", key),
        ("MEMORY", "USAGE", key),
    ]
    kind, ttl, encoding, memory = await server.counted(key, asked)
    if isinstance(kind, BackendError):
        raise kind
    untold = tuple(
        each.command.upper() for each in (ttl, encoding, memory) if isinstance(each, Refusal)
    )
    name = clean_line(kind.decode("utf-8", "replace"))
    if name == "none":
        raise gone(key)
    known: dict[str, Any] = {
        "ttl_ms": ttl if isinstance(ttl, int) and ttl >= 0 else None,
        "memory": memory if isinstance(memory, int) else None,
        "encoding": clean_line(encoding.decode()) if isinstance(encoding, bytes) else "",
        "untold": untold,
    }
    if name == "string":
        return await _string(server, key, known)
    if name not in _READERS:
        note = "a type of a module: it is not read here"
        return Detail(key, name, Value(b"", name, note=note), **known)
    return await _collection(server, key, name, known)


def gone(key: bytes) -> Gone:
    """The failure of a key that is not there."""
    return Gone(
        f"There is no key {shorten(key_text(key), 80)} any more.",
        "It has expired, or was deleted or evicted.",
        "",
    )


async def _string(server: Server, key: bytes, known: dict[str, Any]) -> Detail:
    size, data = await server.counted(key, [("STRLEN", key), ("GETRANGE", key, 0, MOST - 1)])
    for each in (size, data):
        if isinstance(each, BackendError):
            raise each
    is_whole = len(data) >= size
    value = recognized(data, is_whole=is_whole)
    return Detail(
        key,
        "string",
        value,
        length=size,
        shown=len(data),
        raw=data if is_whole else None,
        **known,
    )


async def _collection(server: Server, key: bytes, name: str, known: dict[str, Any]) -> Detail:
    count, read = _READERS[name]
    length = (await server.counted(key, [(count, key)]))[0]
    if isinstance(length, BackendError):
        raise length
    wanted = ITEMS
    if known["memory"] and known["memory"] > _FREELY and length:
        wanted = max(1, min(ITEMS, _FREELY * length // known["memory"]))
    command = tuple(key if word == "KEY" else wanted if word == "N" else word for word in read)
    if name == "list":
        command = ("LRANGE", key, 0, wanted - 1)
    elif name == "zset":
        command = ("ZRANGE", key, 0, wanted - 1, "WITHSCORES")
    reply = (await server.counted(key, [command]))[0]
    if isinstance(reply, BackendError):
        raise reply
    pairs = _pairs(name, reply)[: max(wanted, 1)]
    text = "\n".join(_row(name, *pair) for pair in pairs)
    value = Value(text.encode(), name, "text/plain")
    return Detail(key, name, value, length=length, shown=len(pairs), items=pairs, **known)


_READERS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "list": ("LLEN", ()),
    "set": ("SCARD", ("SSCAN", "KEY", "0", "COUNT", "N")),
    "zset": ("ZCARD", ()),
    "hash": ("HLEN", ("HSCAN", "KEY", "0", "COUNT", "N")),
    "stream": ("XLEN", ("XREVRANGE", "KEY", "+", "-", "COUNT", "N")),
}


def _pairs(name: str, reply: Any) -> tuple[tuple[bytes, bytes], ...]:
    """(name, value) of each item: index, score, field or entry id beside what it holds."""
    match name:
        case "list":
            return tuple((str(at).encode(), item) for at, item in enumerate(reply))
        case "set":
            return tuple((b"", item) for item in reply[1])
        case "zset":
            return tuple((reply[at + 1], reply[at]) for at in range(0, len(reply), 2))
        case "hash":
            found = reply[1]
            return tuple((found[at], found[at + 1]) for at in range(0, len(found), 2))
        case _:
            return tuple((entry, _fields(values or [])) for entry, values in reply)


def _fields(values: list[bytes]) -> bytes:
    pairs = (values[at] + b"=" + values[at + 1] for at in range(0, len(values) - 1, 2))
    return b"  ".join(pairs)


def _row(name: str, first: bytes, second: bytes) -> str:
    value = shorten(_shown(second), _ITEM_TEXT)
    if name == "set":
        return value
    label = shorten(_shown(first), 200)
    return f"{label:>5}  {value}" if name == "list" else f"{label}  {value}"


def _shown(data: bytes) -> str:
    found = recognized(data[:_ITEM_TEXT], is_whole=False)
    if found.kind in ("binary", "Python pickle") or found.kind.startswith(("gzip", "zlib")):
        return f"{found.kind} 0x{data[:48].hex()}{'…' if len(data) > 48 else ''}"
    return key_text(data[:_ITEM_TEXT])


def uneditable(detail: Detail) -> str:
    """Why the value cannot be edited as text; "" when it can."""
    if detail.type != "string":
        return f"A {detail.type} cannot be edited as text: use redis-cli for it."
    if detail.raw is None:
        return "It is too large: only values of which all is shown can be edited."
    return unwritable(detail.raw)


def unwritable(data: bytes) -> str:
    """Why these bytes would not survive an editor; "" when they do."""
    if len(data) > MOST:
        return "It is too large to be edited here."
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "It is no text: an editor would change bytes that it cannot show."
    if not is_clean(text) or "\r" in text:
        return "It holds control characters that an editor would not keep."
    return ""


def document(detail: Detail) -> dict[str, Any]:
    """The detail as JSON values with stable keys; bytes that are no text as hex."""
    text = detail.value.data.decode("utf-8", "replace")
    is_binary = detail.value.content_type == "application/octet-stream"
    return {
        "key": key_text(detail.key),
        "key_hex": detail.key.hex(),
        "type": detail.type,
        "ttl_ms": detail.ttl_ms,
        "memory_bytes": detail.memory,
        "encoding": detail.encoding or None,
        "length": detail.length,
        "unit": detail.unit,
        "kind": detail.value.kind,
        "shown": detail.shown,
        "is_whole": detail.is_whole,
        "value": None if is_binary else text,
        "value_hex": detail.value.data.hex() if is_binary else None,
        "not_allowed": list(detail.untold),
    }
