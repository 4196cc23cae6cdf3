"""What `make run` starts on a bare machine: the printed line works, Ctrl-C ends everything, the next start keeps it."""

from __future__ import annotations

import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from tests import servers, shipped
from tests.journeys.stack import CRITICAL, ROOT, bare_environment, wait_until
from tests.journeys.trail import Trail

# It needs no server, so it is the same story whatever the others run on.
pytestmark = [pytest.mark.journey, pytest.mark.anywhere]

MEGABYTE = 1024 * 1024


@dataclass(slots=True)
class Life:
    """One `make run`, from its banner to Ctrl-C."""

    said: str
    tree: list[psutil.Process] = field(default_factory=list)
    resident: int = 0
    answer: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    code: int | None = None

    def line(self, pattern: str) -> str:
        found = re.search(pattern, self.said)
        assert found, f"{pattern} is not in:\n{self.said}"
        return found[1]


@dataclass(frozen=True, slots=True)
class Lives:
    first: Life
    second: Life
    trail: Trail


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Lives:
    """A first start that is told an alert, a rule edited, and a second start."""
    folder = tmp_path_factory.mktemp("make-run")
    environment = bare_environment() | {
        "ALERTHUB_DATA_DIR": str(folder),
        "PORT": str(servers.free_port()),
        "SANDBOX_PORT": str(servers.free_port()),
    }
    trail = Trail(f"sqlite:///{folder / 'alerthub.sqlite3'}")
    with running(folder / "first.log", environment) as first:
        send_the_printed_line(first)
    trail.change("UPDATE routing_rule SET name = 'Edited by hand' WHERE name = 'Critical'")
    with running(folder / "second.log", environment) as second:
        pass
    return Lives(first, second, trail)


def hears_ctrl_c() -> None:
    """As from a terminal: what a shell starts in the background ignores SIGINT, and so does all that it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def running(log: Path, environment: dict[str, str]) -> Iterator[Life]:
    with log.open("wb") as output:
        supervisor = subprocess.Popen(
            [shipped.python(), "-m", "alerthub.run"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=hears_ctrl_c,
        )
    life = Life("")
    try:
        wait_until(lambda: "Ctrl-C stops" in log.read_text() or supervisor.poll() is not None, 120, "the banner")
        life.said = log.read_text()
        root = psutil.Process(supervisor.pid)
        life.tree = [root, *root.children(recursive=True)]
        yield life
        life.resident = sum(process.memory_info().rss for process in life.tree)
    finally:
        supervisor.send_signal(signal.SIGINT)
        try:
            life.code = supervisor.wait(30)
        except subprocess.TimeoutExpired:
            supervisor.kill()
            supervisor.wait()
        life.said = log.read_text()


def send_the_printed_line(life: Life) -> None:
    """As a person does: copy it, paste it into a shell, look at the room."""
    command = life.line(r"(?s)\n( +curl .*?/webhook)\n")
    done = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    life.answer = done.stdout
    rooms = life.line(r"rooms +(\S+?)/ ")
    # Answers as soon as there is news, at the latest after ten seconds.
    query = {
        "room": CRITICAL,
        "wait": "10",
        "since": "0",
        "life": requests.get(f"{rooms}/sandbox/rooms", timeout=5).json()["life"],
    }
    life.messages = requests.get(f"{rooms}/sandbox/messages", query, timeout=20).json()["messages"]


def test_the_printed_line_brings_the_alert_into_its_room(lives: Lives) -> None:
    assert '"status":"routed"' in lives.first.answer
    assert ["DiskWillFillIn4Hours" in each["message"]["msg"] for each in lives.first.messages] == [True]


def test_everything_fits_into_450_megabytes(lives: Lives) -> None:
    assert lives.first.resident < 450 * MEGABYTE


@pytest.mark.parametrize("which", ["first", "second"])
def test_ctrl_c_ends_every_process(lives: Lives, which: str) -> None:
    life: Life = getattr(lives, which)
    assert life.code == 0
    assert len(life.tree) >= 6
    assert [process.pid for process in life.tree if process.is_running()] == []


def test_the_second_start_keeps_what_was_told(lives: Lives) -> None:
    assert [delivery.state for delivery in lives.trail.deliveries()] == ["delivered"]


def test_the_second_start_keeps_what_people_edited(lives: Lives) -> None:
    names = {name for (name,) in lives.trail.rows("SELECT name FROM routing_rule")}
    assert names == {"Watchdog and the like", "Edited by hand", "Warning", "Info", "Fallback"}


def test_secrets_are_shown_once(lives: Lives) -> None:
    token = lives.first.line(r"source token +(\S+)")
    password = lives.first.line(r"password (\S+)")
    assert [secret in lives.second.said for secret in (token, password)] == [False, False]


def test_the_first_start_says_nothing_but_its_banner(lives: Lives) -> None:
    said = [line for line in lives.first.said.splitlines() if line.strip()]
    assert said[0].startswith("AlertHub runs:")
    assert said[said.index("Ctrl-C stops everything.") + 1].startswith("Stopping")
