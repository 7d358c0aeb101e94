"""The settings, read once at the door: flags over environment over file over defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from backend_tui.core.errors import UsageError

ENVIRONMENT: Final[Mapping[str, str]] = {
    "REDIS_URL": "redis",
    "DATABASE_URL": "database",
    "DOCKER_HOST": "docker_host",
    "BACKEND_TUI_DEMO_URL": "demo_url",
    "BACKEND_TUI_DATA_DIR": "data_dir",
    "BACKEND_TUI_THEME": "theme",
}
_SECRET: Final = {"redis", "database"}


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a person can set; URLs that may hold a password stay out of `repr`."""

    redis: str | None = field(default=None, repr=False)
    database: str | None = field(default=None, repr=False)
    demo_url: str | None = None
    docker_host: str | None = None
    docker_replay: str | None = None
    port: int | None = None
    data_dir: Path = Path()
    config_file: Path = Path()
    theme: str = "contrast-dark"
    animations: bool = False
    tracing: bool = True
    fresh: bool = False
    debug: bool = False
    attach: bool = True
    read_only: bool = False


KEYS: Final = tuple(each.name for each in fields(Config) if each.name != "config_file")


def read_config(
    flags: Mapping[str, Any], environ: Mapping[str, str] | None = None, file: Path | None = None
) -> Config:
    """The settings; a flag that is None counts as not given.

    Raises `UsageError` for a file that cannot be read, an unknown key or a value of a wrong type.
    """
    environ = os.environ if environ is None else environ
    path = file or _default_file(environ)
    chosen: dict[str, Any] = _read_file(path)
    chosen.update({key: environ[name] for name, key in ENVIRONMENT.items() if environ.get(name)})
    chosen.update({key: value for key, value in flags.items() if value is not None})
    chosen.setdefault("data_dir", _default_data_dir())
    typed = {key: _typed(key, value, path) for key, value in chosen.items()}
    return Config(**typed, config_file=path)


def _read_file(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as wrong:
        raise UsageError(f"The settings in {path} cannot be read.", str(wrong)) from wrong
    import tomllib

    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise UsageError(
            f"The settings in {path} are no valid TOML.", str(wrong), "Mend the line it names."
        ) from wrong
    for key in values:
        if key not in KEYS:
            raise UsageError(
                f"Unknown setting “{key}” in {path}.", "", suggestion(key, KEYS, "The settings are")
            )
    return values


def suggestion(word: str, known: tuple[str, ...], lead: str) -> str:
    """A hint that names the nearest known word first, then all of them."""
    import difflib

    near = difflib.get_close_matches(word, known, n=1)
    did_you_mean = f"Did you mean “{near[0]}”? " if near else ""
    return f"{did_you_mean}{lead}: {', '.join(known)}."


def _typed(key: str, value: Any, path: Path) -> Any:
    if key == "data_dir":
        return Path(value).expanduser()
    switches = ("animations", "tracing", "fresh", "debug", "attach", "read_only")
    wanted = int if key == "port" else bool if key in switches else str
    if isinstance(value, wanted) and not (wanted is int and isinstance(value, bool)):
        return value
    shown = "" if key in _SECRET else f" {value!r}"
    raise UsageError(
        f"The setting “{key}” has a wrong value{shown}.",
        f"It wants a {wanted.__name__}.",
        f"Settings are read from {path}, the environment and the flags.",
    )


def _default_file(environ: Mapping[str, str]) -> Path:
    given = environ.get("BACKEND_TUI_CONFIG")
    if given:
        return Path(given).expanduser()
    from platformdirs import user_config_path

    return user_config_path("backend-tui") / "config.toml"


def _default_data_dir() -> Path:
    from platformdirs import user_data_path

    return user_data_path("backend-tui")
