"""The tabs of the chosen container, on the real engine: what they tell, refuse and keep back."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from functools import partial
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.details.changes import change_facts
from backend_tui.panes.docker.details.environment import environment_rows
from backend_tui.panes.docker.details.health import health_facts
from backend_tui.panes.docker.details.mounts import mount_facts
from backend_tui.panes.docker.details.networks import network_facts
from backend_tui.panes.docker.details.processes import process_facts
from backend_tui.panes.docker.details.stats import StatsSection
from backend_tui.panes.docker.details.table import Facts, TableSection
from backend_tui.panes.docker.widgets.chart import Chart
from backend_tui.panes.docker.widgets.confirm_card import ConfirmCard
from tests.backend_tui.panes.docker.conftest import until
from tests.backend_tui.panes.docker.test_pane import Alone, opened
from tests.real_engine import RealEngine

real = pytest.mark.service("docker")


def words(facts: Facts) -> str:
    return "\n".join("  ".join(text for text, _ in row.cells) for row in facts.rows)


def test_variables_are_masked_by_name_until_one_is_shown_and_told_whose_they_are() -> None:
    own = ["API_TOKEN=canary", "URL=redis://u:canary@h", "PATH=/bin", "EMPTY="]
    rows = environment_rows(own, ["PATH=/bin"])
    assert "canary" not in str(rows)
    assert [row.cells[2][0] for row in rows] == ["container", "container", "image", "container"]
    shown = environment_rows(own, None, frozenset({"API_TOKEN"}))
    assert shown[0].copied == "API_TOKEN=canary"
    assert "canary" not in str(shown[1])


def test_hostile_variables_keep_one_line_and_drive_no_terminal() -> None:
    (row,) = environment_rows(["X\x1b[2J=\x1b]0;x\x07[red]a\nb"], ())
    assert "\x1b" not in str(row.cells) + row.full
    assert "\n" not in row.cells[1][0]


def test_networks_tell_addresses_and_where_ports_are_open() -> None:
    document = {
        "HostConfig": {"NetworkMode": "bridge"},
        "NetworkSettings": {
            "Networks": {
                "shop": {"IPAddress": "172.17.0.2", "IPPrefixLen": 16, "Aliases": ["web"]}
            },
            "Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}], "90/udp": None},
        },
    }
    told = words(network_facts(document))
    assert "shop  172.17.0.2/16" in told
    assert "80/tcp  ← 0.0.0.0:8080  every address of the host" in told
    assert "90/udp  not published" in told
    assert network_facts({}).rows == ()


def test_mounts_tell_kind_source_and_access() -> None:
    mounts = [
        {"Type": "volume", "Name": "data", "Destination": "/data", "RW": True, "Driver": "local"},
        {"Type": "bind", "Source": "/etc", "Destination": "/host", "RW": False, "Mode": "ro"},
    ]
    facts = mount_facts({"Mounts": mounts, "HostConfig": {"Tmpfs": {"/run": "size=1m,ro"}}})
    told = words(facts)
    assert "volume  /data  data  read-write" in told
    assert "bind  /host  /etc  read-only  ro" in told
    assert "tmpfs  /run  memory  read-only" in told
    assert "3 mounts" in facts.summary


def test_processes_are_read_whatever_columns_ps_has() -> None:
    linux = {"Titles": ["UID", "PID", "PPID", "CMD"], "Processes": [["root", "7", "1", "sleep 9"]]}
    podman = {"Titles": ["USER", "PID", "COMMAND"], "Processes": [["root", "7", "sleep 9"]]}
    for document in (linux, podman):
        (row,) = process_facts(document).rows
        assert (row.cells[0][0], row.cells[5][0]) == ("7", "sleep 9")
    assert process_facts(None).rows == ()


def test_changes_are_counted_by_kind() -> None:
    entries = [{"Path": "/b", "Kind": 1}, {"Path": "/a", "Kind": 0}, {"Path": "/c", "Kind": 2}]
    facts = change_facts(entries)
    assert words(facts).split("\n") == ["C ~  changed  /a", "A +  added  /b", "D -  deleted  /c"]
    assert facts.summary.startswith("1 added, 1 changed, 1 deleted")
    assert "its image's" in change_facts(None).empty


def test_health_tells_the_check_its_rhythm_and_every_outcome() -> None:
    log: list[dict[str, Any]] = [
        {
            "Start": "2026-01-02T03:04:05.123456789Z",
            "End": "2026-01-02T03:04:05.623456789Z",
            "ExitCode": 1,
            "Output": "no\nway",
        }
    ]
    document = {
        "Config": {"Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": 5_000_000_000}},
        "State": {"Health": {"Status": "unhealthy", "FailingStreak": 3, "Log": log}},
    }
    facts = health_facts(document)
    assert "▲ unhealthy, failed 3 times in a row  ·  true  ·  every 5 s" in facts.summary
    assert [text for text, _ in facts.rows[0].cells][1:] == ["0.50 s", "✗ 1", "no"]
    assert facts.rows[0].full == "no\nway"
    assert "no health check" in health_facts({}).empty


def tells(section: TableSection, told: str) -> bool:
    return told in words(section.facts)


async def tab(app: Alone, pilot: Pilot[None], name: str) -> TableSection:
    await app.page.details.show(name, focus=True)
    await pilot.pause()
    section = app.page.section
    assert isinstance(section, TableSection)
    return section


@real
async def test_each_tab_tells_of_a_real_container(engine: RealEngine) -> None:
    engine.script(
        "touch /new; rm /bin/ls; sleep 3600",
        name="web",
        environment=["API_TOKEN=canary-1", "COLOUR=red"],
        tmpfs={"/run": ""},
        healthcheck={"test": ["CMD-SHELL", "echo fine"], "interval": 1_000_000_000},
    )
    async with opened(engine.url, size=(80, 24)) as (app, pilot):
        expected = {
            "environment": "COLOUR  red  container",
            "mounts": "tmpfs  /run",
            "networks": "network  none",
            "processes": "sleep 3600",
            "changes": "D -  deleted  /bin/ls",
            "health": "✓ 0  fine",
        }
        for name, told in expected.items():
            section = await tab(app, pilot, name)
            await until(partial(tells, section, told))
            await pilot.pause(0.1)
            assert told.split("  ")[-1] in app.drawn()


@real
async def test_a_secret_is_shown_alone_and_only_after_a_yes(engine: RealEngine) -> None:
    engine.container(name="web", environment=["A_TOKEN=canary-1", "B_TOKEN=canary-2"])
    async with opened(engine.url) as (app, pilot):
        section = await tab(app, pilot, "environment")
        await until(lambda: "A_TOKEN" in words(section.facts))
        assert section.table.highlight(lambda row: row.name == "A_TOKEN")
        await pilot.press("u")
        await until(lambda: app.focused is section.query_one(ConfirmCard))
        assert "Show the value of A_TOKEN?" in app.drawn()
        await pilot.press("escape")
        await pilot.pause(0.1)
        assert "canary-1" not in app.drawn()
        await pilot.press("u", "enter")
        await until(lambda: "canary-1" in words(section.facts))
        assert "canary-2" not in words(section.facts)
        await pilot.press("u")
        await until(lambda: "canary-1" not in words(section.facts))


@real
async def test_processes_end_with_the_container_and_come_back(engine: RealEngine) -> None:
    made = engine.container(name="web")
    async with opened(engine.url) as (app, pilot):
        section = await tab(app, pilot, "processes")
        await until(lambda: section.facts.rows)
        await asyncio.to_thread(engine.api.kill, made)
        await until(lambda: "It is exited" in section.table.empty and not section.facts.rows)
        await asyncio.to_thread(engine.api.start, made)
        await until(lambda: section.facts.rows)


@real
async def test_what_was_read_stays_when_the_container_is_removed(engine: RealEngine) -> None:
    made = engine.container(name="web")
    async with opened(engine.url) as (app, pilot):
        section = await tab(app, pilot, "environment")
        await until(lambda: section.facts.rows)
        await asyncio.to_thread(engine.api.remove_container, made, force=True)
        await until(lambda: section.is_gone)
        assert section.facts.rows
        assert "removed" in str(app.docker.query_one("#docker-title", Static).render())


@real
async def test_graphs_are_drawn_with_their_limits_and_the_scale_is_toggled(
    engine: RealEngine,
) -> None:
    engine.script("while :; do :; done", name="busy", nano_cpus=200_000_000, mem_limit="64m")
    async with opened(engine.url, size=(80, 24)) as (app, pilot):
        await app.page.details.show("stats", focus=True)
        section = app.page.section
        assert isinstance(section, StatsSection)
        await until(lambda: section.limits.memory)
        cpu = section.query_one("#stats-cpu", Chart)
        await until(lambda: cpu.curve is not None and len(cpu.curve.points) > 1)
        await pilot.pause(0.2)
        drawn = app.drawn()
        assert f"0.2 of {os.cpu_count()} cores" in drawn
        assert "limit 67 MB" in drawn
        assert any(0x2801 <= ord(letter) <= 0x28FF for letter in drawn)
        await pilot.press("m", "t")
        await pilot.pause(0.1)
        assert "100 % is the host" in app.drawn()
        assert "last 5 min" in app.drawn()


@real
@pytest.mark.skipif(shutil.which("docker") is None, reason="the docker command is not installed")
async def test_the_figures_are_those_of_docker_stats(
    engine: RealEngine, client: DockerClient
) -> None:
    """CPU within one sample of the command's; memory and processes the same."""
    made = engine.script("while :; do :; done", name="busy", nano_cpus=200_000_000, mem_limit="64m")
    line = ["docker", "-H", engine.url, "stats", "--no-stream", "--format"]
    line += ["{{.CPUPerc}} {{.MemUsage}} {{.PIDs}}", "busy"]

    async def measure() -> None:
        async for _ in client.samples(made):
            pass

    measuring = asyncio.create_task(measure())
    try:
        await until(lambda: len(client.history.of(made)) > 1)
        said = (await asyncio.to_thread(subprocess.check_output, line, text=True)).split()
        await until(lambda: len(client.history.of(made)) > 4)
    finally:
        measuring.cancel()
        await asyncio.gather(measuring, return_exceptions=True)
    samples = client.history.of(made)
    cpu = [each.cpu for each in samples if each.cpu is not None]
    assert min(cpu) - 3 <= float(said[0].removesuffix("%")) <= max(cpu) + 3
    unit = {"B": 1, "KiB": 1024, "MiB": 1024**2}
    text = said[1]
    name = next(each for each in ("KiB", "MiB", "B") if text.endswith(each))
    memory = float(text.removesuffix(name)) * unit[name]
    assert (
        min(each.memory for each in samples) * 0.9
        <= memory
        <= (max(each.memory for each in samples) * 1.1)
    )
    assert said[3] == "64MiB"
    assert int(said[-1]) == samples[-1].pids
