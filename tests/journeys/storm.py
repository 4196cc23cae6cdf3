"""A crash story as it goes: two peers post, everything is killed, Rocket.Chat stumbles; then it calms down."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from alerthub.sandbox import Endpoint
from tests.journeys import chaos, ledger, tale
from tests.journeys import stack as stacks
from tests.journeys.chaos import Chaos
from tests.journeys.ledger import Books
from tests.journeys.stack import SOURCE_TOKEN, Stack, wait_until
from tests.journeys.tale import GROUPS, REST, ROOM_OF, SEVERITIES, STEPS, Post

SEED = int(os.environ.get("CRASH_SEED") or 20261123)
SHARES = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """How long the storm lasts, in seconds, and how many notifications are posted in it."""

    seconds: float
    notifications: int

    @property
    def is_long(self) -> bool:
        """A long storm waits for each retry as it comes; a short one has the last of them at once."""
        return self.seconds > 60

    @property
    def ends_within(self) -> float:
        return 1200.0 if self.is_long else 300.0

    @property
    def timeout(self) -> float:
        """For pytest: enough for everything, the start and the end too."""
        return self.seconds + 2 * self.ends_within + 120


@dataclass(slots=True)
class Storm:
    """A stack of its own, what may happen to its servers, and what happened."""

    stack: Stack
    plan: Plan
    raging: Chaos
    raged: float = 0.0
    calmed: float = 0.0

    def told(self) -> Books:
        """The whole story, from the first post to the last message; then everything there is to compare."""
        began = time.monotonic()
        posts = self._rage()
        self.raged = time.monotonic() - began
        self._calm_down()
        self.calmed = time.monotonic() - began - self.raged
        return ledger.read(self.stack, posts)

    def _rage(self) -> list[Post]:
        over = threading.Event()
        _stumble(self.stack)
        # Peers of a cluster are seconds apart and what they tell of is minutes apart: neither is an episode behind.
        episodes = [threading.Barrier(2) for _ in range(SHARES)]
        with ThreadPoolExecutor(2 * SHARES + 1) as threads:
            trouble = threads.submit(self.raging.rage, self.plan.seconds, over)
            try:
                shares = [
                    threads.submit(self._post_share, peer, first, episodes[first])
                    for peer in "ab"
                    for first in range(SHARES)
                ]
                posts = [post for share in shares for post in share.result()]
            finally:
                over.set()
            trouble.result()
        return posts

    def _post_share(self, peer: str, first: int, episode: threading.Barrier) -> list[Post]:
        """One thread's posts, spread over the storm. `episode` is where both peers of a share begin the next one."""
        dice = random.Random(f"{SEED} {peer} {first}")
        groups, episodes = range(first, GROUPS, SHARES), tale.episodes_for(self.plan.notifications)
        rest = self.plan.seconds / (episodes * len(STEPS) * len(groups))
        began, told = time.monotonic(), []
        deadline = began + self.plan.seconds + self.plan.ends_within
        for number, post in enumerate(tale.tell(peer, groups, episodes)):
            if number % (len(STEPS) * len(groups)) == 0:
                episode.wait(max(0.0, deadline - time.monotonic()))
            time.sleep(max(0.0, began + number * rest * dice.uniform(0.9, 1.0) - time.monotonic()))
            if post:
                tale.insist(f"{self.stack.url}/webhook", SOURCE_TOKEN, post, deadline, dice)
                told.append(post)
        return told

    def _calm_down(self) -> None:
        for road in roads(self.stack).values():
            road.clear()
        wait_until(lambda: self.stack._is_ready(()), 60, "everything's start after the storm")
        deadline = time.monotonic() + self.plan.ends_within
        while self._still_open() and time.monotonic() < deadline:
            if not self.plan.is_long:
                _hasten(self.stack)
            time.sleep(0.3)

    def _still_open(self) -> int:
        return int(self.stack.trail.rows("SELECT count(*) FROM deliveries_delivery WHERE ended_at IS NULL")[0][0])

    def _kills(self) -> int:
        return sum(count for name, count in self.raging.done.items() if name.startswith("kill "))

    def facts(self, books: Books) -> str:
        retried = sum(len(post.troubles) for post in books.posts)
        return (
            f"CRASH_SEED={SEED} CRASH_SECONDS={self.plan.seconds:g} CRASH_NOTIFICATIONS={self.plan.notifications}\n"
            f"{len(books.posts)} posts ({retried} posted again), {len(books.notifications)} notifications, "
            f"{dict(books.states)}, {len(books.in_rooms)} messages\n"
            f"{self._kills()} kills, {ledger.figures(books)}\n"
            f"{self.raged:.0f} s of storm, calm {self.calmed:.0f} s later; {dict(self.raging.done)}\n"
            f"{ {' '.join(key).strip(): count for key, count in books.attempts.items()} }"
        )


@contextmanager
def brewing(folder: Path, plan: Plan, limit: tuple[int, int] | None = None) -> Iterator[Storm]:
    """A stack that may be killed at will, on servers of its own that may be killed too. One room is told through REST."""
    environment = {"ALERTHUB_LEASE_SECONDS": "4"}
    accidents: dict[str, Callable[[], None]] = {}
    with ExitStack() as exits:
        if os.environ.get("TEST_BROKER_URL"):
            pass  # it loses everything anyway
        elif os.environ.get("TEST_REDIS_URL"):
            broker = exits.enter_context(chaos.Redis(folder))
            environment["CELERY_BROKER_URL"] = broker.url
            accidents |= {"flush redis": broker.flush, "restart redis": broker.restart}
        if os.environ.get("TEST_DATABASE_URL"):
            database = exits.enter_context(chaos.postgres())
            environment["DATABASE_URL"] = database.url
            accidents["restart postgres"] = database.restart
        stack = exits.enter_context(stacks.running(folder, limit=limit, **environment))
        # A call shorter than any lease, so that a hang is a timeout and only a killed worker loses its lease.
        stack.trail.change("UPDATE routing_target SET timeout = 2, connect_timeout = 1")
        # On a machine under load a copy comes minutes late.
        stack.trail.change("UPDATE routing_source SET duplicate_window = 1200")
        _post_through_rest(stack, REST)
        yield Storm(stack, plan, Chaos(stack, random.Random(SEED), accidents))


def _post_through_rest(stack: Stack, name: str) -> None:
    account = stack.sandbox.account()
    server = {"name": "stand-in", "base_url": account.base_url, "user_id": account.user_id}
    made = stack.call("POST", "servers", server | {"access_token": account.token})
    (target,) = [one for one in stack.call("GET", "targets")["results"] if one["name"] == name]
    stack.call("PATCH", f"targets/{target['id']}", {"server": made["id"], "channel": ROOM_OF[name]})


def roads(stack: Stack) -> dict[str, Endpoint]:
    """By target: what its messages come through."""
    sandbox = stack.sandbox
    return {name: sandbox.rest if name == REST else sandbox.default_hook(name) for name in SEVERITIES}


def _stumble(stack: Stack) -> None:
    """Often enough that each kind strikes, rarely enough that hardly a message fails four times in a row."""
    for number, road in enumerate(roads(stack).values()):
        seed = SEED * 100 + number * 20
        road.fail("hang", stored=False, seconds=4, probability=0.02, seed=seed)
        road.fail("hang", stored=True, seconds=4, probability=0.02, seed=seed + 1)
        road.fail("slow", seconds=0.3, probability=0.05, seed=seed + 2)
        road.fail("status", status=502, probability=0.03, seed=seed + 3)
        road.fail("status", status=500, error="boom", probability=0.02, seed=seed + 4)
        road.fail("rate_limited", seconds=1, probability=0.02, seed=seed + 5)
        road.fail("reset_before", probability=0.03, seed=seed + 6)
        road.fail("reset_after", probability=0.03, seed=seed + 7)
        road.fail("success_false", error="unknown-error", probability=0.02, seed=seed + 8)
        road.fail("html", probability=0.01, seed=seed + 9)
        road.fail("truncated", probability=0.02, seed=seed + 10)


def _hasten(stack: Stack) -> None:
    """Have retries a few seconds away, or a room left alone, now. Leases, budgets and conversations stay as they are."""
    stack.trail.change("UPDATE deliveries_lane SET paused_until = NULL, failures = 0 WHERE failures > 0")
    stack.trail.change("UPDATE deliveries_lane SET probe_at = CURRENT_TIMESTAMP WHERE probe_at > CURRENT_TIMESTAMP")
    stack.trail.change(
        "UPDATE deliveries_delivery SET next_attempt_at = CURRENT_TIMESTAMP"
        " WHERE state = 'waiting' AND next_attempt_at > CURRENT_TIMESTAMP"
    )
