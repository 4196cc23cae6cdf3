"""kill -9 at each step between claim and record: what the trail says then, and what another worker makes of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from alerthub.sandbox import Sandbox
from tests.deliveries.points import NEVER_CLAIMED, POINTS
from tests.journeys import places
from tests.journeys.stack import ROOT, bare_environment
from tests.journeys.trail import Delivery, Trail

pytestmark = pytest.mark.journey

AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Death:
    """How the worker ended, and by point what was true then and after its heir had finished."""

    codes: dict[str, int]
    then: dict[str, list[Delivery]]
    room_then: dict[str, list[str]]
    finally_: dict[str, list[Delivery]]
    room: dict[str, list[str]]


@pytest.fixture(scope="module")
def death(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Death]:
    folder = tmp_path_factory.mktemp("doomed")
    with Sandbox(rate_limit=None) as sandbox, places.database(folder) as database_url:
        hooks = {name: sandbox.hook(room_of(name)) for name in POINTS}
        trail, environment = Trail(database_url), surroundings(folder, database_url)
        process("lay", environment, json.dumps({name: hook.url for name, hook in hooks.items()}))
        with ThreadPoolExecutor(AT_ONCE) as threads:
            codes = dict(zip(POINTS, threads.map(lambda name: die_at(name, environment), POINTS), strict=True))
        for name in (name for name, point in POINTS.items() if point.posted):
            assert sandbox.wait_for(room_of(name), 1), f"{name}: the message should be in the room"
        then, room_then = by_point(trail), read(sandbox)
        process("inherit", environment)
        yield Death(codes, then, room_then, by_point(trail), read(sandbox))


def room_of(name: str) -> str:
    return f"#{name.replace(' ', '-')}"


def surroundings(folder: Path, database_url: str) -> dict[str, str]:
    own = {"ALERTHUB_DATA_DIR": str(folder), "DATABASE_URL": database_url, "LOG_LEVEL": "WARNING"}
    return bare_environment() | own | {"DJANGO_SETTINGS_MODULE": "alerthub.settings"}


def process(what: str, environment: dict[str, str], told: str = "") -> None:
    command = [sys.executable, "-m", "tests.journeys.doomed", what]
    subprocess.run(command, cwd=ROOT, env=environment, input=told, text=True, check=True, timeout=60)


def die_at(name: str, environment: dict[str, str]) -> int:
    command = [sys.executable, "-m", "tests.journeys.doomed", "die"]
    return subprocess.run(
        command, cwd=ROOT, env=environment | {"DIES_AT": name}, stdin=subprocess.DEVNULL, check=False, timeout=60
    ).returncode


def by_point(trail: Trail) -> dict[str, list[Delivery]]:
    deliveries = trail.deliveries()
    return {name: [one for one in deliveries if one.target == name] for name in POINTS}


def read(sandbox: Sandbox) -> dict[str, list[str]]:
    """By point, what its room shows: firing or resolved, and whether as a repeat."""
    return {name: [shown(message.text) for message in sandbox.messages(room_of(name))] for name in POINTS}


def shown(text: str) -> str:
    status = "resolved" if "RESOLVED" in text else "firing"
    return f"{status}, perhaps again" if "possible duplicate (attempt 2" in text else status


def tries(delivery: Delivery) -> list[str]:
    return [attempt.outcome for attempt in delivery.attempts]


@pytest.mark.parametrize("name", POINTS)
def test_the_worker_was_killed_there(death: Death, name: str) -> None:
    assert death.codes[name] == -signal.SIGKILL


@pytest.mark.parametrize("name", POINTS)
def test_what_was_committed_before_is_there_and_nothing_else(death: Death, name: str) -> None:
    point, (firing, resolved) = POINTS[name], death.then[name]
    expected = ("waiting", []) if name == NEVER_CLAIMED else ("sending", [""])
    assert (firing.state, tries(firing)) == (("delivered", ["delivered"]) if point.recorded else expected)
    assert (resolved.state, tries(resolved)) == ("waiting", [])
    assert death.room_then[name] == (["firing"] if point.posted else [])


@pytest.mark.parametrize("name", POINTS)
def test_another_worker_delivers_all_in_order_and_says_what_may_be_double(death: Death, name: str) -> None:
    point = POINTS[name]
    if name == NEVER_CLAIMED or point.recorded:
        told = ["firing"]
    else:
        # Also where it was not posted: nobody can know that.
        told = ["firing", "firing, perhaps again"] if point.posted else ["firing, perhaps again"]
    assert death.room[name] == [*told, "resolved"]
    assert [one.state for one in death.finally_[name]] == ["delivered", "delivered"]
    assert tries(death.finally_[name][0]) == ["unknown"] * ("perhaps" in str(told)) + ["delivered"]
