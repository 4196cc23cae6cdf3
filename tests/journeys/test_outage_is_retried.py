"""Rocket.Chat is in trouble and recovers: messages come late, in order, and the trail says what was tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from alerthub.sandbox import Hook
from tests.factories import alert, payload
from tests.journeys.stack import CRITICAL, Stack, wait_until

pytestmark = pytest.mark.journey


@pytest.fixture(autouse=True)
def _hasty_targets(stack: Stack) -> Iterator[None]:
    """A call that hangs is given up after a second, not after ten."""
    stack.trail.change("UPDATE routing_target SET timeout = 1, connect_timeout = 1")
    yield
    stack.trail.change("UPDATE routing_target SET timeout = 10, connect_timeout = 3")


@pytest.fixture
def hook(stack: Stack) -> Hook:
    return stack.sandbox.default_hook("critical")


TROUBLES: list[tuple[dict[str, Any], str, str]] = [
    ({"kind": "status", "status": 503}, "unknown", "gateway"),
    ({"kind": "status", "status": 500, "error": "boom"}, "refused", "server_error"),
    ({"kind": "hang"}, "unknown", "timeout"),
    ({"kind": "reset_before"}, "unknown", "reset"),
]


@pytest.mark.parametrize(("fault", "outcome", "reason"), TROUBLES, ids=[reason for *_, reason in TROUBLES])
def test_it_is_tried_again_after(
    stack: Stack, hook: Hook, word: str, fault: dict[str, Any], outcome: str, reason: str
) -> None:
    hook.fail(**fault, times=1)
    (delivery,) = stack.wait_for_end(stack.receive(payload(alert(word), group=word)).notification)
    assert [(attempt.outcome, attempt.reason) for attempt in delivery.attempts] == [
        (outcome, reason),
        ("delivered", ""),
    ]
    assert len(stack.room(CRITICAL, word)) == 1


def test_resolved_waits_behind_its_firing_until_rocketchat_is_back(stack: Stack, word: str) -> None:
    stack.sandbox.stop()
    try:
        firing = stack.receive(payload(alert(word), group=word)).notification
        resolved = stack.receive(payload(alert(word, status="resolved"), group=word)).notification
        wait_until(lambda: "connect" in stack.trail.deliveries(firing)[0].reasons, what="a first try")
    finally:
        stack.sandbox.start()
    deliveries = stack.wait_for_end(firing, resolved, timeout=20)
    assert [delivery.state for delivery in deliveries] == ["delivered", "delivered"]
    assert ["RESOLVED" in message.text for message in stack.room(CRITICAL, word)] == [False, True]


def test_a_rate_limit_is_waited_out_without_another_call(stack: Stack, hook: Hook, word: str) -> None:
    hook.fail("rate_limited", seconds=2, times=1)
    first = stack.receive(payload(alert(word), group=f"{word}1")).notification
    wait_until(lambda: len(hook.journal) == 1, what="the refused call")
    second = stack.receive(payload(alert(word), group=f"{word}2")).notification
    deliveries = stack.wait_for_end(first, second)
    assert [delivery.reasons for delivery in deliveries] == [["rate_limited", ""], [""]]
    refused, *taken = stack.sandbox.requests(hook)
    assert (refused.status, [call.status for call in taken]) == (429, [200, 200])
    assert min(call.at for call in taken) - refused.at > 1.9
