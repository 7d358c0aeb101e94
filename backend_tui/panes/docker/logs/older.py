"""The page before the oldest line that is kept.

By windows of time that grow until they hold enough; by `tail` it cannot be asked, for the engine
takes the tail first and the window of it afterwards.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from contextlib import aclosing
from typing import Final

from backend_tui.panes.docker.client import DockerClient
from backend_tui.panes.docker.logs.lines import SECOND, LogLine
from backend_tui.panes.docker.logs.reading import Facts, lines

ENOUGH: Final = 500
MOST: Final = 5_000
_GROWTH: Final = 8


async def older(
    client: DockerClient, identity: str, facts: Facts, first: Sequence[LogLine]
) -> tuple[list[LogLine], bool]:
    """Up to 5 000 lines before `first` (the oldest kept ones), and whether they go on before that.

    Raises the engine's refusal.
    """
    end = next((line.at for line in first if line.at), 0)
    if not end:
        return [], False
    known = Counter(line for line in first if line.at <= end)
    span = SECOND
    while True:
        start = max(end - span, facts.created - SECOND)
        found, is_cut = await _window(client, identity, facts, start, end, known)
        is_first = start <= facts.created
        if len(found) >= ENOUGH or is_first:
            return found, is_cut or not is_first
        span *= _GROWTH


async def _window(
    client: DockerClient,
    identity: str,
    facts: Facts,
    start: int,
    end: int,
    known: Counter[LogLine],
) -> tuple[list[LogLine], bool]:
    found: deque[LogLine] = deque(maxlen=MOST + known.total())
    total = 0
    stream = lines(client, identity, is_tty=facts.is_tty, since=start, until=end)
    async with aclosing(stream) as batches:
        async for batch in batches:
            found.extend(batch)
            total += len(batch)
    left = known.copy()
    fresh: list[LogLine] = []
    for line in reversed(found):
        if left.get(line, 0):
            left[line] -= 1
        elif line.at <= end:
            fresh.append(line)
    fresh.reverse()
    return fresh[-MOST:], total > len(found) or len(fresh) > MOST
