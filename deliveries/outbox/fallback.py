"""Falling back: what is owed to a target in lasting trouble is told to its fallback target too, with a note."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min, Q
from django.utils import timezone

from deliveries import reasons
from deliveries.models import Delivery, Lane
from deliveries.outbox import owing

_AT_ONCE = 200


def fall_back(now: datetime) -> set[int]:
    """Owe copies to the fallback targets of lanes in trouble for long enough. Returns the targets that got some.

    A copy never falls back again, so that two targets which name each other play no ping-pong with it.
    """
    lanes = (
        Lane.objects.filter(Q(broken_at__isnull=False) | Q(opened_at__isnull=False))
        .filter(target__enabled=True, target__fallback_target__enabled=True)
        .select_related("target__fallback_target")
    )
    fell_back = [lane for lane in lanes if _is_long(lane, now) and _copy(lane, now)]
    return {lane.target.fallback_target_id for lane in fell_back if lane.target.fallback_target_id is not None}


def _is_long(lane: Lane, now: datetime) -> bool:
    since = lane.unhealthy_since
    return since is not None and now - since >= timedelta(seconds=lane.target.fallback_after)


@transaction.atomic
def _copy(lane: Lane, now: datetime) -> bool:
    stand_in = lane.target.fallback_target
    owed = Delivery.objects.filter(
        target_id=lane.pk, ended_at=None, fell_back=False, kind=Delivery.Kind.ALERT, note=""
    ).exclude(state=Delivery.State.SENDING)
    if connection.features.has_select_for_update_skip_locked:
        owed = owed.select_for_update(skip_locked=True, of=("self",))
    originals = _in_order(lane, list(owed.order_by("id")[:_AT_ONCE]))
    if not originals or stand_in is None:
        return False
    Delivery.objects.filter(pk__in=[original.pk for original in originals]).update(fell_back=True)
    owing.owe_copies([(original, stand_in) for original in originals], now, why=_WHY, note=_note(lane))
    return True


def _in_order(lane: Lane, owed: list[Delivery]) -> list[Delivery]:
    """Those before which nothing of their conversation is left out, because it is being sent or somebody holds its row:
    copied later, it would come after them."""
    still_open = Delivery.objects.filter(
        target_id=lane.pk,
        ended_at=None,
        fell_back=False,
        kind=Delivery.Kind.ALERT,
        note="",
        conversation_id__in={one.conversation_id for one in owed if one.conversation_id is not None},
    ).exclude(pk__in=[one.pk for one in owed])
    left: dict[Any, Any] = dict(still_open.order_by().values_list("conversation_id").annotate(Min("seq")))
    return [one for one in owed if one.seq is None or one.seq < left.get(one.conversation_id, one.seq + 1)]


_WHY = "Told here too, because the target of {} takes no messages"


def _note(lane: Lane) -> str:
    since = timezone.localtime(lane.unhealthy_since)
    why = reasons.label(lane.broken_reason) if lane.broken_at else "it does not answer"
    return f"Meant for {lane.target.name}, which takes no messages since {since:%H:%M %Z}: {why}."
