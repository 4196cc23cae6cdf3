"""Everything fails at once: processes die, servers crash, Rocket.Chat stumbles. Nothing is lost, overtaken or doubled.

CRASH_SEED replays a failure, as far as the machine's own timing allows:
`CRASH_SEED=7 make test ARGS=tests/journeys/test_crash.py`. `make soak` tells the story longer, and for many seeds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys import chaos, ledger, storm
from tests.journeys.storm import Plan, Storm

pytestmark = pytest.mark.journey

PLAN = Plan(
    seconds=float(os.environ.get("CRASH_SECONDS") or 30),
    notifications=int(os.environ.get("CRASH_NOTIFICATIONS") or 2000),
)
FLOOD = Plan(seconds=12, notifications=500)
# A little less than what the flood owes each room while everything runs, which it hardly ever does.
LIMIT = (20, 2)


@pytest.fixture
def everything(tmp_path: Path) -> Iterator[Storm]:
    with storm.brewing(tmp_path, PLAN) as brewing:
        yield brewing


@pytest.fixture
def flood(tmp_path: Path) -> Iterator[Storm]:
    with storm.brewing(tmp_path, FLOOD, LIMIT) as brewing:
        brewing.stack.trail.change("UPDATE routing_target SET digest_after = 2")
        yield brewing


def check(story: Storm) -> ledger.Books:
    """Every promise, or a message that names the seed."""
    books = story.told()
    said = story.facts(books)
    print(said)
    spared = [name for name in chaos.PROCESSES if not story.raging.done[f"kill {name}"]]
    assert not spared, f"a storm that spares {spared} proves little\n{said}"
    assert any(outcome == "unknown" for outcome, _ in books.attempts), f"no outcome was ever in doubt\n{said}"
    found = ledger.wrong(books)
    assert not found, "\n".join([said, f"{len(found)} facts do not add up:", *found[:40], story.stack.logs()])
    return books


@pytest.mark.timeout(PLAN.timeout)
def test_nothing_is_lost_or_overtaken_while_everything_is_killed(everything: Storm) -> None:
    check(everything)


@pytest.mark.timeout(FLOOD.timeout)
def test_a_flood_becomes_digests_within_the_budget_while_everything_is_killed(flood: Storm) -> None:
    books = check(flood)
    assert books.states["digest delivered"], f"nothing was merged\n{flood.facts(books)}"
    assert exceeded(flood) == [], flood.facts(books)


def exceeded(story: Storm) -> list[str]:
    """Messages to a room that came too close upon each other."""
    calls, seconds = LIMIT
    found = []
    for name, road in storm.roads(story.stack).items():
        at = [each.at for each in story.stack.sandbox.requests(road) if each.method == "POST"]
        pairs = zip(at, at[calls:], strict=False)
        found += [f"{name}: {calls + 1} messages within {b - a:.2f} s" for a, b in pairs if b - a <= seconds]
    return found
