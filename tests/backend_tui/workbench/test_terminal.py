"""The workbench on a real terminal: first frame, keys kept, silence, and how it leaves."""

from __future__ import annotations

import os
import re
import signal
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key

from backend_tui.workbench.driver import LEANS_ON, FastLinuxDriver, chords, driver_class
from tests.bench.terminal import Terminal

ROOT = Path(__file__).parents[3]
LEFT_ON = re.compile(rb"\x1b\[\?(1049|1000|1003|1006|2004|25|1004)([hl])")


def small(tmp_path: Path, **given: object) -> Terminal:
    argv = [sys.executable, "-m", "tests.backend_tui.workbench.small", str(tmp_path)]
    return Terminal(argv, cwd=ROOT, **given)  # type: ignore[arg-type]


def has(text: str) -> Callable[[str], bool]:
    return lambda screen: text in screen


def modes(written: bytes) -> dict[bytes, bytes]:
    """The last state of every private mode that was touched."""
    return dict(LEFT_ON.findall(written))


def written(terminal: Terminal) -> bytes:
    return b"".join(data for _, data in terminal.chunks)


def assert_given_back(terminal: Terminal) -> None:
    assert modes(written(terminal)) == {
        b"1049": b"l",
        b"1000": b"l",
        b"1003": b"l",
        b"1006": b"l",
        b"2004": b"l",
        b"1004": b"l",
        b"25": b"h",
    }


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (200, 60)])
def test_the_skeleton_stands_where_the_real_frame_appears(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    with small(tmp_path, size=size) as terminal:
        terminal.wait(has("^p palette"))
        skeleton = terminal.text.splitlines()
        terminal.wait(has("a knob"))
        terminal.settle()
        real = terminal.text.splitlines()
    columns = slice(0, 18) if size[0] >= 100 else slice(None)
    top = slice(0, -1) if size[0] >= 100 else slice(0, 1)
    assert [line[columns] for line in skeleton[top]] == [line[columns] for line in real[top]]
    standing = "? help  ^p palette"
    assert skeleton[-1].index(standing) == real[-1].index(standing)
    assert [skeleton[-1].startswith(" demo ◌"), real[-1].startswith(" demo ●")] == [True, True]


def test_keys_typed_before_the_workbench_stands_are_kept(tmp_path: Path) -> None:
    with small(tmp_path) as terminal:
        terminal.wait(has("backend-tui"))
        terminal.press("f2")
        os.write(terminal.master, b"\x1b[17~")  # f6
        terminal.wait(lambda screen: "▌6  Cache" in screen and "a knob" in screen)


def test_alt_with_a_letter_writes_no_letter(tmp_path: Path) -> None:
    with small(tmp_path) as terminal:
        terminal.wait(has("READY"))
        terminal.settle()
        terminal.press("\x1b[F")
        terminal.press("\x1bx")
        terminal.press("Z")
        terminal.wait(has("READYZ"))


def test_alt_with_enter_is_known_as_old_terminals_send_it() -> None:
    events = list(XTermParser().feed(chords("\x1b\r")))
    assert [event.key for event in events if isinstance(event, Key)] == ["alt+enter"]


def test_an_idle_workbench_writes_nothing(tmp_path: Path) -> None:
    with small(tmp_path) as terminal:
        terminal.wait(has("a knob"))
        terminal.settle(quiet=1.2)
        before = terminal.written
        terminal.read_for(2)
        assert terminal.written == before


def test_ctrl_q_gives_the_terminal_back_and_ends_with_0(tmp_path: Path) -> None:
    with small(tmp_path) as terminal:
        before = termios.tcgetattr(terminal.master)
        terminal.wait(has("a knob"))
        terminal.press("ctrl+q")
        code = exit_code(terminal)
        assert code == 0
        assert_given_back(terminal)
        assert termios.tcgetattr(terminal.master)[:4] == before[:4]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_gives_the_terminal_back(tmp_path: Path, number: signal.Signals) -> None:
    with small(tmp_path) as terminal:
        terminal.wait(has("a knob"))
        os.kill(terminal.pid, number)
        assert exit_code(terminal) == 128 + number
        assert_given_back(terminal)


def test_a_signal_before_the_workbench_stands_gives_the_terminal_back(tmp_path: Path) -> None:
    with small(tmp_path) as terminal:
        terminal.wait(has("^q quit"))
        os.kill(terminal.pid, signal.SIGTERM)
        assert exit_code(terminal) in (143, -signal.SIGTERM)


def test_a_terminal_that_goes_away_ends_the_workbench(tmp_path: Path) -> None:
    with small(tmp_path) as terminal:
        terminal.wait(has("a knob"))
        spare = os.open(os.devnull, os.O_RDONLY)
        os.dup2(spare, terminal.master)
        os.close(spare)
        assert os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) in (129, -signal.SIGHUP)


def test_without_colour_nothing_but_grey_is_written(tmp_path: Path) -> None:
    with small(tmp_path, env={"NO_COLOR": "1"}) as terminal:
        terminal.wait(has("a knob"))
        terminal.settle()
        found = re.findall(rb"[34]8;2;(\d+);(\d+);(\d+)", written(terminal))
        assert found
        assert [each for each in found if len(set(each)) > 1] == []


def test_the_fast_driver_is_used_with_this_textual() -> None:
    assert driver_class() is FastLinuxDriver


def test_textuals_own_driver_is_used_when_its_insides_have_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(LEANS_ON, LinuxDriver, ("run_input_thread", "something_new"))
    assert driver_class() is None


def exit_code(terminal: Terminal) -> int:
    """Read until the program has closed its terminal; its code, negative for a signal."""
    while terminal.read(15):
        pass
    return os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1])


def test_a_wrong_flag_is_told_once_the_terminal_is_given_back(tmp_path: Path) -> None:
    wrong = ["--data-dir", str(tmp_path), "--redis", "ftp://nowhere"]
    with Terminal([sys.executable, "-m", "backend_tui", *wrong], cwd=ROOT) as terminal:
        assert exit_code(terminal) == 2
        assert_given_back(terminal)
        last = written(terminal).rpartition(b"\x1b[?1049l")[2]
        assert b"redis" in last.lower()
