"""Keys made once: the first process wins, nobody else may read them."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from alerthub.start import keyring

pytestmark = pytest.mark.anywhere


def test_a_key_is_made_once(tmp_path: Path) -> None:
    assert keyring.kept(tmp_path / "key", "first") == keyring.kept(tmp_path / "key", "second") == "first"


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    keyring.kept(tmp_path / "key", "first")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_processes_that_start_together_agree(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda number: keyring.kept(tmp_path / "key", f"key {number}"), range(40)))
    assert len(keys) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    with pytest.raises(ImproperlyConfigured, match="restore it"):
        keyring.kept(tmp_path / "key", "new")


@pytest.mark.parametrize(
    ("key", "weak"),
    [("short", True), ("a" * 60, True), (keyring.new_secret_key(), False)],
    ids=["short", "of one letter", "new"],
)
def test_weak_keys_are_known(key: str, *, weak: bool) -> None:
    assert keyring.is_weak(key) is weak
