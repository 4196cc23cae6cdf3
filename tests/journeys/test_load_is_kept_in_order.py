"""Many groups at once while Rocket.Chat stumbles: nothing is lost, each group keeps its order, repeats are explained."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.factories import alert, payload
from tests.journeys.stack import CRITICAL, Stack

pytestmark = pytest.mark.journey

GROUPS, STEPS, SENDERS = 30, 10, 4


def tell(stack: Stack, word: str, groups: range) -> Iterator[tuple[str, int]]:
    """Post each group's episodes, in turns; yield (mark, notification id) of each."""
    for step in range(STEPS):
        for group in groups:
            mark = f"{word}x{group}x{step}x"
            status = "resolved" if step % 2 else "firing"
            # Starts within a minute would be one state, told by peers whose clocks differ.
            times = {
                f"{at}_at": f"2026-11-23T10:{5 * (step // 2) + later:02}:00Z"
                for at, later in (("starts", 0), ("ends", 3))
            }
            one = alert(
                f"{word}Group{group}",
                status=status,
                **times if status == "resolved" else {"starts_at": times["starts_at"]},
            )
            one["annotations"]["summary"] = mark
            yield mark, stack.receive(payload(one, group=f"{word}{group}")).notification


def stumble(stack: Stack) -> None:
    """Rarely enough that hardly a message fails four times in a row, which would take it a minute."""
    hook = stack.sandbox.default_hook("critical")
    hook.fail("status", status=502, probability=0.02, seed=1, times=8)
    hook.fail("status", status=500, error="boom", probability=0.02, seed=2, times=8)
    hook.fail("reset_before", probability=0.02, seed=3, times=8)
    hook.fail("reset_after", probability=0.02, seed=4, times=8)


def test_nothing_is_lost_or_overtaken(stack: Stack, word: str) -> None:
    stumble(stack)
    with ThreadPoolExecutor(SENDERS) as senders:
        shares = [range(first, GROUPS, SENDERS) for first in range(SENDERS)]
        accepted = dict(
            pair for pairs in senders.map(lambda share: list(tell(stack, word, share)), shares) for pair in pairs
        )
    deliveries = stack.wait_for_end(*accepted.values(), timeout=90)
    assert Counter(delivery.state for delivery in deliveries) == {"delivered": GROUPS * STEPS}
    assert {delivery.notification for delivery in deliveries} == set(accepted.values())

    told = " ".join(message.payload.decode() for message in stack.room(CRITICAL))
    seen = re.findall(rf"{word}x\d+x\d+x", told)
    first_seen = list(dict.fromkeys(seen))
    assert set(first_seen) == set(accepted)
    for group in range(GROUPS):
        of_group = [mark for mark in first_seen if mark.startswith(f"{word}x{group}x")]
        assert of_group == [f"{word}x{group}x{step}x" for step in range(STEPS)]

    unknown = {delivery.notification: delivery.unknown_count for delivery in deliveries}
    assert any(unknown.values()), "the stand-in never left an outcome open, so the story proves little"
    for mark, times in Counter(seen).items():
        assert times <= 1 + unknown[accepted[mark]], f"{mark} is there {times} times without a reason"
