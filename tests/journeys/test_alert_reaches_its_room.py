"""The main story: one notification of mixed alerts, told to three rooms."""

from __future__ import annotations

import re
from typing import Any

import pytest

from alerthub.sandbox import Message
from tests.factories import alert, payload
from tests.journeys.stack import CRITICAL, INFO, WARNING, Stack

pytestmark = pytest.mark.journey

ROOMS = (CRITICAL, WARNING, INFO)


def mixed(word: str) -> dict[str, Any]:
    return payload(
        alert(f"{word}Disk", severity="critical", instance="db-1"),
        alert(f"{word}Disk", severity="critical", instance="db-2"),
        alert(f"{word}Raid", severity="critical", status="resolved"),
        alert(f"{word}Slow", severity="warning"),
        alert(f"{word}Note", severity="info", status="resolved"),
        group=word,
    )


def test_each_room_gets_exactly_its_alerts(stack: Stack, word: str) -> None:
    stack.wait_for_end(stack.receive(mixed(word)).notification)
    assert {room: sorted(heading(message, word) for message in stack.room(room, word)) for room in ROOMS} == {
        CRITICAL: ["FIRING Disk (2)", "RESOLVED Raid"],
        WARNING: ["FIRING Slow"],
        INFO: ["RESOLVED Note"],
    }


def heading(message: Message, word: str) -> str:
    status = "RESOLVED" if "*RESOLVED*" in message.text else "FIRING"
    name = re.search(rf"{word}(\w+)", message.text)
    count = re.search(r"\* (\(\d+\))", message.text)
    return " ".join([status, name[1] if name else "", *([count[1]] if count else [])])


def test_the_trail_says_who_was_told_and_how(stack: Stack, word: str) -> None:
    deliveries = stack.wait_for_end(stack.receive(mixed(word)).notification)
    told = [(d.target, d.status, d.state, [(a.outcome, a.status_code) for a in d.attempts]) for d in deliveries]
    once = [("delivered", 200)]
    assert sorted(told) == [
        ("critical", "firing", "delivered", once),
        ("critical", "resolved", "delivered", once),
        ("info", "resolved", "delivered", once),
        ("warning", "firing", "delivered", once),
    ]


def test_the_first_message_is_there_at_once(stack: Stack, word: str) -> None:
    # Usually far below a second, which the benchmark measures; a busy machine is no bug.
    stack.receive(mixed(word))
    stack.wait_for_room(CRITICAL, word, timeout=3)


def test_the_message_names_the_delivery_in_the_trail(stack: Stack, word: str) -> None:
    (delivery,) = stack.wait_for_end(stack.receive(payload(alert(word), group=word)).notification)
    (message,) = stack.room(CRITICAL, word)
    assert f"D-{delivery.id}" in message.text
