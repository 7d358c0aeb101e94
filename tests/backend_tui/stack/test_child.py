"""A child hears its gate, is read line by line, and cannot outlive its end."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from backend_tui.core.errors import MissingError
from backend_tui.stack.child import Launch, start

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the gate is a POSIX shell")


def shell(script: str, **more: object) -> Launch:
    return Launch(("sh", "-c", script), os.environ, **more)  # type: ignore[arg-type]


async def test_both_channels_are_read_line_by_line() -> None:
    lines: list[tuple[str, str]] = []
    child = await start(
        shell("echo one; echo two >&2; printf three"), lambda *line: lines.append(line)
    )
    assert await child.gone() == 0
    assert sorted(lines) == [("stderr", "two"), ("stdout", "one"), ("stdout", "three")]


async def test_what_is_given_arrives_and_then_stdin_ends() -> None:
    lines: list[str] = []
    launch = shell("cat; echo end", given=b"secret\n")
    child = await start(launch, lambda _, line: lines.append(line))
    assert await child.gone() == 0
    assert lines == ["secret", "end"]


async def test_a_line_without_end_is_handed_on_in_pieces() -> None:
    pieces: list[str] = []
    child = await start(
        shell("head -c 1000000 /dev/zero | tr '\\0' x"), lambda _, line: pieces.append(line)
    )
    await child.gone()
    assert len(pieces) > 1
    assert "".join(pieces) == "x" * 1_000_000


async def test_bytes_that_are_no_text_do_not_end_the_reading() -> None:
    lines: list[str] = []
    child = await start(shell(r"printf '\377\n'; echo after"), lambda _, line: lines.append(line))
    await child.gone()
    assert lines == ["\ufffd", "after"]


async def test_a_stubborn_child_is_killed_after_its_grace() -> None:
    up = asyncio.Event()
    child = await start(
        shell("trap '' TERM; echo up; while :; do sleep 1; done"), lambda *_: up.set()
    )
    await up.wait()
    assert await child.stop(grace=0.2) == -9


async def test_its_end_leaves_no_watchdog() -> None:
    child = await start(shell("exit 4"), lambda *_: None)
    assert await child.gone() == 4
    assert child.watchdog is not None
    assert child.watchdog.returncode is not None


async def test_the_program_has_the_pid_that_was_started() -> None:
    lines: list[str] = []
    child = await start(shell("echo $$"), lambda _, line: lines.append(line))
    await child.gone()
    assert lines == [str(child.pid)]


async def test_a_program_that_is_not_there_ends_with_its_reason() -> None:
    lines: list[str] = []
    launch = Launch(("/nowhere/at-all",), os.environ)
    child = await start(launch, lambda _, line: lines.append(line))
    assert await child.gone() in (126, 127)
    assert "/nowhere/at-all" in lines[-1]


async def test_without_a_shell_it_says_that_it_cannot_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(MissingError, match="cannot be started"):
        await start(shell("true"), lambda *_: None)
