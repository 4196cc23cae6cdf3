"""What `make run` prints for the person before it."""

from __future__ import annotations

import sys

import pytest

from alerthub import run

pytestmark = pytest.mark.anywhere
LATER = {"admin": None, "admin_password": None, "source_token": None}


def test_a_later_start_says_where_a_lost_token_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALERTMANAGER_TOKEN", raising=False)
    assert "make a new one under Sources" in run._banner(LATER, None)


def test_a_token_that_is_set_needs_no_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTMANAGER_TOKEN", "ahi_kept-by-the-person")
    assert "lost?" not in run._banner(LATER, None)


def test_a_later_start_names_the_python_that_can_run_manage_py() -> None:
    assert f"{sys.executable} manage.py changepassword" in run._banner(LATER, None)
