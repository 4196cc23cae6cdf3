"""A Rocket.Chat that answers as a test says, and a worker that sends one claim to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from deliveries.outbox import Claim
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Outcome
from deliveries.send import sender
from tests.deliveries.lanes import outcome


class Chat:
    """Answers each post with the next of these, and then well."""

    def __init__(self, now: datetime, *outcomes: Outcome) -> None:
        self.bodies: list[dict[str, Any]] = []
        self._now, self._left = now, list(outcomes)

    def post(self, hook: object, body: dict[str, Any]) -> Outcome:
        self.bodies.append(body)
        return self._left.pop(0) if self._left else outcome(self._now)

    def others(self, count: int) -> list[Client]:
        return [self.client] * count

    @property
    def client(self) -> Client:
        return cast(Client, self)


def work(claimed: Claim, chat: Chat, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False) -> int:
    """Sends a claim; returns how many of it were tried."""
    return len(sender._send_claim(claimed, chat.client, clock, lambda: 0.5, stop))
