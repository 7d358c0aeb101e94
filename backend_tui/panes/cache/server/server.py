"""A Redis as a whole: one node, a cluster's primaries or the primary that sentinels name."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from backend_tui.core.errors import BackendError, MissingError
from backend_tui.core.text import clean_line
from backend_tui.panes.cache.server import info
from backend_tui.panes.cache.server.address import Address
from backend_tui.panes.cache.server.connection import Command, Node, Word, run_together
from backend_tui.panes.cache.server.failures import Refusal
from backend_tui.panes.cache.server.info import Lookups, Sample, parse_info

_STATS: Final[Command] = ("INFO", "stats")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who answers: `Valkey 9.1.2`, whether it follows another (`source`), how many nodes."""

    name: str
    place: str
    role: str = "master"
    source: str = ""
    nodes: int = 1
    is_cluster: bool = False
    is_embedded: bool = False
    fsync: str = ""

    @property
    def words(self) -> str:
        """One line for a person."""
        parts = [self.name, self.place]
        if self.is_cluster:
            parts.append(f"cluster of {self.nodes} node{'s' if self.nodes != 1 else ''}")
        if self.source:
            parts.append(f"replica of {self.source}")
        return " · ".join(parts)


@dataclass
class _Part:
    """A node that holds keys: `main` is asked in strict order, `side` for long background work."""

    main: Node
    side: Node
    slots: tuple[tuple[int, int], ...] = ()


@dataclass
class Server:
    """Opens itself when first asked; after a lost connection the nodes are found anew.

    `own` counts what looking at keys here added to the server's hits and misses, exactly: the
    server's own count before and after, taken in the same step.
    """

    address: Address
    is_embedded: bool = False
    own: Lookups = field(default_factory=Lookups)
    identity: Identity | None = None
    _parts: tuple[_Part, ...] = ()
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    _looking: set[asyncio.Task[list[Any]]] = field(default_factory=set)

    async def open(self) -> Identity:
        """Find the nodes. Raises `BackendError`."""
        await self._found()
        assert self.identity is not None, "_found() names the server"
        return self.identity

    async def aclose(self) -> None:
        """Close every connection; the next question opens them again."""
        parts, self._parts = self._parts, ()
        for part in parts:
            await part.main.aclose()
            await part.side.aclose()

    async def nodes(self) -> tuple[Node, ...]:
        """For background work: the primaries, each by a connection that no other work waits for."""
        return tuple(part.side for part in await self._found())

    async def ask(self, *command: Word, key: bytes | None = None) -> Any:
        """The reply of the node that holds the key, else of the first. Raises `BackendError`."""
        try:
            return await (await self._part(key)).main.ask(*command)
        except BackendError as problem:
            await self._forget_after(problem)
            raise

    async def counted(self, key: bytes, commands: Sequence[Command]) -> list[Any]:
        """The replies of commands that look at the key; what they count as is added to `own`.

        What was refused is a `BackendError` in its place. Who gives up waiting is let go at once;
        what was asked is counted to its end all the same.
        """
        looking = asyncio.create_task(self._look_at(key, commands))
        self._looking.add(looking)
        looking.add_done_callback(self._looked)
        return await asyncio.shield(looking)

    async def _look_at(self, key: bytes, commands: Sequence[Command]) -> list[Any]:
        try:
            node = (await self._part(key)).main
            async with node.turn() as exchange:
                replies = await run_together(exchange, (_STATS, *commands, _STATS))
                before, after = replies[0], replies[-1]
                if isinstance(before, bytes) and isinstance(after, bytes):
                    counted = info.lookups(parse_info(after)).minus(
                        info.lookups(parse_info(before))
                    )
                    self.own = self.own.plus(counted)
        except BackendError as problem:
            await self._forget_after(problem)
            raise
        return [
            await node.explained(each) if isinstance(each, BackendError) else each
            for each in replies[1:-1]
        ]

    def _looked(self, looking: asyncio.Task[list[Any]]) -> None:
        self._looking.discard(looking)
        if not looking.cancelled():
            looking.exception()  # told to who waits, if anybody still does

    async def sample(self, sections: tuple[str, ...] = info.SECTIONS) -> Sample:
        """The counters of now, all nodes together. Raises `BackendError`."""
        of_nodes: list[Mapping[str, str]] = []
        own = self.own
        try:
            for part in await self._found():
                async with part.main.turn() as exchange:
                    facts: dict[str, str] = {}
                    for reply in await exchange([("INFO", section) for section in sections]):
                        if isinstance(reply, BackendError):
                            raise reply
                        facts.update(parse_info(reply))
                    own = self.own
                of_nodes.append(facts)
        except BackendError as problem:
            await self._forget_after(problem)
            raise
        return info.sample(time.monotonic(), own, tuple(of_nodes))

    async def memory_of(self, keys: Sequence[bytes]) -> dict[bytes, int]:
        """Bytes by key, for those that are there: MEMORY USAGE counts as no lookup."""
        by_node: dict[int, list[bytes]] = {}
        parts = {id(part): part for part in await self._found()}
        for key in keys:
            by_node.setdefault(id(await self._part(key)), []).append(key)
        found: dict[bytes, int] = {}
        for name, those in by_node.items():
            asked: list[Command] = [("MEMORY", "USAGE", key) for key in those]
            for key, size in zip(those, await parts[name].side.ask_all(asked), strict=True):
                if isinstance(size, BackendError):
                    raise size
                if size is not None:
                    found[key] = size
        return found

    async def knows(self, *names: str) -> tuple[bool, ...]:
        """Which of these commands the server has, from COMMAND INFO; all when it may not say."""
        try:
            replies = await self.ask("COMMAND", "INFO", *names)
        except Refusal:
            return (True,) * len(names)
        return tuple(isinstance(each, list) and bool(each) for each in replies)

    async def _part(self, key: bytes | None) -> _Part:
        parts = await self._found()
        if key is None or len(parts) == 1:
            return parts[0]
        from redis.crc import key_slot

        slot = key_slot(key)
        for part in parts:
            if any(first <= slot <= last for first, last in part.slots):
                return part
        raise MissingError(
            "No node of the cluster serves this key.",
            f"Slot {slot} is not covered.",
            "CLUSTER NODES says which node is missing.",
        )

    async def _forget_after(self, problem: BackendError) -> None:
        """What was found of the nodes may be wrong now: look again at the next question."""
        code = problem.code if isinstance(problem, Refusal) else ""
        if isinstance(problem, MissingError) or code in ("MOVED", "ASK", "READONLY"):
            await self.aclose()

    async def _found(self) -> tuple[_Part, ...]:
        async with self._opening:
            if not self._parts:
                self._parts = await self._look()
            return self._parts

    async def _look(self) -> tuple[_Part, ...]:
        if self.address.arrangement == "sentinel":
            host = await self._named_by_sentinels()
            first = Node(self.address, host)
        else:
            first = await self._first_that_answers()
        facts: dict[str, str] = {}
        try:
            facts = await first.info("server", "replication", "cluster")
        except Refusal as problem:
            if problem.code != "NOPERM":
                raise
            await first.ask("PING")
        is_cluster = facts.get("cluster_enabled") == "1"
        parts: tuple[_Part, ...] = (_Part(first, Node(self.address, first.host)),)
        if is_cluster:
            parts = await self._primaries(first) or parts
        self.identity = _identity(facts, first.place, len(parts), is_cluster)
        self.identity = replace(
            self.identity, is_embedded=self.is_embedded, fsync=await _fsync(first)
        )
        return parts

    async def _first_that_answers(self) -> Node:
        """The first host of the URL that takes us; a cluster may be named by several."""
        problem: BackendError | None = None
        for host in self.address.hosts or (("", 0),):
            node = Node(self.address, host)
            try:
                await node.ask_all((("PING",),))
            except BackendError as failed:
                problem = problem or failed
                await node.aclose()
            else:
                return node
        assert problem is not None, "an address has a host or a path"
        raise problem

    async def _named_by_sentinels(self) -> tuple[str, int]:
        bare = replace(self.address, user="", password="", database=0)
        problem: BackendError | None = None
        for host in self.address.hosts:
            sentinel = Node(bare, host)
            try:
                found = await sentinel.ask(
                    "SENTINEL", "GET-MASTER-ADDR-BY-NAME", self.address.service
                )
            except BackendError as failed:
                problem = failed
                continue
            finally:
                await sentinel.aclose()
            if found:
                return found[0].decode(), int(found[1])
            problem = MissingError(
                f"The sentinels watch no service “{clean_line(self.address.service)}”.",
                f"{sentinel.place} was asked.",
                "Write its name into the URL: redis+sentinel://HOST:PORT/SERVICE/0.",
            )
        assert problem is not None, "an address has a host"
        raise problem

    async def _primaries(self, first: Node) -> tuple[_Part, ...]:
        owned: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for begin, end, primary, *_ in await first.ask("CLUSTER", "SLOTS"):
            host = primary[0].decode("utf-8", "replace") if primary[0] else ""
            place = (host if host not in ("", "?") else first.host[0], int(primary[1]))
            owned.setdefault(place, []).append((int(begin), int(end)))
        return tuple(
            _Part(
                first if place == first.host else Node(self.address, place),
                Node(self.address, place),
                tuple(slots),
            )
            for place, slots in sorted(owned.items())
        )


async def _fsync(node: Node) -> str:
    """How the append-only file is synced; "" where CONFIG may not be asked."""
    try:
        reply = await node.ask("CONFIG", "GET", "appendfsync")
    except Refusal:
        return ""
    return clean_line(reply[1].decode("utf-8", "replace")) if len(reply) == 2 else ""


def _identity(facts: Mapping[str, str], place: str, nodes: int, is_cluster: bool) -> Identity:
    if "valkey_version" in facts:
        name = f"Valkey {facts['valkey_version']}"
    else:
        name = f"Redis {facts.get('redis_version', '')}".strip()
    is_replica = facts.get("role") == "slave"
    source = f"{facts.get('master_host', '?')}:{facts.get('master_port', '?')}"
    return Identity(
        name=name,
        place=place,
        role="replica" if is_replica else "primary",
        source=source if is_replica else "",
        nodes=nodes,
        is_cluster=is_cluster,
    )
