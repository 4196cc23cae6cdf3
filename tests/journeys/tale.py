"""What two Alertmanager peers tell during a storm: the notifications, and posting each until it is accepted."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.factories import alert, payload

GROUPS = 40
STEPS = ("firing", "repeat", "resolved")
SEVERITIES = ("critical", "warning", "info")
ROOM_OF = {severity: f"#alerts-{severity}" for severity in SEVERITIES}
# Told through Rocket.Chat's REST API, where a repeat never shows; the others through their webhooks.
REST = "info"
# The second peer tells every other group.
_AN_EPISODE = len(STEPS) * (GROUPS + GROUPS // 2)


@dataclass(slots=True)
class Post:
    """One notification of one peer, and how it was answered. `notification` is None until it was answered 2xx."""

    peer: str
    mark: str
    group: int
    rooms: tuple[str, ...]
    body: bytes
    notification: int | None = None
    troubles: list[str] = field(default_factory=list)


def name_of(group: int) -> str:
    """The group's alert name, which is part of no other's."""
    return f"Crash{group}x"


def episodes_for(notifications: int) -> int:
    """How many episodes make at least so many notifications."""
    return max(1, -(-notifications // _AN_EPISODE))


def tell(peer: str, groups: range, episodes: int) -> Iterator[Post | None]:
    """The share of one peer, in the order it happens; None where the second peer has nothing to say."""
    for episode in range(episodes):
        for step in STEPS:
            for group in groups:
                yield _post(peer, group, episode, step) if peer == "a" or group % 2 else None


def _post(peer: str, group: int, episode: int, step: str) -> Post:
    mark = f"Mark{group}x{episode}x{step}x"
    severities = (SEVERITIES[group % 3],) if group % 4 else ("critical", "warning")
    alerts = [_alert(peer, severity, group, episode, step, mark) for severity in severities]
    reason = "repeat interval elapsed" if step == "repeat" else ""
    told = payload(
        *alerts,
        group=f"group-{group}",
        externalURL=f"http://alertmanager-{peer}.example",
        notification_reason=reason,
    )
    return Post(peer, mark, group, tuple(ROOM_OF[severity] for severity in severities), json.dumps(told).encode())


def _alert(peer: str, severity: str, group: int, episode: int, step: str, mark: str) -> dict[str, Any]:
    told = alert(
        name_of(group),
        severity=severity,
        status="resolved" if step == "resolved" else "firing",
        starts_at=f"2026-11-{1 + episode // 24:02}T{episode % 24:02}:00:00Z",
        ends_at=f"2026-11-{1 + episode // 24:02}T{episode % 24:02}:30:00Z" if step == "resolved" else None,
    )
    told["annotations"]["summary"] = mark
    told["generatorURL"] = f"http://prometheus-{peer}.example/graph"
    return told


def insist(url: str, token: str, post: Post, deadline: float, dice: random.Random) -> None:
    """Post it as Alertmanager does: the same body again after a network error or 5xx, and after nothing else.

    Until 2xx or `deadline` (monotonic seconds). The waits are shorter than Alertmanager's.
    """
    wait = 0.1
    while time.monotonic() < deadline:
        try:
            answer = requests.post(
                url,
                data=post.body,
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
                timeout=(3, 10),
            )
            if answer.ok:
                post.notification = answer.json()["notification"]
                return
            post.troubles.append(str(answer.status_code))
            if answer.status_code < 500:
                return
        except requests.RequestException as error:
            post.troubles.append(type(error).__name__)
        time.sleep(wait * dice.uniform(0.8, 1.2))
        wait = min(wait * 1.5, 1.0)
