"""The secrets are generated, private, and the same at the next start."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from demo_server import credentials


def test_they_are_written_for_the_owner_alone_and_read_again(tmp_path: Path) -> None:
    made = credentials.read_or_create(tmp_path)
    assert stat.S_IMODE((tmp_path / credentials.FILE_NAME).stat().st_mode) == 0o600
    assert credentials.read_or_create(tmp_path) == made
    assert [each.name for each in tmp_path.iterdir()] == [credentials.FILE_NAME]


def test_no_two_data_directories_share_a_secret(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    first, second = (credentials.read_or_create(each) for each in (tmp_path, tmp_path / "other"))
    for name in ("secret_key", "workbench_token", "admin_password", "staff_token"):
        assert getattr(first, name) != getattr(second, name)


def test_they_are_not_shown_by_accident(tmp_path: Path) -> None:
    made = credentials.read_or_create(tmp_path)
    assert repr(made) == "Credentials()"


@pytest.mark.parametrize("broken", ["", "{", "[]", '{"secret_key": 1}'])
def test_a_broken_file_is_replaced(tmp_path: Path, broken: str) -> None:
    (tmp_path / credentials.FILE_NAME).write_text(broken)
    assert credentials.read(tmp_path) is None
    made = credentials.read_or_create(tmp_path)
    assert credentials.read(tmp_path) == made
