"""The stall monitor names the line that kept the loop from answering."""

from __future__ import annotations

import asyncio
import time

import pytest

from backend_tui.workbench.stall import StallMonitor


def keep_busy(seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


@pytest.mark.alone
async def test_a_stall_is_found_and_its_line_named() -> None:
    with StallMonitor(limit=0.1) as monitor:
        await asyncio.sleep(0.05)
        keep_busy(0.5)
        await asyncio.sleep(0.2)
    (stall,) = monitor.stalls
    assert stall.seconds > 0.1
    assert "keep_busy" in str(stall)


@pytest.mark.alone
async def test_a_loop_that_answers_has_no_stalls() -> None:
    with StallMonitor(limit=0.1) as monitor:
        await asyncio.sleep(0.4)
    assert monitor.stalls == []
