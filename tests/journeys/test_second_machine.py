"""A second machine at the same database: with keys of its own nothing starts there, with the first one's everything does."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from alerthub import run
from tests import servers
from tests.factories import alert, payload
from tests.journeys import places
from tests.journeys import stack as stacks
from tests.journeys.stack import PREPARE, ROOT, SOURCE_TOKEN, bare_environment, wait_until

pytestmark = pytest.mark.journey
KEYS = ("secret_key", "encryption_key")


class Machine:
    """A data folder, and processes that work with it at a database."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder = folder
        folder.mkdir()
        self.url = f"http://127.0.0.1:{servers.free_port()}"
        self._environment = {
            "ALERTHUB_DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "PORT": self.url.rpartition(":")[2],
            "WEB_CONCURRENCY": "1",
            "ALERTMANAGER_TOKEN": SOURCE_TOKEN,
            "ROCKETCHAT_CRITICAL_URL": "http://127.0.0.1:9/hooks/1/secret",
        }

    def copy_keys(self, other: Machine) -> None:
        for name in KEYS:
            shutil.copy(other.folder / name, self.folder / name)

    def run(self, process: str) -> subprocess.CompletedProcess[str]:
        """Until it ends by itself."""
        return stacks.ended(process, **self._environment)

    @contextmanager
    def running(self, process: str) -> Iterator[subprocess.Popen[bytes]]:
        with (self.folder / "log").open("ab") as log:
            child = subprocess.Popen(
                stacks.command(process),
                cwd=ROOT,
                env=bare_environment() | self._environment | run._environment(process),
                stdout=log,
                stderr=log,
            )
        try:
            yield child
        finally:
            child.terminate()
            child.wait(20)

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def post(self) -> tuple[int, dict[str, Any]] | None:
        """Status and body of the answer; None while nobody listens."""
        headers = {"Authorization": f"Bearer {SOURCE_TOKEN}"}
        try:
            answer = requests.post(f"{self.url}/webhook", json=payload(alert()), headers=headers, timeout=30)
        except requests.ConnectionError:
            return None
        return answer.status_code, answer.json()


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with places.database(tmp_path_factory.mktemp("database")) as url:
        yield url


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Machine:
    machine = Machine(tmp_path_factory.mktemp("first") / "var", database_url)
    machine.run(PREPARE).check_returncode()
    return machine


@pytest.fixture
def second(tmp_path: Path, first: Machine, database_url: str) -> Machine:
    return Machine(tmp_path / "var", database_url)


@pytest.mark.parametrize("process", [PREPARE, "web", "worker 1"])
def test_with_keys_of_its_own_it_does_not_start(process: str, second: Machine) -> None:
    done = second.run(process)
    assert done.returncode != 0
    assert (str(second.folder / "secret_key") in done.stderr, "--adopt-keys" in done.stderr) == (True, True), (
        done.stderr
    )
    assert "Traceback" not in done.stderr


def test_with_the_keys_of_the_first_it_takes_what_the_first_would(first: Machine, second: Machine) -> None:
    second.copy_keys(first)
    second.run(PREPARE).check_returncode()
    with second.running("web"):
        status, _ = wait_until(second.post, 60, "an answer") or (0, {})
    assert status == 202


# --- while the database is away


@pytest.fixture
def strange(tmp_path: Path, first: Machine, database_url: str) -> Machine:
    """Has other keys than the first one's database, which is not there yet."""
    shutil.copytree(Path(database_url.removeprefix("sqlite:///")).parent, tmp_path / "away")
    return Machine(tmp_path / "var", f"sqlite:///{tmp_path / 'back/alerthub.sqlite3'}")


def bring_back_the_database(machine: Machine) -> None:
    (machine.folder.parent / "away").rename(machine.folder.parent / "back")


@pytest.mark.anywhere
def test_a_web_server_that_started_without_the_database_never_says_that_a_token_is_wrong(strange: Machine) -> None:
    with strange.running("web"):
        before = wait_until(strange.post, 60, "an answer")
        bring_back_the_database(strange)
        after = strange.post()
        ready = requests.get(f"{strange.url}/readyz", timeout=30)
    assert before is not None
    assert after is not None
    assert (before[0], after[0], ready.status_code) == (503, 503, 503)
    assert ("SECRET_KEY" in after[1]["detail"], "SECRET_KEY" in ready.json()["wrong"]["keys"]) == (True, True)


@pytest.mark.anywhere
def test_a_worker_that_started_without_the_database_ends_when_it_finds_other_keys(strange: Machine) -> None:
    with strange.running("worker 1") as worker:
        wait_until(lambda: "begins as soon as" in strange.log(), 60, "the worker's wait")
        bring_back_the_database(strange)
        assert worker.wait(30) != 0
    assert "--adopt-keys" in strange.log()


@pytest.mark.anywhere
def test_a_worker_that_waits_for_the_database_stops_when_asked_to(strange: Machine) -> None:
    with strange.running("worker 1") as worker:
        wait_until(lambda: "begins as soon as" in strange.log(), 60, "the worker's wait")
        asked_at = time.monotonic()
        worker.terminate()
        assert worker.wait(30) == 0
    assert time.monotonic() - asked_at < 20
