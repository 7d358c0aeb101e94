"""Exits are explained by what the engine told before: signals it sent, memory that ran out."""

from __future__ import annotations

from typing import Any

import pytest

from backend_tui.panes.docker.engine.events import EngineEvent
from backend_tui.panes.docker.telling import Teller, Told, explain_exit


def event(action: str, **given: Any) -> EngineEvent:
    return EngineEvent(at=0, kind="container", action=action, id="x", name="web", **given)


def told(*events: EngineEvent) -> list[Told]:
    teller, found = Teller(), []
    for each in events:
        teller, words = teller.tell(each)
        found.append(words)
    return found


def test_memory_that_ran_out_explains_the_kill() -> None:
    last = told(event("start"), event("oom"), event("die", exit_code=137))[-1]
    assert last.why == "137 SIGKILL: out of memory (OOM)"
    assert (last.glyph, last.tone) == ("✗", "error")


def test_a_stop_that_took_too_long_is_told_from_a_kill() -> None:
    end = event("die", exit_code=137)
    slow = told(event("kill", signal=15), event("kill", signal=9), end)[-1]
    assert slow.why == "137 SIGKILL: too slow after SIGTERM"
    assert told(event("kill", signal=9), end)[-1].why == "137 SIGKILL: sent by the engine"
    assert told(end)[-1].why == "137 SIGKILL: from outside, no OOM told"


def test_a_new_start_forgets_the_signals_of_the_last_life() -> None:
    life = (event("kill", signal=9), event("start"), event("die", exit_code=137))
    assert told(*life)[-1].why == "137 SIGKILL: from outside, no OOM told"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "exit 0: it ended in order"),
        (3, "exit 3: its own code, a failure"),
        (127, "exit 127: its command was not found"),
        (139, "139 SIGSEGV"),
        (137, "137 SIGKILL"),
        (255, "exit 255: its own code, or it was lost with the engine"),
        (None, ""),
    ],
)
def test_codes_are_explained(code: int | None, words: str) -> None:
    assert explain_exit(code) == words


def test_a_health_that_flips_says_what_it_was() -> None:
    flips = told(
        event("health_status", detail="healthy"), event("health_status", detail="unhealthy")
    )
    assert flips[0].why == ""
    assert (flips[1].words, flips[1].why, flips[1].glyph) == (
        "health unhealthy",
        "was healthy",
        "▲",
    )
    assert [each.number for each in flips] == [0, 1]
