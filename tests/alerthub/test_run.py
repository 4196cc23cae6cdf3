"""What `make run` prints for the person before it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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


def test_the_sandbox_does_not_start_in_production(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ALERTHUB_PRODUCTION", "true")
    monkeypatch.setenv("ROCKETCHAT_INFO_URL", "https://chat.example/hooks/a/b")
    assert run._sandbox(tmp_path) is None
    assert "Not set: ROCKETCHAT_CRITICAL_URL, ROCKETCHAT_WARNING_URL." in capsys.readouterr().out


@pytest.mark.parametrize(
    "command", [("manage.py", "sandbox", "--port", "0"), ("-m", "alerthub.sandbox", "--port", "0")]
)
def test_no_command_starts_the_sandbox_in_production(command: tuple[str, ...], tmp_path: Path) -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "alerthub.settings", "ALERTHUB_PRODUCTION": "true", "ALERTHUB_ENV_FILE": os.devnull, "ALERTHUB_DATA_DIR": str(tmp_path),
        "SECRET_KEY": "k" + "".join(map(str, range(60))), "ALLOWED_HOSTS": "alerthub.example",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, *command], cwd=run.ROOT, env=os.environ | environment, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode != 0, "The sandbox does not start in production" in done.stderr) == (True, True)


@pytest.mark.parametrize(
    ("name", "value"), [("ALERTHUB_PUBLIC_URL", "https://ops.example/alerthub/"), ("SCRIPT_NAME", "/alerthub")]
)
def test_under_a_path_the_banner_names_it(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("PORT", "8093")
    said = run._banner(LATER, None)
    assert "http://127.0.0.1:8093/alerthub/admin/" in said
    assert "http://127.0.0.1:8093/alerthub/webhook" in said
