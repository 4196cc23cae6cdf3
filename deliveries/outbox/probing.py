"""Probing: the one delivery that shows whether a target in trouble takes messages (docs/decisions/0020).

A message whose plain text was refused is no judge of its target: any other is, and if there is none, a line of AlertHub's
own. Runs inside a claim, under the lane's lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from deliveries.models import Delivery, Lane
from deliveries.outbox import heads, owing, probes
from deliveries.reasons import Reason

# To be told apart from what it takes the place of, should the room show both.
_SEVERITY = "warning"
_NAMED = 3


def take(lane: Lane, now: datetime) -> Delivery | None:
    """What shows it now, if anything does. Saves the lane if there is nothing to send yet."""
    waits_in = Delivery.State.WAITING if lane.broken_at is None else Delivery.State.HELD
    found = heads.of(lane.pk, now, waits_in)
    blameless = found.filter(refused_after=None).exclude(kind=Delivery.Kind.PROBE)
    # What was begun is brought to its end: it spreads the doubt over no other message.
    for some in (blameless.filter(plain=True), blameless.filter(attempt_count__gt=0), blameless):
        if (judge := some.first()) is not None:
            return judge
    if (line := found.filter(kind=Delivery.Kind.PROBE).first()) is not None:
        return line
    refused = [one.pk for one in found.filter(refused_after__isnull=False)[: _NAMED + 1]]
    if not refused or Delivery.objects.open().filter(target_id=lane.pk, kind=Delivery.Kind.PROBE).exists():
        return None
    # Most troubles are over in a moment, and then the message itself is told, not this line.
    first_at = (lane.suspect_since or now) + timedelta(seconds=probes.SOON[0])
    if first_at > now:
        lane.probe_at = first_at
        lane.save(update_fields=["probe_at"])
        return None
    return owing.owe([_line(lane, refused, now)])[0]


def again_at(lane: Lane, now: datetime, soonest: float = 0.0) -> datetime | None:
    """When a lane in trouble is probed next, in `soonest` seconds at least; None: it is not left alone."""
    if lane.broken_at is not None:
        return probes.next_at(lane.broken_at, now, probes.RARELY, soonest)
    moments = []
    if lane.suspect_since is not None and lane.refusals:
        moments.append(probes.next_at(lane.suspect_since, now, probes.RARELY, soonest))
    if lane.opened_at is not None:
        moments.append(probes.next_at(lane.opened_at, now, probes.EVERY, soonest))
    return min(moments, default=None)


def _line(lane: Lane, refused: Sequence[int], now: datetime) -> Delivery:
    """Without a word of the messages: whatever is refused in them must not be in it."""
    named = ", ".join(f"D-{number}" for number in refused[:_NAMED]) + (" and more" if len(refused) > _NAMED else "")
    one = len(refused) == 1
    note = (
        f"Rocket.Chat refused {named} for this room, even as plain text. This line shows whether it takes others; what "
        f"{'it tells' if one else 'they tell'} can be read in AlertHub."
    )
    return Delivery(
        kind=Delivery.Kind.PROBE,
        target=lane.target,
        target_name=lane.target.name,
        severity=_SEVERITY,
        title=f"Does {lane.target.name} take messages?",
        note=note,
        plain=True,
        **owing.due(now, ""),
    )


def withdraw(lane: Lane, now: datetime) -> None:
    """Another message got through first: the line has nothing to show."""
    lines = Delivery.objects.filter(target_id=lane.pk, kind=Delivery.Kind.PROBE)
    lines.filter(state__in=(Delivery.State.WAITING, Delivery.State.HELD)).update(
        state=Delivery.State.CANCELLED,
        reason=Reason.NOT_NEEDED.value,
        explanation="Another message showed that the target takes messages.",
        ended_at=now,
    )
