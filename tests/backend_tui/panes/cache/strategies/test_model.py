"""The lab's rules: differences of counters, runs side by side, policies as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.errors import BackendError, UsageError
from backend_tui.core.text import is_clean
from backend_tui.panes.cache.strategies.comparing import compared, lines
from backend_tui.panes.cache.strategies.deferred import Crash
from backend_tui.panes.cache.strategies.experiments import Run
from backend_tui.panes.cache.strategies.lab import Counters, Lab, Policy, Route, read_lab
from backend_tui.panes.cache.strategies.model import (
    ExperimentEnded,
    ExperimentStarted,
    ExperimentStopped,
    LabArrived,
    PolicyChanged,
    PolicyRefused,
    RouteChosen,
    StrategiesState,
)
from backend_tui.panes.cache.strategies.policy_text import changes, line_to_edit, policy_text
from backend_tui.panes.cache.strategies.target import target_of
from backend_tui.panes.cache.strategies.words import obstacle, policy_words, ratio_text, ttl_text
from backend_tui.panes.cache.strategies.write_back import WriteBack, read_write_back
from backend_tui.panes.cache.strategies.write_back_words import nothing_waits, state_lines

LISTING = Route("tags", "GET /api/tags", strategies=("none", "cache-aside"))
PRODUCT = Route("product", "GET /api/products/{id}", strategies=("none", "write-back"))
LAB_A = Route("lab-a", "GET /lab/cache/lab-a?load_ms=200", strategies=("none", "write-through"))


def run(number: int, loads: int, protection: str = "none") -> Run:
    policy = Policy("cache-aside", protection=protection)
    after = Counters(requests=21, misses=21, loads=1 + loads, statements=2 * loads)
    return Run(number, "expire", "lab-a", policy, Counters(requests=1, loads=1), after, ("seen",))


def test_no_requests_have_no_ratio_and_only_all_hits_are_a_hundred() -> None:
    assert ratio_text(Counters().ratio) == "–"
    assert ratio_text(Counters(requests=1000, hits=999).ratio) == ">99 %"
    assert ratio_text(Counters(requests=2, hits=2).ratio) == "100 %"
    assert ratio_text(Counters(requests=2).ratio) == "0 %"


def test_a_difference_survives_counters_that_were_zeroed_between() -> None:
    assert Counters(requests=7).since(Counters(requests=5)).requests == 2
    assert Counters(requests=3).since(Counters(requests=5)).requests == 3


def test_the_last_two_runs_stand_side_by_side_and_the_smaller_number_is_the_good_one() -> None:
    state = StrategiesState()
    for number, loads in ((1, 20), (2, 20), (3, 1)):
        state = state.after(ExperimentEnded(run(number, loads)))
    assert [each.number for each in state.runs] == [2, 3]
    found = {line.name: line for line in lines(state.runs)}
    assert found["loads"].values == ((1, 21, 20), (1, 2, 1))
    assert "early" not in found
    text = compared(state.runs).plain.splitlines()
    assert max(map(len, text)) <= 78
    loads_line = next(line for line in text if line.startswith("loads"))
    assert loads_line.split() == ["loads", "1", "→", "21", "+20", "1", "→", "2", "+1"]


def test_the_route_in_hand_stays_and_one_that_went_gives_way_to_the_first() -> None:
    lab = Lab("s", routes=(LAB_A, LISTING))
    state = StrategiesState().after(LabArrived(lab))
    assert state.chosen == "lab-a"
    state = state.after(RouteChosen("tags")).after(LabArrived(lab))
    assert state.route == LISTING
    assert state.after(LabArrived(Lab("s", routes=(LAB_A,)))).chosen == "lab-a"


def test_a_refusal_is_shown_until_something_else_happens() -> None:
    state = StrategiesState().after(LabArrived(Lab("s", routes=(LAB_A,))))
    refused = state.after(PolicyRefused("why"))
    assert refused.refused == "why"
    changed = Route("lab-a", policy=Policy("none"))
    assert refused.after(PolicyChanged(changed)).refused == ""
    assert refused.after(PolicyChanged(changed)).route == changed
    started = refused.after(ExperimentStarted("burst", "lab-a"))
    assert (started.refused, started.running) == ("", "burst  lab-a")
    assert started.after(ExperimentEnded(None)).running == ""


@given(
    st.floats(0.05, 86_400, allow_nan=False).map(lambda number: float(f"{number:g}")),
    st.sampled_from(["none", "flight", "lease", "early"]),
    st.sampled_from(["none", "cache-aside", "write-back"]),
)
def test_a_policy_as_text_is_the_same_policy(ttl: float, protection: str, strategy: str) -> None:
    policy = Policy(strategy, ttl, protection=protection)
    assert changes(policy, policy_text(policy)) == {}
    assert changes(policy, policy_text(policy) + " ttl=123456") == {"ttl_s": 123456.0}


@pytest.mark.parametrize("text", ["ttl", "nothing=1", "ttl=soon", "=5"])
def test_what_is_no_part_of_a_policy_is_named(text: str) -> None:
    with pytest.raises(UsageError):
        changes(Policy(), text)


def test_every_strategy_says_what_it_does_and_what_can_go_wrong() -> None:
    for name in ("none", "cache-aside", "read-through", "write-through", "write-back"):
        does, wrong = policy_words(Policy(name, protection="lease"))
        assert does.endswith(".")
        assert wrong.endswith(".")
    assert "stampede" in policy_words(Policy("cache-aside", protection="none"))[1]
    assert obstacle(LISTING, "write-back").startswith("tags: nobody writes")
    assert "log" in obstacle(LAB_A, "write-back")
    assert obstacle(PRODUCT, "write-back") == ""
    assert [ttl_text(each) for each in (0.5, 60, 90, 300)] == ["0.5 s", "60 s", "90 s", "5 min"]


def test_each_route_has_an_address_and_an_item_a_key() -> None:
    assert target_of(PRODUCT).reads == "/api/products/1"
    assert target_of(PRODUCT).key == "products:1"
    assert target_of(LISTING) == target_of(LISTING, 5)
    assert target_of(LISTING).key == ""
    views = Route("views", "GET /api/products/{id}/views")
    assert (target_of(views).reads, target_of(views).key) == ("/api/products/1/views", "views:1")
    assert target_of(LAB_A, 5).reads == "/lab/cache/lab-a?load_ms=5"
    assert target_of(LAB_A).can_stale


@pytest.mark.parametrize("document", [None, [], {}, {"source": "a"}, {"source": "a", "routes": 5}])
def test_a_foreign_answer_is_an_error_in_words(document: object) -> None:
    with pytest.raises(BackendError):
        read_lab(document)


@pytest.mark.parametrize("document", [None, [], {}, {"is_on": True, "dirty": [5]}])
def test_a_foreign_write_back_is_an_error_in_words(document: object) -> None:
    with pytest.raises(BackendError):
        read_write_back(document)


def test_what_the_shop_says_is_clean_and_unknown_is_not_zero() -> None:
    told = read_write_back(
        {
            "is_on": True,
            "mode": "durable",
            "flusher": {"state": "run\x1b[2Jning", "pid_or_task": 5, "every_s": 1},
            "dirty": [{"key": "a\x1b[31m", "since_s": 1, "entries": 2, "value": {"price": "+1"}}],
            "dirty_count": None,
            "pending": None,
            "lag_s": None,
            "away": "The cache is away.",
        }
    )
    assert is_clean(told.state)
    assert is_clean(told.dirty[0].key)
    assert told.dirty[0].value == "price +1"
    assert (told.pending, told.lag_s) == (None, None)
    text = state_lines(told).plain
    assert "– writes of – keys" in text
    assert "✗ The cache is away." in text


def test_lost_writes_are_named_where_nothing_waits() -> None:
    assert nothing_waits(WriteBack()).endswith("in the database.")
    assert "50 acknowledged writes died" in nothing_waits(WriteBack(lost=50))


def test_a_crash_counts_what_is_missing_and_what_is_there_twice() -> None:
    assert (Crash(1, "naive", 50, 50, 150, 100, 0).lost) == 50
    assert (Crash(1, "durable", 50, 50, 150, 153, 0).doubled) == 3
    assert Crash(1, "durable", 50, 50, 150, 150, 0).words.startswith("✓")
    assert len(Crash(12, "durable", 50, 50, 1500, 1500, 0).words) <= 78


def test_a_stopped_experiment_is_told_as_stopped_until_the_next_thing_is_done() -> None:
    state = StrategiesState().after(ExperimentStarted("a burst", "lab-a"))
    state = state.after(ExperimentStopped())
    assert (state.running, state.refused, state.runs) == ("", "", ())
    assert state.stopped == "a burst  lab-a"
    assert state.after(ExperimentStarted("a burst", "lab-a")).stopped == ""
    assert state.after(PolicyRefused("no")).stopped == ""


@given(st.sampled_from(("early", "none")), st.sampled_from(("refresh-ahead", "cache-aside")))
def test_the_line_to_edit_is_short_and_changes_nothing(protection: str, strategy: str) -> None:
    policy = Policy(strategy, protection=protection, beta=2.0, refresh_at=0.5)
    line = line_to_edit(policy)
    assert changes(policy, line) == {}
    assert ("beta=" in line) == (protection == "early")
    assert ("refresh-at=" in line) == (strategy == "refresh-ahead")
    assert len(line_to_edit(Policy("cache-aside", ttl_s=60, jitter=0.1))) <= 78
