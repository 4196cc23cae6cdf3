"""Everything fails at once: processes die, the broker forgets, Rocket.Chat stumbles. Nothing is lost or overtaken.

CRASH_SEED replays a failure, as far as the machine's own timing allows; `make soak` tells the story longer.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.journeys import chaos, ledger, tale
from tests.journeys import stack as stacks
from tests.journeys.chaos import Chaos
from tests.journeys.ledger import Books
from tests.journeys.stack import SOURCE_TOKEN, Stack, wait_until
from tests.journeys.tale import GROUPS, STEPS, Post

pytestmark = pytest.mark.journey

SEED = int(os.environ.get("CRASH_SEED") or 20261123)
SECONDS = float(os.environ.get("CRASH_SECONDS") or 12)
NOTIFICATIONS = int(os.environ.get("CRASH_NOTIFICATIONS") or 360)
RESTARTS_DATABASE = os.environ.get("CRASH_RESTARTS_DATABASE") == "1"
# Of `make soak`: a long storm waits for each retry as it comes, the suite's has the last of them at once.
IS_LONG = SECONDS > 60
SHARES = 4
ENDS_WITHIN_SECONDS = 60.0 if not IS_LONG else 1200.0
# The second peer tells every other group.
EPISODES = max(1, round(NOTIFICATIONS / (1.5 * GROUPS * len(STEPS))))


@dataclass(slots=True)
class Storm:
    """A stack of its own, and what may happen to its servers."""

    stack: Stack
    accidents: dict[str, Callable[[], None]]


@pytest.fixture
def storm(tmp_path: Path) -> Iterator[Storm]:
    environment = {"ALERTHUB_LEASE_SECONDS": "4"}
    accidents: dict[str, Callable[[], None]] = {}
    with ExitStack() as exits:
        if os.environ.get("TEST_REDIS_URL"):
            broker = exits.enter_context(chaos.Redis(tmp_path))
            environment["CELERY_BROKER_URL"] = broker.url
            accidents |= {"flush redis": broker.flush, "restart redis": broker.restart}
        if RESTARTS_DATABASE:
            database = exits.enter_context(chaos.postgres())
            environment["DATABASE_URL"] = database.url
            accidents["restart postgres"] = database.restart
        stack = exits.enter_context(stacks.running(tmp_path, **environment))
        # A call shorter than any lease, so that a hang is a timeout and only a killed worker loses its lease.
        stack.trail.change("UPDATE routing_target SET timeout = 2, connect_timeout = 1")
        yield Storm(stack, accidents)


def stumble(stack: Stack) -> None:
    """Often enough that each kind strikes, rarely enough that hardly a message fails four times in a row."""
    for number, severity in enumerate(tale.SEVERITIES):
        hook, seed = stack.sandbox.default_hook(severity), SEED * 100 + number * 20
        hook.fail("hang", stored=False, seconds=4, probability=0.02, seed=seed)
        hook.fail("hang", stored=True, seconds=4, probability=0.02, seed=seed + 1)
        hook.fail("slow", seconds=0.3, probability=0.05, seed=seed + 2)
        hook.fail("status", status=502, probability=0.03, seed=seed + 3)
        hook.fail("status", status=500, error="boom", probability=0.02, seed=seed + 4)
        hook.fail("rate_limited", seconds=1, probability=0.02, seed=seed + 5)
        hook.fail("reset_before", probability=0.03, seed=seed + 6)
        hook.fail("reset_after", probability=0.03, seed=seed + 7)
        hook.fail("success_false", error="unknown-error", probability=0.02, seed=seed + 8)
        hook.fail("html", probability=0.01, seed=seed + 9)
        hook.fail("truncated", probability=0.02, seed=seed + 10)


def post_share(stack: Stack, peer: str, first: int) -> list[Post]:
    """One thread's posts, spread over the storm."""
    dice = random.Random(f"{SEED} {peer} {first}")
    groups = range(first, GROUPS, SHARES)
    rest = SECONDS / (EPISODES * len(STEPS) * len(groups))
    began, told = time.monotonic(), []
    for number, post in enumerate(tale.tell(peer, groups, EPISODES)):
        time.sleep(max(0.0, began + number * rest * dice.uniform(0.9, 1.0) - time.monotonic()))
        if post:
            tale.insist(f"{stack.url}/webhook", SOURCE_TOKEN, post, began + SECONDS + ENDS_WITHIN_SECONDS, dice)
            told.append(post)
    return told


def rage(storm: Storm) -> tuple[list[Post], Chaos]:
    """The storm, from the first post to the last; everything runs again when it returns."""
    raging, over = Chaos(storm.stack, random.Random(SEED), storm.accidents), threading.Event()
    stumble(storm.stack)
    with ThreadPoolExecutor(2 * SHARES + 1) as threads:
        trouble = threads.submit(raging.rage, SECONDS, over)
        try:
            shares = [threads.submit(post_share, storm.stack, peer, n) for peer in "ab" for n in range(SHARES)]
            posts = [post for share in shares for post in share.result()]
        finally:
            over.set()
        trouble.result()
    return posts, raging


def calm_down(stack: Stack) -> None:
    for severity in tale.SEVERITIES:
        stack.sandbox.default_hook(severity).clear()
    wait_until(lambda: stack._is_ready(()), 60, "everything's start after the storm")
    deadline = time.monotonic() + ENDS_WITHIN_SECONDS
    while still_open(stack) and time.monotonic() < deadline:
        if not IS_LONG:
            hasten(stack)
        time.sleep(0.5)


def still_open(stack: Stack) -> int:
    statement = "SELECT count(*) FROM deliveries_delivery WHERE state IN ('waiting', 'sending', 'held')"
    return int(stack.trail.rows(statement)[0][0])


def hasten(stack: Stack) -> None:
    """Have retries a few seconds away, or a paused room, now. Leases and places in a conversation stay as they are."""
    stack.trail.change("UPDATE deliveries_lane SET paused_until = NULL, failures = 0 WHERE failures > 0")
    stack.trail.change(
        "UPDATE deliveries_delivery SET next_attempt_at = CURRENT_TIMESTAMP"
        " WHERE state = 'waiting' AND next_attempt_at > CURRENT_TIMESTAMP"
    )


def facts(raging: Chaos, books: Books) -> str:
    retried = sum(len(post.troubles) for post in books.posts)
    return (
        f"CRASH_SEED={SEED} CRASH_SECONDS={SECONDS:g} CRASH_NOTIFICATIONS={NOTIFICATIONS}\n"
        f"{len(books.posts)} posts ({retried} posted again), {len(books.notifications)} notifications, "
        f"{len(books.deliveries)} deliveries, {len(books.in_rooms)} messages\n"
        f"{dict(raging.done)}\n{ {' '.join(key).strip(): count for key, count in books.attempts.items()} }"
    )


@pytest.mark.timeout(SECONDS + 2 * ENDS_WITHIN_SECONDS + 120)
def test_nothing_is_lost_or_overtaken_while_everything_is_killed(storm: Storm) -> None:
    posts, raging = rage(storm)
    calm_down(storm.stack)
    books = ledger.read(storm.stack, posts)
    said = facts(raging, books)
    print(said)
    assert all(raging.done[f"kill {name}"] for name in chaos.PROCESSES), (
        f"a storm that spares one proves little\n{said}"
    )
    assert any(outcome == "unknown" for outcome, _ in books.attempts), f"no outcome was ever in doubt\n{said}"
    found = ledger.wrong(books)
    assert not found, "\n".join([said, f"{len(found)} facts do not add up:", *found[:40], storm.stack.logs()])
