"""A wrong setting ends every process at its start, with one sentence that names it and no traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.journeys.stack import bare_environment
from tests.servers import free_port

pytestmark = pytest.mark.anywhere
ROOT = Path(__file__).resolve().parents[3]
PROCESSES = {
    "prepare": ["manage.py", "prepare"],
    "web": ["-m", "gunicorn", "-c", "docker/gunicorn.conf.py", "alerthub.wsgi"],
    "everything": ["-m", "alerthub.run"],
    "worker": ["-m", "celery", "-q", "--skip-checks", "-A", "alerthub", "worker", "--pool", "threads"],
}
WRONG = {
    "ALERTHUB_BLOCKED_NETWORKS": "10.0.0.1/8",
    "ALERTHUB_PUBLIC_URL": "alerthub.example.com",
    "TZ": ":/etc/localtime",
    "LOG_LEVEL": "verbose",
    "DATABASE_URL": "postgres://ann:pa#ss/word@db.example/alerthub",
    "ALERTHUB_LEASE_SECONDS": "soon",
    "PORT": "80930",
    "CELERY_BROKER_URL": "carrier-pigeon://loft",
    "ALERTHUB_ENCRYPTION_KEYS": "s3cr3t-but-no-key",
    "ALERTHUB_ALLOWED_TARGET_HOSTS": "https://chat.example.com",
    "ALLOWED_HOSTS": "https://alerthub.example.com",
    "CSRF_TRUSTED_ORIGINS": "alerthub.example.com",
    "ALERTHUB_EXPIRE_AFTER_SECONDS": "critical=999999999999999",
    "ROCKETCHAT_RATE_LIMIT": "2147483648/60",
    "ALERTMANAGER_REPEAT_INTERVAL": "99999999",
    "ALERTMANAGER_TOKEN": "two words",
}
# In the end one of several with the same name.
NO_DATABASE = ("sqlite://", "postgres://ann@db.example/", "postgres://ann@db.example")


def start(process: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    bind = {
        "ALERTHUB_DATA_DIR": str(folder),
        "ALERTHUB_BIND": f"127.0.0.1:{free_port()}",
        "ALERTHUB_ENV_FILE": "/dev/null",
    }
    return subprocess.run(
        [sys.executable, *PROCESSES[process]], cwd=ROOT, env=bare_environment() | bind | settings,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_named_in_one_sentence(name: str, tmp_path: Path) -> None:
    done = start("prepare", tmp_path, **{name: WRONG[name]})
    assert (done.returncode != 0, name in done.stderr, "Traceback" in done.stderr) == (True, True, False), done.stderr


@pytest.mark.parametrize("url", NO_DATABASE)
def test_an_address_without_a_database_is_named(url: str, tmp_path: Path) -> None:
    done = start("prepare", tmp_path, DATABASE_URL=url)
    assert done.stderr.startswith("DATABASE_URL names no database"), done.stderr


def test_a_data_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = start("prepare", tmp_path / "file" / "var")
    assert done.stderr == f"ALERTHUB_DATA_DIR cannot be {tmp_path}/file/var: Not a directory.\n"


@pytest.mark.parametrize("process", ["web", "everything"])
@pytest.mark.parametrize("bind", ["127.0.0.1:80930", "127.0.0.1:http"])
def test_an_address_to_bind_that_is_none_is_named(process: str, bind: str, tmp_path: Path) -> None:
    done = start(process, tmp_path, ALERTHUB_BIND=bind)
    assert (done.returncode != 0, "ALERTHUB_BIND" in done.stderr, "Traceback" in done.stderr) == (True, True, False)


def test_a_number_of_web_processes_that_is_empty_is_not_set(tmp_path: Path) -> None:
    """As compose and `.env` leave it; what stops this start comes after it was read."""
    done = start("everything", tmp_path, WEB_CONCURRENCY="", DATABASE_URL="sqlite://")
    assert done.stderr.startswith("DATABASE_URL names no database"), done.stderr


@pytest.mark.parametrize("process", ["prepare", "web", "worker"])
def test_no_process_starts_with_one(process: str, tmp_path: Path) -> None:
    done = start(process, tmp_path, ALERTHUB_BLOCKED_NETWORKS="10.0.0.1/8")
    assert done.returncode != 0
    assert ("10.0.0.1/8" in done.stderr, "Traceback" in done.stderr) == (True, False), done.stderr


@pytest.mark.parametrize("name", ["WEB_CONCURRENCY", "WORKER_CONCURRENCY"])
def test_a_number_of_processes_that_is_none_is_named(name: str, tmp_path: Path) -> None:
    done = start("everything", tmp_path, **{name: "two"})
    assert done.stderr == f"{name} must be a whole number, not 'two'\n"


@pytest.mark.parametrize("port", ["70000", "0", "beside"])
def test_a_port_of_the_sandbox_that_is_none_is_named(port: str, tmp_path: Path) -> None:
    done = start("everything", tmp_path, SANDBOX_PORT=port)
    assert (done.stdout, done.stderr.startswith("SANDBOX_PORT must be ")) == ("", True), done.stderr


def test_a_password_is_not_repeated(tmp_path: Path) -> None:
    assert "word@" not in start("prepare", tmp_path, DATABASE_URL=WRONG["DATABASE_URL"]).stderr


def test_a_key_is_not_repeated(tmp_path: Path) -> None:
    wrong = WRONG["ALERTHUB_ENCRYPTION_KEYS"]
    assert wrong not in start("prepare", tmp_path, ALERTHUB_ENCRYPTION_KEYS=wrong).stderr
