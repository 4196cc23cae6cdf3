"""A worker killed at each step between claim and record: what the trail says, what the room got, once its lease is over.

The kill is an exception that no `except Exception` catches, raised out of the step; what was committed stays. The same
points with processes and SIGKILL: tests/journeys/test_worker_dies_at_every_step.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from alerthub.sandbox import Sandbox
from deliveries import outbox
from deliveries.models import Attempt, Delivery
from deliveries.rocketchat.client import Client
from deliveries.send import roads, sender
from routing.models import Source, Target
from tests.deliveries.points import DEAD, NEVER_CLAIMED, POINTS
from tests.factories import alert, owed

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What SIGKILL looks like from inside: nothing after it runs."""


def die() -> None:
    raise Killed


@pytest.fixture
def kill(sandbox: Sandbox, target: Target, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def at(name: str) -> None:
        """Drain with a worker of its own that dies at this point."""
        point = POINTS[name]
        with monkeypatch.context() as armed:
            armed.setattr(point.place, point.step, point.armed(die))
            with pytest.raises(Killed):
                drain(target, roads.new_client(), now, worker="doomed")
        if point.posted:
            assert sandbox.wait_for("#ops", 1)

    return at


def drain(target: Target, caller: Client, now: datetime, worker: str = "w2") -> int:
    return sender.drain(target.pk, caller, clock=lambda: now, worker=worker, draw=lambda: 0.5)


def recovered(now: datetime) -> datetime:
    """The moment the lease is over; what was leased has been taken back by then."""
    moment = now + outbox.LEASE
    outbox.recover(moment)
    return moment


def trail() -> list[str]:
    return list(Attempt.objects.order_by("number").values_list("outcome", flat=True))


def test_a_worker_that_dies_in_its_claim_has_claimed_nothing(
    kill: Callable[[str], None], source: Source, target: Target, caller: Client, now: datetime
) -> None:
    owed(source, now)
    kill(NEVER_CLAIMED)
    assert (Delivery.objects.get().state, trail()) == ("waiting", [])
    assert drain(target, caller, now) == 1


@pytest.mark.parametrize("name", DEAD)
def test_until_the_lease_is_over_nobody_touches_it(
    kill: Callable[[str], None], source: Source, target: Target, caller: Client, now: datetime, name: str
) -> None:
    owed(source, now)
    kill(name)
    almost = now + outbox.LEASE - timedelta(seconds=1)
    assert (outbox.recover(almost), drain(target, caller, almost)) == (0, 0)
    assert (Delivery.objects.get().state, trail()) == ("sending", [""])


@pytest.mark.parametrize("name", DEAD)
def test_a_lost_lease_is_an_unknown_outcome(
    kill: Callable[[str], None], source: Source, now: datetime, name: str
) -> None:
    owed(source, now)
    kill(name)
    recovered(now)
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.reason, delivery.unknown_count, delivery.attempt_count, trail()) == (
        "waiting", "lease_expired", 1, 1, ["unknown"],
    )  # fmt: skip


@pytest.mark.parametrize("name", DEAD)
def test_the_next_worker_delivers_it_marked_and_at_most_once_more(
    kill: Callable[[str], None],
    sandbox: Sandbox,
    source: Source,
    target: Target,
    caller: Client,
    now: datetime,
    name: str,
) -> None:
    owed(source, now)
    kill(name)
    drain(target, caller, recovered(now))
    marked = ["possible duplicate (attempt 2" in message.text for message in sandbox.messages("#ops")]
    # Where the message was not posted the mark is there all the same: the one who recovers cannot know.
    assert marked == ([False, True] if POINTS[name].posted else [True])
    assert (Delivery.objects.get().state, trail()) == ("delivered", ["unknown", "delivered"])


@pytest.mark.parametrize("name", [NEVER_CLAIMED, *DEAD])
def test_the_resolved_that_waits_behind_never_overtakes(
    kill: Callable[[str], None],
    sandbox: Sandbox,
    source: Source,
    target: Target,
    caller: Client,
    now: datetime,
    name: str,
) -> None:
    owed(source, now)
    owed(source, now, alert(status="resolved"))
    kill(name)
    drain(target, caller, recovered(now))
    told = ["RESOLVED" if "RESOLVED" in message.text else "FIRING" for message in sandbox.messages("#ops")]
    assert told == sorted(told)
    assert told[-1] == "RESOLVED"


def test_a_worker_that_dies_after_its_record_leaves_nothing_to_do(
    kill: Callable[[str], None], sandbox: Sandbox, source: Source, target: Target, caller: Client, now: datetime
) -> None:
    owed(source, now)
    kill("after the record is committed")
    assert drain(target, caller, recovered(now)) == 0
    assert (Delivery.objects.get().state, trail(), len(sandbox.messages("#ops"))) == ("delivered", ["delivered"], 1)


@pytest.mark.parametrize("name", DEAD)
def test_what_the_budget_reserved_for_the_dead_worker_frees_itself(
    kill: Callable[[str], None], source: Source, target: Target, caller: Client, now: datetime, name: str
) -> None:
    Target.objects.update(rate_limit_calls=1, rate_limit_seconds=60)
    owed(source, now)
    kill(name)
    assert drain(target, caller, recovered(now)) == 0
    assert drain(target, caller, now + timedelta(seconds=75)) == 1
