"""One alert told and looked at, at seconds after a beginning; and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from deliveries.accept import waking
from deliveries.accept.ingest import Accepted
from deliveries.models import Delivery, Occurrence
from routing.models import Source
from tests.factories import accept, alert, payload

WINDOW = 120


class Story:
    """Tellings and looks at seconds after the beginning."""

    def __init__(self, source: Source, now: datetime) -> None:
        self.source, self.now = source, now

    def at(self, seconds: float) -> datetime:
        return self.now + timedelta(seconds=seconds)

    def tell(self, seconds: float, *alerts: dict[str, Any], **fields: Any) -> Accepted:
        return accept(self.source, payload(*alerts, **fields), self.at(seconds))

    def firing(self, seconds: float, **fields: Any) -> Accepted:
        return self.tell(seconds, alert(), **fields)

    def resolved(self, seconds: float, **fields: Any) -> Accepted:
        return self.tell(seconds, alert(status="resolved"), **fields)

    def wake(self, seconds: float, **asked: Any) -> None:
        waking.wake(self.at(seconds), **asked)


def told() -> list[str]:
    """What the rooms were told, in order."""
    return list(Delivery.objects.order_by("id").values_list("status", flat=True))


def outcomes() -> list[str]:
    return list(Occurrence.objects.order_by("id").values_list("outcome", flat=True))


def paused(story: Story) -> Accepted:
    """Its sender paused, Alertmanager took it for resolved, and it burns on."""
    story.firing(0)
    story.resolved(125)
    return story.firing(175)
