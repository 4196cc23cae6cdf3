"""kill -9 while a message is on its way: another worker takes over when the lease ends, and says what may be double."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alerthub.sandbox import Hook
from tests.factories import alert, payload
from tests.journeys import stack as stacks
from tests.journeys.stack import CRITICAL, Stack, wait_until
from tests.journeys.trail import Attempt

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def _own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stacks.running(tmp_path_factory.mktemp("short-lease"), ALERTHUB_LEASE_SECONDS="1") as stack:
        # With a call of one second the lease is as short as it may be: seven.
        stack.trail.change("UPDATE routing_target SET timeout = 1, connect_timeout = 1")
        yield stack


@pytest.fixture
def stack(_own: Stack) -> Stack:
    _own.tidy()
    return _own


@pytest.fixture
def hook(stack: Stack) -> Hook:
    return stack.sandbox.default_hook("critical")


def open_attempt(stack: Stack, notification: int) -> Attempt:
    """The attempt whose call is under way."""
    attempts = wait_until(
        lambda: [one for delivery in stack.trail.deliveries(notification) for one in delivery.attempts]
    )
    assert [attempt.outcome for attempt in attempts] == [""], "the call was over before the story could interrupt it"
    return attempts[0]


def test_what_a_killed_worker_was_sending_arrives_marked(stack: Stack, hook: Hook, word: str) -> None:
    hook.fail("hang", stored=True, times=1)  # the worst case: it is in the room, and nobody knows
    notification = stack.receive(payload(alert(word), group=word)).notification
    wait_until(lambda: hook.journal, what="the call")
    killed = stack.name_of(open_attempt(stack, notification).worker_pid)
    stack.kill(killed)
    stack.start(killed)
    (delivery,) = stack.wait_for_end(notification, timeout=15)
    assert [(attempt.outcome, attempt.reason) for attempt in delivery.attempts] == [
        ("unknown", "lease_expired"),
        ("delivered", ""),
    ]
    marked = ["possible duplicate (attempt 2" in message.text for message in stack.room(CRITICAL, word)]
    assert marked == [False, True]


def test_a_worker_asked_to_stop_finishes_its_message(stack: Stack, hook: Hook, word: str) -> None:
    hook.fail("slow", seconds=0.7, times=1)
    notification = stack.receive(payload(alert(word), group=word)).notification
    name = stack.name_of(open_attempt(stack, notification).worker_pid)
    stack.stop_one(name)
    (delivery,) = stack.trail.deliveries(notification)
    stack.start(name)
    assert [(attempt.outcome, attempt.reason) for attempt in delivery.attempts] == [("delivered", "")]
