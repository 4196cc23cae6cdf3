"""Stand-ins: what is owed to a target in lasting trouble is told to its fallback target too, with a note."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min, Q
from django.utils import timezone

from deliveries import reasons
from deliveries.models import Delivery, Lane
from deliveries.models.delivery import DeliveryQuerySet
from deliveries.outbox import heads, owing

_AT_ONCE = 200


def owe_to_stand_ins(now: datetime) -> set[int]:
    """Owe copies to the stand-ins of lanes in trouble for long enough. Returns the targets that got some.

    A copy is never copied again, so that two targets which name each other play no ping-pong with it.
    """
    lanes = (
        Lane.objects.filter(Q(broken_at__isnull=False) | Q(opened_at__isnull=False))
        .filter(target__enabled=True, target__fallback_target__enabled=True)
        .select_related("target__fallback_target")
    )
    return {told for lane in lanes if _is_long(lane, now) and (told := _copy(lane, now)) is not None}


def _is_long(lane: Lane, now: datetime) -> bool:
    since = lane.unhealthy_since
    return since is not None and now - since >= timedelta(seconds=lane.target.fallback_after)


@transaction.atomic
def _copy(lane: Lane, now: datetime) -> int | None:
    """Which target is told something by it."""
    stand_in = lane.target.fallback_target
    owed = _not_copied(lane).exclude(state=Delivery.State.SENDING).free()
    originals = _in_order(lane, list(owed.order_by("id")[:_AT_ONCE]))
    if not originals or stand_in is None:
        return None
    Delivery.objects.filter(pk__in=[original.pk for original in originals]).update(fell_back=True)
    owing.owe_copies([(original, stand_in) for original in originals], now, why=_WHY, note=_note(lane))
    return stand_in.pk


def _not_copied(lane: Lane) -> DeliveryQuerySet:
    """What tells of alerts, is open and was not told anywhere else. Of what repeats another one, a copy has a note."""
    owed = Delivery.objects.open().filter(target_id=lane.pk, fell_back=False, kind=Delivery.Kind.ALERT)
    return owed.filter(Q(resend_of=None) | Q(note=""))


def _in_order(lane: Lane, owed: list[Delivery]) -> list[Delivery]:
    """Those before which nothing of their conversation is left out, because it is being sent or somebody holds its row:
    copied later, it would come after them."""
    conversations: set[Any] = {one.conversation_id for one in owed}
    still_open = _not_copied(lane).filter(conversation_id__in=conversations).exclude(pk__in=[one.pk for one in owed])
    left: dict[Any, Any] = dict(still_open.order_by().values_list("conversation_id").annotate(Min("seq")))
    return [one for one in owed if heads.is_before(one, left)]


_WHY = "Told here too, because the target of {} takes no messages"


def _note(lane: Lane) -> str:
    since = timezone.localtime(lane.unhealthy_since)
    why = reasons.label(lane.broken_reason) if lane.broken_at else "it does not answer"
    return f"Meant for {lane.target.name}, which takes no messages since {since:%H:%M %Z}: {why}."
