"""Samples are kept for a quarter of an hour and drawn as they were, with gaps and limits."""

from __future__ import annotations

import pytest

from backend_tui.panes.docker.details.stats import Limits, curves, limits_of
from backend_tui.panes.docker.engine.stats import Sample
from backend_tui.panes.docker.history import KEPT, MOST, History, rates, slots
from backend_tui.panes.docker.widgets.chart import area, top_of


def sample(at: float, identity: str = "x", cpu: float | None = 50.0, received: int = 0) -> Sample:
    return Sample(identity, at, cpu, 4, 25, 100, received, 0, 0, 0, 3)


def test_only_a_quarter_of_an_hour_is_kept() -> None:
    history = History()
    for at in range(int(KEPT) + 100):
        history.add(sample(float(at)))
    kept = history.of("x")
    assert (kept[0].at, kept[-1].at) == (99.0, KEPT + 99)


def test_a_sample_that_comes_twice_counts_once() -> None:
    history = History()
    history.add(sample(1))
    history.add(sample(1))
    assert len(history.of("x")) == 1


def test_the_container_measured_longest_ago_is_forgotten() -> None:
    history = History()
    for number in range(MOST):
        history.add(sample(1, str(number)))
    history.add(sample(2, "0"))
    history.add(sample(1, "new"))
    assert (len(history.of("0")), len(history.of("1")), len(history.of("new"))) == (2, 0, 1)


def test_a_rate_is_growth_over_time_and_a_restart_is_no_negative_one() -> None:
    found = rates([sample(0), sample(2), sample(3), sample(4)], [0, 100, 30, None])
    assert found == [(2, 50.0)]


def test_slots_keep_peaks_hold_a_value_briefly_and_leave_gaps() -> None:
    points = [(0.5, 1.0), (0.6, 9.0), (8.5, 2.0)]
    assert slots(points, 10, 10, 10) == [9, 9, 9, 9, None, None, None, None, 2, 2]


def test_the_area_is_as_high_as_its_values_and_zero_is_not_nothing() -> None:
    assert area([8, 8, None, None, 0, 4], 2, 8) == ["⣿⠀⠀", "⣿⠀⣸"]


@pytest.mark.parametrize(
    ("largest", "limit", "top"), [(30, 100, 100), (10, 100, 10), (130, 100, 130), (3, None, 5)]
)
def test_a_limit_in_reach_is_the_upper_edge(
    largest: float, limit: float | None, top: float
) -> None:
    assert top_of([None, largest], limit, 1) == top


def test_limits_are_those_it_was_given() -> None:
    host = {"NanoCpus": 1_500_000_000, "Memory": 64_000_000, "PidsLimit": 20}
    assert limits_of({"HostConfig": host}) == Limits(1.5, 64_000_000, 20)
    assert limits_of({"HostConfig": {"CpuQuota": 50_000, "CpuPeriod": 0}}).cores == 0.5
    assert limits_of({"HostConfig": {"Memory": 0}}) == Limits()


def test_the_host_scale_divides_by_its_cores() -> None:
    core, *_ = curves([sample(1), sample(2)], Limits(), "core")
    host, *_ = curves([sample(1), sample(2)], Limits(), "host")
    assert (core.points[-1], core.limit) == ((2, 50.0), 400)
    assert (host.points[-1], host.limit) == ((2, 12.5), 100)
    assert "12.5 %" in host.now
