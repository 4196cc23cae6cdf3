"""Holding: what is owed to a broken or disabled target waits for a person, and flows again when somebody mended it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from deliveries import reasons
from deliveries.models import Delivery, Lane
from deliveries.outbox import allowance, notices, probing
from deliveries.reasons import Reason
from routing.models import Target

# What was held for long must still have time to be sent within the rate limit.
_LEFT_TO_LIVE = timedelta(hours=1)


def tend(now: datetime) -> set[int]:
    """Hold what is owed to targets that take nothing, and let go where somebody changed something. Safe to repeat.

    Returns the targets that have something due because of it.
    """
    return {target_id for target_id in _in_need().values_list("id", flat=True) if _tend(target_id, now)}


def _in_need() -> QuerySet[Target]:
    """Targets whose lanes do not stand as they should: asked every second, so that most of the time nothing is locked."""
    waiting = Delivery.objects.filter(target=OuterRef("pk"), state=Delivery.State.WAITING)
    since = Coalesce("lane__broken_at", "lane__suspect_since", "lane__opened_at")
    tried = Coalesce("lane__change_tried_at", since)
    switched = Q(enabled=False, lane__broken_at=None) | Q(enabled=True, lane__broken_reason=Reason.DISABLED_HERE.value)
    # Without a trouble `since` is unknown, and nothing is later than that.
    own = Q(changed_at__gt=since) & Q(changed_at__gt=tried)
    servers = Q(server__changed_at__gt=since) & Q(server__changed_at__gt=tried)
    changed = Q(enabled=True) & (own | servers)
    takes_nothing = Q(lane__broken_at__isnull=False) & Exists(waiting.exclude(kind=Delivery.Kind.TEST))
    return Target.objects.filter(switched | changed | takes_nothing).order_by("id")


@transaction.atomic
def _tend(target_id: int, now: datetime) -> bool:
    lanes = Lane.objects.select_related("target__server").filter(pk=target_id)
    lane = lanes.select_for_update(skip_locked=True, of=("self",)).first()
    if lane is None:
        allowance.make_lane(target_id)
    return lane is not None and _tend_lane(lane, now)


def _tend_lane(lane: Lane, now: datetime) -> bool:
    target = lane.target
    if target.enabled and lane.broken_reason == Reason.DISABLED_HERE:
        release(lane, now)
        lane.save()
        return True
    if not target.enabled and lane.broken_at is None:
        lane.broken_at, lane.broken_reason, lane.probe_at = now, Reason.DISABLED_HERE.value, None
        lane.save()
    if lane.broken_at is not None:
        _hold(lane)
    return _probe_if_changed(lane, now)


def release(lane: Lane, now: datetime) -> None:
    """The trouble of the lane's target is over: everything that is held or waits for it goes, in its order, and what was
    refused meanwhile may show itself in full. Does not save the lane."""
    owed = Delivery.objects.filter(target_id=lane.pk)
    held, waiting = owed.filter(state=Delivery.State.HELD), owed.filter(state=Delivery.State.WAITING)
    probing.withdraw(lane, now)
    waiting.filter(next_attempt_at__gt=now).update(next_attempt_at=now)
    held.update(
        state=Delivery.State.WAITING,
        next_attempt_at=now,
        expires_at=Greatest("expires_at", now + _LEFT_TO_LIVE),
    )
    waiting.filter(refused_after__isnull=False).update(plain=False)
    notices.works_again(lane, now)
    lane.broken_at, lane.broken_reason, lane.probe_at = None, "", None
    lane.failures, lane.opened_at, lane.suspect_since, lane.refusals = 0, None, None, 0


def _hold(lane: Lane) -> None:
    waiting = Delivery.objects.filter(target_id=lane.pk, state=Delivery.State.WAITING)
    waiting = waiting.exclude(kind=Delivery.Kind.TEST)
    reason, explanation = why(lane)
    waiting.update(state=Delivery.State.HELD, reason=reason, explanation=explanation)


def why(lane: Lane) -> tuple[str, str]:
    """Reason and explanation of what is held because of its target."""
    if lane.broken_reason == Reason.DISABLED_HERE:
        return (
            Reason.TARGET_DISABLED.value,
            f"The target {lane.target.name} is disabled. It is sent when somebody enables it.",
        )
    words = reasons.label(lane.broken_reason)
    return (
        Reason.TARGET_BROKEN.value,
        f"The target {lane.target.name} takes no messages: {words}. It is sent when that is mended.",
    )


def _probe_if_changed(lane: Lane, now: datetime) -> bool:
    """Somebody changed the target or its server since its trouble began: try whether that mended it."""
    since, server = lane.trouble_since, lane.target.server
    changed_at = max(lane.target.changed_at, server.changed_at) if server else lane.target.changed_at
    is_new = since is not None and changed_at > max(since, lane.change_tried_at or since)
    is_to_be_tried = is_new and lane.broken_reason != Reason.DISABLED_HERE
    if is_to_be_tried:
        lane.change_tried_at, lane.probe_at, lane.paused_until = changed_at, now, None
        lane.save(update_fields=["change_tried_at", "probe_at", "paused_until"])
    return is_to_be_tried
