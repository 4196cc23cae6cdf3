"""kill -9 at each step between claim and record: what the trail says then, and what another worker makes of it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from alerthub.sandbox import Sandbox
from tests.deliveries.points import NEVER_CLAIMED, POINTS
from tests.journeys import places
from tests.journeys.children import Children, room_of
from tests.journeys.trail import Delivery

# Told once, on SQLite: what a commit is there holds for PostgreSQL too, which the crash journey kills as well.
pytestmark = [pytest.mark.journey, pytest.mark.anywhere]


@dataclass(frozen=True, slots=True)
class Death:
    """How each worker ended; by point what was true then, and after its heir had finished."""

    codes: dict[str, int]
    then: dict[str, list[Delivery]]
    room_then: dict[str, list[str]]
    in_the_end: dict[str, list[Delivery]]
    room: dict[str, list[str]]


@pytest.fixture(scope="module")
def death(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Death]:
    folder = tmp_path_factory.mktemp("doomed")
    with Sandbox(rate_limit=None) as sandbox, places.database(folder) as database_url:
        children = Children(folder, database_url, sandbox)
        # No call may end by itself, however slow the machine is.
        children.lay(*POINTS, call_seconds=10)
        codes = children.die_at(*POINTS)
        for name in (name for name, point in POINTS.items() if point.posted):
            assert sandbox.wait_for(room_of(name), 1), f"{name}: the message should be in the room"
        then, room_then = read(children)
        children.inherit()
        yield Death(codes, then, room_then, *read(children))


def read(children: Children) -> tuple[dict[str, list[Delivery]], dict[str, list[str]]]:
    return {name: children.of(name) for name in POINTS}, {name: children.room(name) for name in POINTS}


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
    assert [one.state for one in death.in_the_end[name]] == ["delivered", "delivered"]
    assert tries(death.in_the_end[name][0]) == ["unknown"] * ("perhaps" in str(told)) + ["delivered"]
