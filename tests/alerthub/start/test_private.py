"""The data folder: nobody else reads the database, whose sessions would let them in, nor the keys."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from alerthub.start import private
from tests.journeys.stack import bare_environment

pytestmark = pytest.mark.anywhere
ROOT = Path(__file__).resolve().parents[3]


def modes(folder: Path) -> dict[str, int]:
    return {each.name: stat.S_IMODE(each.lstat().st_mode) for each in [folder, *folder.iterdir()]}


def test_what_the_first_start_makes_is_for_its_user_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    environment = bare_environment() | {"ALERTHUB_DATA_DIR": str(data), "ALERTHUB_ENV_FILE": os.devnull}
    subprocess.run(
        [sys.executable, "manage.py", "prepare"],
        cwd=ROOT,
        env=environment,
        umask=0o022,
        check=True,
        capture_output=True,
    )
    found = modes(data)
    assert {"data", "alerthub.sqlite3", "secret_key", "encryption_key"} <= set(found)
    assert [name for name, mode in found.items() if mode & 0o077] == []


def test_a_folder_that_was_open_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "alerthub.sqlite3").touch()
    (tmp_path / "alerthub.sqlite3").chmod(0o644)
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker").chmod(0o755)
    private.folder(tmp_path)
    assert modes(tmp_path) == {tmp_path.name: 0o700, "alerthub.sqlite3": 0o600, "broker": 0o700}


def test_a_folder_that_everybody_shares_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    (tmp_path / "somebodys").touch()
    (tmp_path / "somebodys").chmod(0o644)
    private.folder(tmp_path)
    assert modes(tmp_path) == {tmp_path.name: 0o1777, "somebodys": 0o644}


def test_a_link_in_it_closes_nothing_elsewhere(tmp_path: Path) -> None:
    (elsewhere := tmp_path / "elsewhere").touch()
    elsewhere.chmod(0o644)
    (data := tmp_path / "data").mkdir()
    (data / "link").symlink_to(elsewhere)
    private.folder(data)
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o644
