"""What a container uses, by the formulas of the docker command, for cgroups v1 and v2."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from backend_tui.panes.docker.engine.connection import Engine

_NEVER: Final = "0001-01-01"


@dataclass(frozen=True, slots=True)
class Sample:
    """One second of one container. Bytes and counts since its start; None: not told.

    `cpu` is in per cent of one core, as `docker stats` shows it; None for the first sample.
    `limit` is the host's memory where the container has no limit of its own.
    """

    id: str
    at: float
    cpu: float | None
    cores: int
    memory: int
    limit: int
    received: int | None
    sent: int | None
    block_read: int
    block_written: int
    pids: int | None
    throttled: int = 0

    @property
    def memory_share(self) -> float:
        """Memory of its limit, in per cent."""
        return 100 * self.memory / self.limit if self.limit else 0.0


class SampleDecoder:
    """Lines of JSON of one container; samples of one that does not run are left out."""

    def __init__(self, identity: str) -> None:
        self._id = identity
        self._rest = b""

    def __call__(self, chunk: bytes) -> list[Sample]:
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        found = (_sample_of(line, self._id) for line in lines)
        return [sample for sample in found if sample is not None]


async def samples(engine: Engine, identity: str) -> AsyncGenerator[Sample]:
    """A sample a second until the container is removed or the stream is closed."""
    stream = engine.stream(
        f"/containers/{identity}/stats", SampleDecoder(identity), {"stream": "1"}
    )
    async with aclosing(stream) as batches:
        async for batch in batches:
            for sample in batch:
                yield sample


def parse_sample(document: Mapping[str, Any], identity: str) -> Sample | None:
    """One document of `GET /containers/{id}/stats`; None for a container without processes."""
    read = str(document.get("read", _NEVER))
    cpu_now = _mapping(document, "cpu_stats")
    memory = _mapping(document, "memory_stats")
    if read.startswith(_NEVER) or (not cpu_now.get("system_cpu_usage") and not memory.get("usage")):
        return None
    cores = _cores(cpu_now)
    received, sent = _network(document)
    block_read, block_written = _blocks(_mapping(document, "blkio_stats"))
    pids = _mapping(document, "pids_stats").get("current")
    return Sample(
        id=identity,
        at=_unix(read),
        cpu=_cpu(cpu_now, _mapping(document, "precpu_stats"), cores),
        cores=cores,
        memory=_memory(memory),
        limit=int(memory.get("limit") or 0),
        received=received,
        sent=sent,
        block_read=block_read,
        block_written=block_written,
        pids=int(pids) if pids is not None else None,
        throttled=int(_mapping(cpu_now, "throttling_data").get("throttled_periods") or 0),
    )


def _sample_of(line: bytes, identity: str) -> Sample | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return parse_sample(document, identity) if isinstance(document, Mapping) else None


def _cores(cpu: Mapping[str, Any]) -> int:
    """`online_cpus`, or as many as old engines list."""
    listed = _mapping(cpu, "cpu_usage").get("percpu_usage") or ()
    return int(cpu.get("online_cpus") or len(listed) or 1)


def _cpu(now: Mapping[str, Any], before: Mapping[str, Any], cores: int) -> float | None:
    """CPU time of the container over that of the system, times the cores, in per cent."""
    if not before.get("system_cpu_usage"):
        return None
    used = _total(now) - _total(before)
    system = int(now.get("system_cpu_usage") or 0) - int(before["system_cpu_usage"])
    return 100.0 * used / system * cores if system > 0 and used > 0 else 0.0


def _total(cpu: Mapping[str, Any]) -> int:
    return int(_mapping(cpu, "cpu_usage").get("total_usage") or 0)


def _memory(memory: Mapping[str, Any]) -> int:
    """Usage without the file cache that the kernel could drop at once."""
    usage = int(memory.get("usage") or 0)
    details = _mapping(memory, "stats")
    for name in ("total_inactive_file", "inactive_file"):  # v1 first: it has both
        if name in details:
            cache = int(details[name])
            return usage - cache if cache < usage else usage
    return usage


def _network(document: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Bytes received and sent over all interfaces; None without a network of its own."""
    interfaces = _mapping(document, "networks")
    if not interfaces:
        return None, None
    rows = [each for each in interfaces.values() if isinstance(each, Mapping)]
    return (
        sum(int(each.get("rx_bytes") or 0) for each in rows),
        sum(int(each.get("tx_bytes") or 0) for each in rows),
    )


def _blocks(blocks: Mapping[str, Any]) -> tuple[int, int]:
    """Bytes read from and written to devices."""
    totals = {"r": 0, "w": 0}
    for row in blocks.get("io_service_bytes_recursive") or ():
        kind = str(row.get("op", ""))[:1].lower()
        if kind in totals:
            totals[kind] += int(row.get("value") or 0)
    return totals["r"], totals["w"]


def _mapping(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    return found if isinstance(found, Mapping) else {}


def _unix(text: str) -> float:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return 0.0
