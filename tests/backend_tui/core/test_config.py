"""Settings: flags over environment over file over defaults, and every mistake is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend_tui.core.config import ENVIRONMENT, KEYS, Config, read_config, suggestion
from backend_tui.core.errors import UsageError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


def test_without_anything_the_defaults_hold(file: Path) -> None:
    config = read_config({}, {}, file)
    assert config == Config(data_dir=config.data_dir, config_file=file)
    assert config.data_dir.name == "backend-tui"
    assert config.attach
    assert config.tracing
    assert config.redis is None


def test_flags_win_over_environment_over_file(file: Path) -> None:
    file.write_text('redis = "redis://file"\ntheme = "from-file"\nport = 1\n')
    environ = {"REDIS_URL": "redis://environment", "BACKEND_TUI_THEME": "from-environment"}
    config = read_config({"redis": "redis://flag", "database": None}, environ, file)
    assert (config.redis, config.theme, config.port) == ("redis://flag", "from-environment", 1)
    assert config.database is None


@pytest.mark.parametrize(("variable", "key"), ENVIRONMENT.items())
def test_every_variable_sets_its_key_and_an_empty_one_does_not(
    variable: str, key: str, file: Path
) -> None:
    assert str(getattr(read_config({}, {variable: "given"}, file), key)) == "given"
    assert read_config({}, {variable: ""}, file) == read_config({}, {}, file)


def test_a_false_flag_is_given_and_none_is_not(file: Path) -> None:
    file.write_text("tracing = true\nattach = true\n")
    config = read_config({"tracing": False, "attach": None}, {}, file)
    assert not config.tracing
    assert config.attach


def test_the_data_directory_may_begin_at_home(
    file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_config({"data_dir": "~/shop"}, {}, file).data_dir == tmp_path / "shop"


def test_the_settings_file_itself_can_be_named_by_environment(file: Path) -> None:
    file.write_text("port = 4711\n")
    assert read_config({}, {"BACKEND_TUI_CONFIG": str(file)}).port == 4711


def test_an_unknown_key_is_named_with_the_nearest_and_the_known_ones(file: Path) -> None:
    file.write_text("portt = 1\n")
    with pytest.raises(UsageError, match="Unknown setting “portt”") as raised:
        read_config({}, {}, file)
    assert raised.value.hint.startswith("Did you mean “port”?")
    assert all(key in raised.value.hint for key in KEYS)
    assert raised.value.exit_code == 2


@pytest.mark.parametrize(
    "line", ['port = "80"', "port = true", "port = 1.5", "theme = 1", "fresh = 1", "attach = 'no'"]
)
def test_a_value_of_a_wrong_type_is_named(file: Path, line: str) -> None:
    file.write_text(line)
    with pytest.raises(UsageError, match="has a wrong value") as raised:
        read_config({}, {}, file)
    assert line.split()[0] in raised.value.what


@pytest.mark.parametrize("key", ["redis", "database"])
def test_a_wrong_value_that_may_be_secret_is_not_repeated(file: Path, key: str) -> None:
    file.write_text(f'{key} = ["redis://:hunter2@host"]')
    with pytest.raises(UsageError) as raised:
        read_config({}, {}, file)
    assert "hunter2" not in str(raised.value)


def test_secrets_stay_out_of_the_representation(file: Path) -> None:
    given = {"redis": "redis://:hunter2@h", "database": "postgres://me:hunter2@h/shop"}
    assert "hunter2" not in repr(read_config(given, {}, file))


def test_broken_toml_is_told_with_its_line(file: Path) -> None:
    file.write_text("port = 1\nport =\n")
    with pytest.raises(UsageError, match="no valid TOML") as raised:
        read_config({}, {}, file)
    assert "line 2" in raised.value.why


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_config({}, {}, tmp_path)


@given(st.binary(max_size=200))
def test_any_file_gives_settings_or_a_usage_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.mktemp("any") / "config.toml"
    file.write_bytes(content)
    try:
        config = read_config({}, {}, file)
    except UsageError as wrong:
        config = None
        told = wrong.what
    assert config is not None or str(file) in told or "wrong value" in told


@given(st.text(max_size=30))
def test_a_suggestion_always_lists_the_known_words(word: str) -> None:
    assert suggestion(word, KEYS, "They are").endswith(f"They are: {', '.join(KEYS)}.")
