"""Copying goes by the desktop's tool, else the terminal, else a file, and says which."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backend_tui.core.clipboard import copy, native_tool
from backend_tui.core.errors import BackendError


def _tool(folder: Path, script: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    tool = folder / "xclip"
    tool.write_text(f"#!/bin/sh\n{script}\n")
    tool.chmod(0o755)
    return {"DISPLAY": ":0", "PATH": f"{folder}:{os.environ['PATH']}", "OUT": str(folder / "out")}


async def test_a_local_desktop_gets_the_bytes_by_its_own_tool(tmp_path: Path) -> None:
    environ = _tool(tmp_path / "bin", 'cat > "$OUT"')
    copied = await copy("naïve".encode(), by_terminal=None, environ=environ)
    assert (tmp_path / "bin" / "out").read_text() == "naïve"
    assert str(copied) == "copied 5 characters via xclip"


async def test_a_tool_that_fails_leaves_it_to_the_terminal(tmp_path: Path) -> None:
    told: list[str] = []
    environ = _tool(tmp_path / "bin", "exit 1")
    copied = await copy(b"x", by_terminal=told.append, environ=environ)
    assert told == ["x"]
    assert str(copied) == "copied 1 character via the terminal (OSC 52)"


def test_over_ssh_no_desktop_tool_is_used(tmp_path: Path) -> None:
    environ = _tool(tmp_path / "bin", "true")
    assert native_tool(environ) is not None
    assert native_tool({**environ, "SSH_CONNECTION": "1"}) is None


@pytest.mark.parametrize("data", [b"x" * 200_000, b"\xff\xfe\x00"])
async def test_what_the_terminal_cannot_take_goes_to_a_private_file(
    tmp_path: Path, data: bytes
) -> None:
    told: list[str] = []
    copied = await copy(data, by_terminal=told.append, folder=tmp_path / "new", environ={})
    path = tmp_path / "new" / "copied"
    assert told == []
    assert path.read_bytes() == data
    assert path.stat().st_mode & 0o777 == 0o600
    assert str(path) in str(copied)


async def test_when_nothing_works_it_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackendError) as problem:
        await copy(b"x", by_terminal=None, folder=tmp_path / "file", environ={})
    assert problem.value.hint
