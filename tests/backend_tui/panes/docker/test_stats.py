"""What a container uses is computed as the docker command does it, for both kinds of cgroups."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest

from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.engine.stats import Sample, SampleDecoder, parse_sample
from tests.real_engine import RealEngine

V2: dict[str, Any] = {
    "read": "2026-01-02T03:04:05.123456789Z",
    "cpu_stats": {
        "cpu_usage": {"total_usage": 1_500_000_000},
        "system_cpu_usage": 20_000_000_000,
        "online_cpus": 4,
    },
    "precpu_stats": {
        "cpu_usage": {"total_usage": 1_000_000_000},
        "system_cpu_usage": 16_000_000_000,
    },
    "memory_stats": {
        "usage": 100_000_000,
        "limit": 400_000_000,
        "stats": {"inactive_file": 20_000_000},
    },
    "pids_stats": {"current": 7},
    "networks": {
        "eth0": {"rx_bytes": 100, "tx_bytes": 10},
        "eth1": {"rx_bytes": 23, "tx_bytes": 2},
    },
    "blkio_stats": {
        "io_service_bytes_recursive": [
            {"op": "read", "value": 5},
            {"op": "write", "value": 7},
            {"op": "Total", "value": 12},
        ]
    },
}


def sample(document: dict[str, Any]) -> Sample:
    found = parse_sample(document, "x")
    assert found is not None
    return found


def test_cgroups_v2_are_read_as_docker_reads_them() -> None:
    found = sample(V2)
    assert found.cpu == pytest.approx(500 / 4000 * 4 * 100)
    assert (found.memory, found.memory_share) == (80_000_000, 20.0)
    assert (found.received, found.sent) == (123, 12)
    assert (found.block_read, found.block_written, found.pids) == (5, 7, 7)


def test_cgroups_v1_take_the_whole_trees_inactive_files_away() -> None:
    stats = {"total_inactive_file": 30_000_000, "inactive_file": 1}
    memory = {**V2["memory_stats"], "stats": stats}
    cpu = {
        **V2["cpu_stats"],
        "online_cpus": 0,
        "cpu_usage": {"total_usage": 1_500_000_000, "percpu_usage": [1, 2]},
    }
    found = sample({**V2, "memory_stats": memory, "cpu_stats": cpu})
    assert found.memory == 70_000_000
    assert found.cores == 2


def test_a_cache_larger_than_the_usage_is_not_taken_away() -> None:
    memory = {"usage": 10, "limit": 100, "stats": {"inactive_file": 20}}
    assert sample({**V2, "memory_stats": memory}).memory == 10


def test_the_first_sample_has_no_share_and_no_network_is_not_zero() -> None:
    found = sample({**V2, "precpu_stats": {}, "networks": None})
    assert (found.cpu, found.received) == (None, None)


def test_a_container_without_processes_has_no_sample() -> None:
    assert parse_sample({"read": "0001-01-01T00:00:00Z"}, "x") is None
    assert SampleDecoder("x")(b'{"read": "0001-01-01T00:00:00Z"}\n[]\nnonsense\n') == []


@pytest.mark.service("docker")
async def test_a_busy_container_is_measured_within_its_limit(
    engine: RealEngine, client: DockerClient
) -> None:
    busy = engine.script("while :; do :; done", mem_limit="64m")
    async with aclosing(client.samples(busy)) as samples:
        first = await anext(samples)
        second = await anext(samples)
    assert first.cpu is None
    assert second.cpu is not None
    assert second.cpu > 5
    assert (second.limit, second.pids) == (64 * 1024 * 1024, 1)
    assert 0 < second.memory < second.limit


@pytest.mark.service("docker")
async def test_the_share_is_that_of_the_engines_own_two_samples(
    engine: RealEngine, client: DockerClient
) -> None:
    busy = engine.script("while :; do :; done")
    document = engine.api.stats(busy, stream=False)
    found = parse_sample(document, busy)
    assert found is not None
    now, before = document["cpu_stats"], document["precpu_stats"]
    used = now["cpu_usage"]["total_usage"] - before["cpu_usage"]["total_usage"]
    system = now["system_cpu_usage"] - before["system_cpu_usage"]
    assert found.cpu == pytest.approx(used / system * now["online_cpus"] * 100)
