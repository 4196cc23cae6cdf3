"""AlertHub's own lines to a room: what expired unsent, and that a target takes messages again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from deliveries.models import Delivery, Lane
from deliveries.outbox import owing
from routing.models import Target

# The line about what expired is worth something whenever the room is back.
_LINE_LIVES = timedelta(days=7)


def expired(target: Target, delivery_ids: Collection[int], now: datetime) -> None:
    """Tell the room, in one line however many there are, that these deliveries expired. They have ended already."""
    lines = Delivery.objects.open().filter(target=target, kind=Delivery.Kind.EXPIRY)
    line = lines.exclude(state=Delivery.State.SENDING).order_by("id").first()
    if line is None:
        line = owing.owe(
            [
                Delivery(
                    kind=Delivery.Kind.EXPIRY,
                    target=target,
                    target_name=target.name,
                    title="What expired unsent",
                    created_at=now,
                    next_attempt_at=now,
                    expires_at=now + _LINE_LIVES,
                )
            ]
        )[0]
    Delivery.objects.filter(pk__in=delivery_ids).update(carried_by=line)


def works_again(lane: Lane, now: datetime) -> None:
    """Tell the room that stood in for this lane's target that it no longer does."""
    stand_in = lane.target.fallback_target
    told = Delivery.objects.filter(target_id=lane.pk, fell_back=True, state=Delivery.State.WAITING)
    if stand_in is None or not told.exists():
        return
    text = f"{lane.target.name} takes messages again. What this room was told in its place is told there now too."
    owing.owe_notice(stand_in, text, "", now, title=f"{lane.target.name} takes messages again")
