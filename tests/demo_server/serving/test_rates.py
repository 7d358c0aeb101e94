"""The token bucket, with a clock of the test's own."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from demo_server.rates import CLIENTS, Rates


def test_it_fills_at_the_rate() -> None:
    rates = Rates(2)
    assert [rates.admit(b"a", 0.0).is_admitted for _ in range(3)] == [True, True, False]
    assert rates.admit(b"a", 0.4).is_admitted is False
    assert rates.admit(b"a", 0.6).is_admitted is True
    assert rates.admit(b"a", 100.0).headers[1] == (b"ratelimit", b'"client";r=1;t=1')


def test_a_slow_rate_says_how_long_to_wait() -> None:
    rates = Rates(0.1)
    assert rates.admit(b"a", 0.0).is_admitted
    assert rates.admit(b"a", 0.0).retry_after == 10


def test_clients_do_not_take_from_each_other_and_old_ones_are_forgotten() -> None:
    rates = Rates(1)
    assert all(rates.admit(str(each).encode(), 0.0).is_admitted for each in range(CLIENTS + 5))
    assert len(rates._buckets) == CLIENTS


@given(rate=st.floats(0.1, 100), steps=st.lists(st.floats(0, 2, allow_nan=False), max_size=200))
def test_no_client_ever_gets_more_than_the_rate_and_one_burst(
    rate: float, steps: list[float]
) -> None:
    rates = Rates(rate)
    now, admitted = 0.0, 0
    for step in steps:
        now += step
        admission = rates.admit(b"a", now)
        admitted += admission.is_admitted
        assert admission.is_admitted or admission.retry_after >= 1
    assert admitted <= rates.burst + now * rate + 1e-6
