"""Whether a cache may hold the only copy of an acknowledged write, and how well it holds it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.conf import settings
from django.core.cache import cache

from demo_server.caching.write_back.log import Log, LogAway


class CannotDefer(Exception):  # noqa: N818 - an answer, not a failure
    """This cache must not be a log; the text says why and what would help."""


class Suitability(NamedTuple):
    """`fsync` is always, everysec or no; None when the cache does not tell."""

    fsync: str | None

    @property
    def survives(self) -> str:
        """What an acknowledged write survives, in a sentence."""
        return _SURVIVES[self.fsync]


_SURVIVES = {
    "always": "On the disk before it is acknowledged: it survives kill -9 and a power failure.",
    "everysec": "Survives kill -9 of server and flusher, and of the cache unless its disk is "
    "behind; then, and at a power failure, up to 2 seconds of writes may be lost.",
    "no": "Survives kill -9; at a power failure about 30 seconds of writes may be lost.",
    None: "The cache does not tell how it keeps its file; ask who runs it.",
}


_NAMES = ("appendonly", "appendfsync", "maxmemory", "maxmemory-policy")


async def suitability() -> Suitability:
    """How the configured cache keeps what it acknowledges. Raises `CannotDefer`."""
    kind = getattr(cache, "kind", "")
    if kind != "redis":
        what = "the memory of this process" if kind == "local" else kind or "this cache"
        raise CannotDefer(
            f"Write-back needs Redis or Valkey with an append-only file: {what} is no log, "
            "for what it has acknowledged is gone when it ends."
        )
    log = Log(str(settings.CACHES["default"]["LOCATION"]), "")
    try:
        told = await _told(log)
    except LogAway as error:
        if "refuses" not in str(error):
            raise CannotDefer(str(error)) from error
        return Suitability(None)  # CONFIG is not for everyone
    if told.get("appendonly") == "no":
        raise CannotDefer(
            "This Redis keeps no append-only file, so what it acknowledges dies with it. "
            "Set `appendonly yes` there, or choose write-through."
        )
    policy = told.get("maxmemory-policy", "")
    if policy.startswith("allkeys") and told.get("maxmemory", "0") != "0":
        raise CannotDefer(
            f"This Redis evicts any key when its memory is full ({policy}), also a write that is "
            "nowhere else. Set `maxmemory-policy volatile-lru` there, or choose write-through."
        )
    return Suitability(told.get("appendfsync"))


async def as_it_is() -> Suitability:
    """The same without judging it. Raises `LogAway` when the cache is silent."""
    log = Log(str(settings.CACHES["default"]["LOCATION"]), "")
    try:
        return Suitability((await _told(log, ("appendfsync",))).get("appendfsync"))
    except LogAway as error:
        if "refuses" not in str(error):
            raise
        return Suitability(None)


async def sync_disk(when: str) -> None:
    """Have the cache bring its file to the disk `always` or `everysec`. Raises `LogAway`."""
    log = Log(str(settings.CACHES["default"]["LOCATION"]), "")
    await log.command("CONFIG", "SET", "appendfsync", when)


async def _told(log: Log, names: tuple[str, ...] = _NAMES) -> dict[str, str]:
    told: dict[str, str] = {}
    for name in names:  # one name each: several need Redis 7
        said: Any = await log.command("CONFIG", "GET", name)
        pairs = said if isinstance(said, dict) else dict(zip(said[::2], said[1::2], strict=True))
        told |= {str(key): str(value) for key, value in pairs.items()}
    return told
