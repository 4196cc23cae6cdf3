"""The road of one message, for the tests of the fault catalogue: posted or owed, drained, looked at."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.test import Client as Browser

from deliveries import outbox
from deliveries.models import Attempt, Delivery, Lane, Notification
from deliveries.rocketchat.client import Client
from deliveries.send import sender, stories
from routing.models import Source, Target
from tests import factories
from tests.deliveries.peers import Peer, Script, Talk

TOKEN = "ahi_test-token-that-is-long-enough"


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    """A whole HTTP answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def refusal(status: str, error: str) -> bytes:
    """As Rocket.Chat itself refuses."""
    return http(status, json.dumps({"success": False, "error": error}).encode(), "Content-Type: application/json")


def in_turn(*answers: bytes) -> Script:
    """One answer a request, the last one for all that follow."""
    left = list(answers)

    def script(talk: Talk) -> None:
        while talk.hear():
            talk.say(left.pop(0) if len(left) > 1 else left[0])

    return script


def heard(peer: Peer, position: int) -> str:
    """The text of the message a peer got."""
    return str(json.loads(peer.requests[position].partition(b"\r\n\r\n")[2])["text"])


@dataclass(slots=True)
class Road:
    """A source, what is owed for it, and the way out."""

    source: Source
    client: Client
    now: datetime
    targets: list[Target] = field(default_factory=list)
    clock: datetime | None = None
    """The moment of the last drain."""

    def to(self, url: str, **fields: Any) -> Target:
        """A target there which is told every alert."""
        name = f"room {len(self.targets)}"
        target = factories.make_target(name, url=url, **fields)
        factories.make_rule(name, [target], continues=True, position=10 * (len(self.targets) + 1))
        self.targets.append(target)
        return target

    def owe(self, *alerts: dict[str, Any], after: float = 0, **fields: Any) -> list[Delivery]:
        return factories.owed(self.source, self.now + timedelta(seconds=after), *alerts, **fields)

    def drain(self, after: float = 0, target: Target | None = None) -> int:
        """`after`: seconds since the beginning."""
        moment = self.now + timedelta(seconds=after)
        self.clock, target = moment, target or self.targets[0]
        return sender.drain(target.pk, self.client, clock=lambda: moment, worker="w1", draw=lambda: 0.5)

    def work(self, since: float, until: float) -> None:
        """What the pump of a worker does from one second to another, both counted from the beginning."""
        for second in range(round(since), round(until) + 1):
            moment = self.now + timedelta(seconds=second)
            outbox.recover(moment)
            outbox.tend(moment)
            if second % 60 == 0:
                outbox.expire_overdue(moment)
            for target_id in outbox.due_targets(moment):
                self.drain(after=second, target=Target(pk=target_id))

    def go_on(self) -> tuple[str, str]:
        """It answers for a minute as it did the first time. Where that left the delivery, and why its target is broken."""
        for second in (5, 15, 30, 60):
            self.drain(after=second)
        outbox.tend(self.now + timedelta(seconds=60))
        return self.delivery().state, self.lane().broken_reason

    def send(self, url: str, **fields: Any) -> Delivery:
        """Owe one message to a target at this address and drain it."""
        self.to(url, **fields)
        self.owe()
        self.drain()
        return self.delivery()

    def delivery(self) -> Delivery:
        """The first that is owed."""
        return Delivery.objects.earliest("id")

    def wait(self) -> float:
        """Seconds until the delivery is tried again."""
        return (self.delivery().next_attempt_at - self.now).total_seconds()

    def lane(self) -> Lane:
        return Lane.objects.get(target=self.targets[0])

    def fate(self) -> tuple[str, str, str]:
        """How the first attempt ended and why, and where that left the delivery."""
        attempt = Attempt.objects.get(delivery=self.delivery(), number=1)
        return attempt.outcome, attempt.reason, self.delivery().state


def post(body: Any, *, token: str = TOKEN, path: str = "/webhook", method: str = "POST", **headers: Any) -> Any:
    """What Alertmanager does; anything but bytes and text is sent as JSON."""
    raw = body if isinstance(body, bytes | str) else json.dumps(body)
    authorization = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}
    content_type = headers.pop("content_type", "application/json")
    browser = Browser(raise_request_exception=False)
    return browser.generic(method, path, raw, content_type=content_type, **authorization | headers)


def shown(now: datetime) -> str:
    """The one message owed, as the room would get it."""
    delivery = Delivery.objects.get()
    assert delivery.target is not None
    body = stories.body_of(delivery, delivery.target, now)
    return json.dumps(body, ensure_ascii=False)


def flags() -> set[str]:
    """What was noted as odd about the one notification."""
    return set(Notification.objects.get().flags)
