"""One item's place in the store: every command a strategy gives there, announced and counted."""

from __future__ import annotations

from secrets import token_hex
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from demo_server.caching import clock, counters
from demo_server.caching.foreign import default_cache
from demo_server.caching.store import Unreachable
from demo_server.caching.strategies import chance, flights, numbers
from demo_server.caching.strategies.envelope import Envelope, seal, unseal
from demo_server.caching.strategies.strategy import Absent, Item, Sourced
from demo_server.caching.strategies.telling import tell

if TYPE_CHECKING:
    from demo_server.caching.feed import Result
    from demo_server.caching.store import Command

LEASE_MS: Final = 5000
"""How long one may load before somebody else tries; and who died holds up the others."""


class Found(NamedTuple):
    """What lay there, not yet announced: a hit or a miss is so only when its cause is known.

    Without an envelope but with a size: something is there that is not true any more.
    """

    envelope: Envelope | None
    started_ns: int
    size: int | None = None
    is_told: bool = False


class Slot:
    """A place in the store under a strategy's name. `is_versioned`: older never replaces newer."""

    __slots__ = (
        "cache",
        "counters",
        "flight",
        "is_versioned",
        "item",
        "lease",
        "name",
        "strategy",
        "tag",
    )

    def __init__(self, item: Item, strategy: str, *, is_versioned: bool = False) -> None:
        self.cache = default_cache()
        self.counters = counters.of(item.route)
        self.item = item
        self.strategy = strategy
        self.is_versioned = is_versioned
        self.tag = 0
        self.name = self.cache.make_key(item.key)
        self.flight = flights.named(self.name, item.epoch)
        self.lease = ""

    async def number(self) -> None:
        """Learn the number that the policy puts into the key, or beside the value."""
        item = self.item
        if item.policy.invalidation == "version":
            current = await numbers.current(item.numbered_by or item.key)
            self.name = self.cache.make_key(f"{item.key}:v{current}")
            self.flight = flights.named(self.name, item.epoch)
        elif item.policy.invalidation == "tag" and item.tag:
            self.tag = await numbers.current(item.tag)
            self.flight = flights.named(self.name, item.epoch, self.tag)

    async def look(self) -> Found:
        """What lies there; what is over, or outdated by its tag or by a new policy, is nothing."""
        self.counters.requests += 1
        started = perf_counter_ns()
        try:
            stored = await self.cache.store.aexecute(("GET", self.name))
        except Unreachable:
            self.counters.misses += 1
            self.tell("get", "error", started)
            return Found(None, started, is_told=True)
        if stored is None:
            return Found(None, started)
        envelope = unseal(stored)
        is_over = envelope.expires_at and clock.now() >= envelope.expires_at
        if is_over or envelope.tag != self.tag or envelope.epoch != self.item.epoch:
            return Found(None, started, len(stored))
        return Found(envelope, started, len(stored))

    def hit(self, found: Found, cause: str | None = None) -> Any:
        """Announce a hit and give its value. Raises `Absent` when an absence is cached."""
        envelope = cast("Envelope", found.envelope)
        self.counters.hits += 1
        if envelope.is_absence:
            self.counters.negative_hits += 1
            self.tell("get", "hit", found.started_ns, size=found.size, cause="negative")
            raise Absent(envelope.value)
        if cause == "stale":
            self.counters.stale_reads += 1
        self.tell("get", "hit", found.started_ns, size=found.size, cause=cause)
        return envelope.value

    def miss(self, found: Found, cause: str | None = None) -> None:
        """Announce a miss."""
        if not found.is_told:
            self.counters.misses += 1
            self.tell("get", "miss", found.started_ns, size=found.size, cause=cause)

    async def take(self, token: str) -> Envelope | bool | None:
        """The lease for `token`: True when it is ours, False when it is somebody else's, the value
        when it has come meanwhile, None when the store is away."""
        started = perf_counter_ns()
        try:
            reply = await self._execute(("TAKE", self.name, self._lease(), token, LEASE_MS))
        except Unreachable:
            self.tell("add", "error", started, key=self._lease(), cause="lease")
            return None
        is_ours = reply == 1
        result: Result = "stored" if is_ours else "refused"
        self.tell("add", result, started, key=self._lease(), ttl=LEASE_MS / 1000, cause="lease")
        return unseal(reply) if isinstance(reply, bytes) else is_ours

    async def claim(self, token: str, *, by_force: bool = False) -> bool:
        """Take the lease whatever lies there; `by_force` from whoever has it."""
        started = perf_counter_ns()
        command: Command = ("SET", self._lease(), token.encode(), "PX", LEASE_MS)
        try:
            is_ours = bool(await self._execute(command if by_force else (*command, "NX")))
        except Unreachable:
            self.tell("add", "error", started, key=self._lease(), cause="lease")
            return False
        result: Result = "stored" if is_ours else "refused"
        self.tell("add", result, started, key=self._lease(), ttl=LEASE_MS / 1000, cause="lease")
        return is_ours

    async def release(self, token: str) -> None:
        """Give the lease back, if it is still ours."""
        try:
            await self._execute(("RELEASE", self._lease(), token))
        except Unreachable:
            return  # it ends by itself

    async def store(
        self, sourced: Sourced | Absent, load_s: float, token: str = "", cause: str | None = None
    ) -> None:
        """Keep what a load gave; under a lease only while `token` holds it."""
        ttl, stored = self._sealed(sourced, load_s)
        if ttl <= 0:
            if token:
                await self.release(token)
            return
        milliseconds = max(1, int(ttl * 1000))
        if token:
            command: Command = ("FILL", self.name, self._lease(), token, stored, milliseconds)
            cause = cause or "lease"
        elif self.is_versioned:
            version = 0 if isinstance(sourced, Absent) else sourced.version
            command = ("NEWER", self.name, stored, milliseconds, version)
        else:
            command = ("SET", self.name, stored, "PX", milliseconds)
        await self._keep(command, len(stored), ttl, cause)

    async def put(self, sourced: Sourced, token: str) -> None:
        """Keep what was just written to the source, unless something newer has happened."""
        ttl, stored = self._sealed(sourced, 0.0)
        milliseconds = max(1, int(ttl * 1000))
        command = ("PUT", self.name, self._lease(), token, stored, milliseconds, sourced.version)
        if not await self._keep(command, len(stored), ttl, None):
            await self.delete()

    async def delete(self) -> None:
        """Drop the value and, before it, any lease: who loads now will not store it."""
        flights.outdate(self.flight)
        started = perf_counter_ns()
        try:
            reply = await self._execute(("DEL", self._lease(), self.name))
        except Unreachable:
            self.tell("delete", "error", started)
        else:
            self.tell("delete", "deleted" if reply else "miss", started)

    def refuse(self, load_ns: int) -> None:
        """What was loaded is outdated already; it is not stored."""
        self.counters.refused_fills += 1
        self.tell("set", "refused", perf_counter_ns(), load_ns=load_ns)

    def tell(self, op: Any, result: Any, started_ns: int, *, key: str = "", **more: Any) -> None:
        """Announce an operation here, with this route and strategy."""
        tell(self.strategy, self.item.route, op, key or self.name, result, started_ns, **more)

    async def _keep(self, command: Command, size: int, ttl: float, cause: str | None) -> bool:
        """Whether the store answered."""
        started = perf_counter_ns()
        try:
            is_stored = bool(await self._execute(command))
        except Unreachable:
            self.tell("set", "error", started, size=size, ttl=ttl, cause=cause)
            return False
        if not is_stored:
            self.counters.refused_fills += 1
        result: Result = "stored" if is_stored else "refused"
        self.tell("set", result, started, size=size, ttl=ttl, cause=cause)
        return True

    async def _execute(self, command: Command) -> Any:
        return await self.cache.store.aexecute(command)

    def _lease(self) -> str:
        if not self.lease:
            self.lease = self.cache.make_key(lease_key(self.name))
        return self.lease

    def _sealed(self, sourced: Sourced | Absent, load_s: float) -> tuple[float, bytes]:
        """The time to live and the stored form of what a load gave."""
        policy, now = self.item.policy, clock.now()
        if isinstance(sourced, Absent):
            ttl = chance.jittered(policy.negative_ttl_s, policy)
            absence = Envelope(sourced.reason, tag=self.tag, is_absence=True, epoch=self.item.epoch)
            return ttl, seal(absence)
        ttl = chance.jittered(policy.ttl_s, policy)
        is_early = policy.protection == "early"
        # Where the clock cannot shrink real times to live, the value knows its own.
        knows_its_end = is_early or not hasattr(self.cache.store, "shrink")
        envelope = Envelope(
            sourced.value,
            sourced.version if self.is_versioned else 0,
            now + ttl * policy.refresh_at if self.strategy == "refresh-ahead" else 0.0,
            now + ttl if knows_its_end else 0.0,
            load_s if is_early else 0.0,
            self.tag,
            epoch=self.item.epoch,
        )
        return ttl, seal(envelope)


def lease_key(name: str) -> str:
    """The key of the lease on a whole key, in the same slot of a cluster."""
    return f"lease:{{{name}}}"


def new_token() -> str:
    """A token that nobody else has."""
    return token_hex(8)


async def slot_of(item: Item, strategy: str, *, is_versioned: bool = False) -> Slot:
    """The item's place, with the numbers that its policy wants."""
    slot = Slot(item, strategy, is_versioned=is_versioned)
    if item.policy.invalidation != "delete":
        await slot.number()
    return slot
