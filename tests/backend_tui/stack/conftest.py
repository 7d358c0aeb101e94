"""A place of one's own for each stack test: data, state and settings in a temporary folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend_tui.core.config import Config


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's directories, so that no test meets a stack of somebody else."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(home / name.lower()))
    for name in ("DOCKER_CONFIG", "DOCKER_CONTEXT"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """Settings as if nothing was given, on an empty data directory."""
    return Config(data_dir=tmp_path / "data", config_file=tmp_path / "config.toml")
