"""Where the web server is reached: read as gunicorn reads it, and never believed to be ours because something answers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alerthub import bound, run
from alerthub.bound import Bound
from tests.journeys.stack import bare_environment

pytestmark = pytest.mark.anywhere


@pytest.fixture
def taken() -> Iterator[int]:
    """A port somebody listens at."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.mark.parametrize(
    ("bind", "url"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000"),
        (":8000", "http://127.0.0.1:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
        ("[::]:8000", "http://[::1]:8000"),
        ("[::1]", "http://[::1]:8093"),
        ("10.0.0.5", "http://10.0.0.5:8093"),
        ("unix:/run/alerthub.sock", "unix:/run/alerthub.sock"),
    ],
)
def test_an_address_is_shown_as_people_open_it(bind: str, url: str) -> None:
    assert bound.read(bind, 8093).url == url


def test_an_address_somebody_listens_at_is_taken(taken: int) -> None:
    assert Bound("127.0.0.1", taken).is_taken()


def test_a_free_one_is_not(taken: int) -> None:
    assert not Bound("::1", taken).is_taken()


def test_make_run_says_that_its_port_is_taken(taken: int, tmp_path: Path) -> None:
    settings = {"PORT": str(taken), "ALERTHUB_DATA_DIR": str(tmp_path), "ALERTHUB_ENV_FILE": os.devnull}
    done = subprocess.run(
        [sys.executable, "-m", "alerthub.run"], cwd=run.ROOT, env=bare_environment() | settings,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"http://127.0.0.1:{taken} is taken, perhaps by another AlertHub")


def test_the_banner_names_the_address_that_was_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALERTHUB_BIND", "[::1]:8123")
    assert "http://[::1]:8123/admin/" in run._banner({"admin": None, "source_token": None}, None)
