"""Stored notifications for the replay, the newest first, in slices that end after a moment: the person sees it move."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from django.core import signing

from deliveries import alertmanager
from deliveries.alertmanager import Malformed
from deliveries.foresight.impact.replay import Group, Replay
from deliveries.models import Notification
from routing.inputs.bounds import Bounds
from routing.rulebook import Book
from routing.rulebook.proposal import Proposal
from routing.rules.severity import severity_of

MOST = 10_000
"""Notifications that are replayed at most: the newest."""
HOURS = Bounds(1, 24 * 90)
"""How far back one may look."""
_AT_ONCE = 200
_SALT = "deliveries.impact"
_CARRIED_SECONDS = 3600


@dataclass(slots=True)
class Progress:
    """How far a replay is: whoever asked keeps it, sealed, from one slice to the next."""

    since: datetime
    total: int
    is_capped: bool
    done: int = 0
    alerts: int = 0
    before_id: int | None = None
    groups: list[Group] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        return self.done >= self.total

    def sealed(self) -> str:
        """To be given back with the same change; nothing in it can be altered."""
        packed = asdict(self) | {"since": self.since.isoformat()}
        return signing.dumps(packed, salt=_SALT, compress=True)

    @classmethod
    def opened(cls, text: str) -> Progress | None:
        """None for what is not ours, or older than an hour."""
        try:
            packed = signing.loads(text, salt=_SALT, max_age=_CARRIED_SECONDS)
            groups = [
                Group(
                    tuple(each["before"]), tuple(each["after"]), each["count"], [tuple(one) for one in each["examples"]]
                )
                for each in packed["groups"]
            ]
            return cls(**packed | {"since": datetime.fromisoformat(packed["since"]), "groups": groups})
        except (signing.BadSignature, KeyError, TypeError, ValueError):
            return None


def begin(now: datetime, hours: int) -> Progress:
    """Of everything that was routed in the last `hours`."""
    since = now - timedelta(hours=hours)
    found = Notification.objects.filter(received_at__gt=since, state=Notification.State.ROUTED)
    count = found.order_by("-id")[: MOST + 1].count()
    return Progress(since, min(count, MOST), count > MOST)


def after(seconds: float) -> Callable[[], bool]:
    """Whether that much time went by since this call."""
    until = time.monotonic() + seconds
    return lambda: time.monotonic() > until


def go_on(progress: Progress, proposal: Proposal, book: Book, is_time_over: Callable[[], bool]) -> Progress:
    """Replay on until the end, or until `is_time_over` after one of the small steps."""
    replay = Replay(proposal, progress.groups)
    while not progress.is_over:
        rows = Notification.objects.filter(received_at__gt=progress.since, state=Notification.State.ROUTED)
        if progress.before_id is not None:
            rows = rows.filter(pk__lt=progress.before_id)
        step = min(_AT_ONCE, progress.total - progress.done)
        bodies = list(rows.order_by("-id").values_list("id", "body", "content_type", "received_at", "source_id")[:step])
        if not bodies:
            progress.done = progress.total
            break
        for number, body, content_type, at, source_id in bodies:
            labels = book.severity_labels_of(source_id)
            progress.alerts += _add(replay, number, bytes(body), content_type, at, book, labels)
        progress.before_id, progress.done = bodies[-1][0], progress.done + len(bodies)
        if is_time_over():
            break
    progress.groups = replay.in_order()
    return progress


def _add(
    replay: Replay, number: int, body: bytes, content_type: str, at: datetime, book: Book, labels: Sequence[str]
) -> int:
    try:
        alerts = alertmanager.read(body, content_type).alerts
    except Malformed:
        return 0  # it was read by an older version
    for alert in alerts:
        replay.add(alert.labels, severity_of(alert.labels, book.severity_words, labels), at, number)
    return len(alerts)
