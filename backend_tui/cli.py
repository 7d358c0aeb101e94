"""The command line: flags become the settings, then a pane's verb, a command or the workbench runs.

Groups and commands are imported when they are named, so that each costs only itself.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from backend_tui import __version__, commands, entrance
from backend_tui.core.config import read_config, suggestion
from backend_tui.core.door import Door
from backend_tui.core.errors import MissingError, UsageError
from backend_tui.core.outcome import outcome
from backend_tui.core.output import Output
from backend_tui.registry import FEATURES

if TYPE_CHECKING:
    from backend_tui.workbench.skeleton import Skeleton

_HELP: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Commands(click.Group):
    """Every pane's group of verbs, and every module of `backend_tui.commands` by its own name."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [*(feature.name for feature in FEATURES), *_standing()]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        for feature in FEATURES:
            if feature.name == cmd_name:
                return feature.commands()
        if cmd_name not in _standing():
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            known = tuple(self.list_commands(ctx))
            hint = suggestion(args[0], known, "The commands are")
            raise UsageError(f"Unknown command “{args[0]}”.", "", hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Panes, without a screen"):
            formatter.write_dl([(feature.name, feature.summary) for feature in FEATURES])
        rows = [(name, self.get_command(ctx, name)) for name in _standing()]
        with formatter.section("Commands"):
            formatter.write_dl([(name, each.get_short_help_str(80)) for name, each in rows if each])


@click.group(cls=Commands, invoke_without_command=True, context_settings=_HELP)
@click.option("--redis", metavar="URL", help="Use this Redis or Valkey instead of an own one.")
@click.option("--database", metavar="URL", help="Use this database: sqlite, postgres or mysql.")
@click.option("--demo-url", metavar="URL", help="Use a running demo server.")
@click.option("--docker-host", metavar="URL", help="The Docker engine to show.")
@click.option("--docker-replay", metavar="FILE", help="Play a recorded session of an engine.")
@click.option("--read-only", is_flag=True, default=None, help="Look at Docker, change nothing.")
@click.option("--port", type=click.IntRange(1, 65535), help="The demo server's port.")
@click.option("--data-dir", metavar="DIR", help="Where the shop's data and the state live.")
@click.option("--fresh", is_flag=True, default=None, help="Begin with new data.")
@click.option("--theme", metavar="NAME", help="contrast-dark, contrast-light, or one of Textual's.")
@click.option("--animations", is_flag=True, default=None, help="Move smoothly; costs speed.")
@click.option("--no-trace", is_flag=True, help="Start the demo server without tracing.")
@click.option("--no-attach", is_flag=True, help="Start an own stack though one is running.")
@click.option("--debug", is_flag=True, default=None, help="Watch the event loop for stalls.")
@click.option("--config", metavar="FILE", type=click.Path(path_type=Path), help="Settings file.")
@click.version_option(__version__, prog_name="backend-tui")
@click.pass_context
def cli(ctx: click.Context, /, **flags: Any) -> int | None:
    """A whole backend in one terminal: without a command, the workbench opens.

    Exit codes: 0 done · 1 what was asked for failed · 2 wrong usage or file · 3 something needed
    is missing · 130 interrupted. Data goes to stdout, words to stderr.
    """
    file = flags.pop("config")
    for name, key in (("no_trace", "tracing"), ("no_attach", "attach")):
        flags[key] = False if flags.pop(name) else None
    output, skeleton = ctx.obj
    ctx.obj = Door(read_config(flags, file=file), output)
    if ctx.invoked_subcommand is not None:
        return None
    if skeleton is None:
        raise MissingError(
            "The workbench needs a terminal.",
            "Standard input or standard error is none.",
            "Run it in a terminal, or use a command: backend-tui --help",
        )
    return entrance.open_workbench(ctx.obj.config, skeleton)


def main(arguments: list[str], output: Output | None = None) -> int:
    """Run a command; its exit code."""
    output = output or Output()
    return outcome(output, lambda: _run(arguments, output, None))


def open_workbench(arguments: list[str], skeleton: Skeleton) -> int:
    """Run the workbench on the terminal that shows the skeleton; its exit code."""
    return entrance.guarded(skeleton, lambda: _run(arguments, Output(), skeleton))


def _run(arguments: list[str], output: Output, skeleton: Skeleton | None) -> int:
    given = (output, skeleton)
    try:
        code = cli.main(arguments, prog_name="backend-tui", standalone_mode=False, obj=given)
    except click.exceptions.Abort as stopped:
        raise KeyboardInterrupt from stopped
    except click.ClickException as wrong:
        raise usage_problem(wrong) from wrong
    return code if isinstance(code, int) else 0


def usage_problem(wrong: click.ClickException) -> UsageError:
    """What click found wrong, in our three sentences; an unknown flag names the known ones."""
    context = wrong.ctx if isinstance(wrong, click.UsageError) else None
    help_hint = f"See: {context.command_path} --help" if context else "See: backend-tui --help"
    if isinstance(wrong, click.NoSuchOption) and context is not None:
        flags = (
            name
            for parameter in context.command.get_params(context)
            if isinstance(parameter, click.Option)
            for name in parameter.opts
        )
        known = tuple(name for name in flags if name.startswith("--"))
        hint = suggestion(wrong.option_name, known, "The flags are")
        return UsageError(f"Unknown flag “{wrong.option_name}”.", "", hint)
    if isinstance(wrong, click.exceptions.NoArgsIsHelpError):
        return UsageError(wrong.format_message())
    return UsageError(wrong.format_message(), "", help_hint)


def _standing() -> tuple[str, ...]:
    """The names of the commands that belong to no pane."""
    found = pkgutil.iter_modules(commands.__path__)
    return tuple(sorted(each.name for each in found if not each.name.startswith("_")))
