"""The command line: what is known, what is not, and with which code it ends."""

from __future__ import annotations

import asyncio
import io
import os
import signal
from pathlib import Path

import click
import pytest

from backend_tui import __version__
from backend_tui.__main__ import is_workbench, theme_of
from backend_tui.cli import cli, main
from backend_tui.core.config import Config, read_config
from backend_tui.core.door import Door, run_async
from backend_tui.core.errors import BackendError, MissingError, UsageError
from backend_tui.core.output import Output
from backend_tui.entrance import plain_flags
from backend_tui.registry import FEATURES


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and words."""
    words = io.StringIO()
    code = main(list(arguments), Output(data=io.StringIO(), words=words))
    return code, words.getvalue()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], True),
        (["--theme", "nord", "--fresh"], True),
        (["--redis=redis://localhost", "--debug"], True),
        (["rest", "routes"], False),
        (["--data-dir", "/tmp/x", "rest", "routes"], False),
        (["--help"], False),
        (["--version"], False),
        (["--unknown"], False),
    ],
)
def test_the_first_frame_is_painted_only_when_the_workbench_will_open(
    arguments: list[str], expected: bool
) -> None:
    assert is_workbench(arguments) is expected


def test_the_theme_is_known_before_anything_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    assert theme_of([]) == "contrast-dark"
    assert theme_of(["--theme", "nord"]) == "nord"
    assert theme_of(["--theme=contrast-light"]) == "contrast-light"
    monkeypatch.setenv("BACKEND_TUI_THEME", "dracula")
    assert theme_of([]) == "dracula"


def test_flags_the_door_knows_by_hand_are_those_of_the_command_line() -> None:
    from backend_tui.__main__ import _STAND_ALONE, _TAKE_A_VALUE
    from backend_tui.cli import cli

    options = [each for each in cli.params if isinstance(each, click.Option)]
    stand_alone = {name for each in options if each.is_flag for name in each.opts}
    take_a_value = {name for each in options if not each.is_flag for name in each.opts}
    assert take_a_value == _TAKE_A_VALUE
    assert stand_alone - {"--version"} == _STAND_ALONE


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--theme", "nord", "--fresh"],
        ["--redis=redis://localhost", "--debug", "--no-trace", "--no-attach", "--animations"],
        ["--data-dir", "/tmp/x", "--theme", "a", "--theme=b", "--demo-url", "http://a", "--fresh"],
        ["--database=sqlite:///a=b", "--docker-host", "unix:///var/run/docker.sock"],
    ],
    ids=" ".join,
)
def test_plain_flags_say_what_the_command_line_reads_from_them(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKEND_TUI_CONFIG", str(tmp_path / "none.toml"))
    found: list[Config] = []

    def keep(config: Config, _: object) -> int:
        found.append(config)
        return 0

    monkeypatch.setattr("backend_tui.entrance.open_workbench", keep)
    cli.main(arguments, standalone_mode=False, obj=(Output(), object()))
    flags = plain_flags(arguments)
    assert flags is not None
    assert found == [read_config(flags)]


@pytest.mark.parametrize(
    "arguments",
    [["--port", "80"], ["--config=x.toml"], ["--theme"], ["--theme", "--fresh"], ["--fresh=1"]],
    ids=" ".join,
)
def test_other_flags_are_left_to_the_command_line(arguments: list[str]) -> None:
    assert plain_flags(arguments) is None


def test_version_and_help_are_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--version")[0] == 0
    assert run("--help")[0] == 0
    out = capsys.readouterr().out
    assert __version__ in out
    for feature in FEATURES:
        assert feature.summary.split()[0] in out


def test_an_unknown_flag_is_named_with_the_nearest_and_the_known_ones() -> None:
    code, words = run("--them", "nord")
    assert code == 2
    assert "Unknown flag “--them”." in words
    assert "Did you mean “--theme”?" in words
    assert "--data-dir" in words


def test_an_unknown_command_is_named_with_the_known_ones() -> None:
    code, words = run("rset")
    assert code == 2
    assert "Unknown command “rset”." in words
    for feature in FEATURES:
        assert feature.name in words


def test_a_wrong_value_is_a_wrong_usage() -> None:
    code, words = run("--port", "99999", "demo")
    assert code == 2
    assert "--port" in words


def test_an_unknown_setting_is_named_with_the_known_ones(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('thme = "nord"\n')
    code, words = run("--config", str(file), "--no-attach")
    assert code == 2
    assert "thme" in words
    assert "Did you mean “theme”?" in words


def test_without_a_terminal_the_workbench_says_so() -> None:
    code, words = run("--no-attach")
    assert code == 3
    assert "needs a terminal" in words


def called(work: object) -> tuple[int, str]:
    """Exit code and words of a coroutine command."""
    words = io.StringIO()
    door = Door(Config(), Output(data=io.StringIO(), words=words))
    command = click.Command("one", callback=run_async(work))  # type: ignore[arg-type]
    try:
        code = command.main([], obj=door, standalone_mode=False)
    except click.exceptions.Exit as left:
        code = left.exit_code
    return code or 0, words.getvalue()


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (BackendError("It failed.", "Why.", "Do this."), 1),
        (UsageError("Wrong."), 2),
        (MissingError("Not there."), 3),
        (KeyboardInterrupt(), 130),
    ],
)
def test_a_command_ends_with_the_code_of_what_happened(problem: BaseException, code: int) -> None:
    async def command(door: Door) -> None:
        raise problem

    found, words = called(command)
    assert found == code
    if isinstance(problem, BackendError):
        assert words.splitlines() == [
            each for each in (problem.what, problem.why, problem.hint) if each
        ]


def test_a_command_may_choose_its_code() -> None:
    async def command(door: Door) -> int:
        return 1

    assert called(command) == (1, "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_lets_the_command_close_what_it_opened(number: signal.Signals) -> None:
    closed = []

    async def command(door: Door) -> None:
        try:
            os.kill(os.getpid(), number)
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            closed.append(True)

    assert called(command) == (128 + number, "")
    assert closed == [True]


def test_a_fault_is_not_told_as_an_expected_failure() -> None:
    async def command(door: Door) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        called(command)
