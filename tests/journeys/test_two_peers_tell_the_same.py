"""A highly available Alertmanager: both peers send, the room reads it once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.factories import alert, payload
from tests.journeys.stack import CRITICAL, Answer, Stack

pytestmark = pytest.mark.journey

ROUNDS = 20


def telling(peer: str, word: str, number: int) -> dict[str, Any]:
    """The same state in each peer's own words."""
    told = alert(word, instance=f"host-{number}") | {"generatorURL": f"http://prometheus-{peer}.example/graph"}
    return payload(told, group=f"{word}{number}", externalURL=f"http://alertmanager-{peer}.example")


def tell_at_once(stack: Stack, word: str) -> list[list[Answer]]:
    """Each peer's answers, round by round."""
    barrier = Barrier(2)

    def tell(peer: str) -> list[Answer]:
        answers = []
        for number in range(ROUNDS):
            barrier.wait(timeout=30)
            answers.append(stack.receive(telling(peer, word, number)))
        return answers

    with ThreadPoolExecutor(2) as peers:
        return list(peers.map(tell, "ab"))


def test_the_room_reads_it_once_and_the_other_is_linked(stack: Stack, word: str) -> None:
    answers = tell_at_once(stack, word)
    stack.wait_for_end(*(answer.notification for peer in answers for answer in peer))
    assert len(stack.room(CRITICAL, word)) == ROUNDS
    for first, second in zip(*answers, strict=True):
        told, duplicate = sorted((first, second), key=lambda answer: answer.body["status"] == "duplicate")
        assert (told.body["status"], told.body["duplicate_of"]) == ("routed", None)
        assert (duplicate.body["status"], duplicate.body["duplicate_of"]) == ("duplicate", told.notification)
