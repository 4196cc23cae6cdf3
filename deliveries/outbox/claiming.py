"""Claiming: a worker leases the due heads of a target's conversations, as many as its budget allows.

What more than the budget is owed is merged first: see `merging`. A target in trouble is claimed for one delivery at a
time, which shows whether it is over: see `probing`.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from deliveries.models import Attempt, Delivery, Lane
from deliveries.outbox import allowance, heads, merging, probing
from deliveries.outbox.allowance import Allowance
from deliveries.outbox.values import Claim
from deliveries.reasons import Reason
from deliveries.rocketchat import message_ids
from routing.models import Target

# Longer than the hard deadline of a call (at most 30 s) with margin, so a living worker never loses its lease.
LEASE = timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
# Results are written at least this often, so that a crash leaves few outcomes unknown.
RECORD_AFTER = timedelta(seconds=2)
# Recording what came of a call must be over before the lease is.
LEASE_MARGIN = timedelta(seconds=5)
_CLAIMED_WITHIN = timedelta(seconds=1)
# A lane that just failed is tried with one message, a good one with more each time.
_BATCH_MOST = 64
# Batches of one target under way at once, over all workers: one that died must not stop the lane until its lease ends.
_BATCHES_AT_ONCE = 2


def due_targets(now: datetime) -> dict[int, bool]:
    """Enabled targets with something to send now, or to be probed now, whose lane is not paused; True for those in trouble."""
    waiting = (
        Delivery.objects.due(now)
        .filter(target__enabled=True, target__lane__broken_at=None)
        .exclude(target__lane__paused_until__gt=now)
        .exclude(target__lane__probe_at__gt=now)
        .order_by()
        .values_list("target_id", "target__lane__failures")
        .distinct()
    )
    due: dict[Any, bool] = {target_id: bool(failures) for target_id, failures in waiting}
    broken = Lane.objects.filter(broken_at__isnull=False, probe_at__lte=now, target__enabled=True)
    return due | dict.fromkeys(broken.values_list("pk", flat=True), True)


def claim(
    target_id: int, *, now: datetime, worker: str, only: int | None = None, healthy_only: bool = False
) -> Claim | None:
    """Lease the due heads of a target's conversations, at most as many as its budget allows; None if there is nothing.

    `only` names one delivery that a person waits for: the lane's trouble does not keep it back. `healthy_only` leaves
    lanes in trouble to others. Every attempt is written in the same transaction, before any byte is sent.
    """
    with transaction.atomic():
        lane = _lock_lane(target_id)
        if lane is None or not _may_be_tried(lane, now, only, healthy_only):
            return None
        if _batches_under_way(target_id, now) >= _batches_at_once(lane, only):
            return None
        allowed = allowance.of(lane, now)
        if allowed.free == 0:
            allowed.wait(now)
            return None
        taken = _taken(lane, allowed, now, only)
        if not taken:
            return None
        if lane.probe_at is not None and only is None:
            # Should this worker vanish: the next probe is nobody's at once.
            lane.probe_at = probing.again_at(lane, now)
            lane.save(update_fields=["probe_at"])
        return _lease(lane, allowed, taken, now, worker)


def _lock_lane(target_id: int) -> Lane | None:
    lanes = Lane.objects.select_for_update(of=("self",)).select_related("target__server").filter(pk=target_id)
    lane = lanes.first()
    if lane is None:
        allowance.make_lane(target_id)
        lane = lanes.first()
    return lane


def _may_be_tried(lane: Lane, now: datetime, only: int | None, healthy_only: bool) -> bool:
    is_left_to_others = healthy_only and (lane.failures or lane.broken_at)
    is_asked_for = only is not None and lane.trouble_since is not None
    is_open = not lane.waits_for_change and (lane.opens_at is None or lane.opens_at <= now)
    return lane.target.enabled and not is_left_to_others and (is_asked_for or is_open)


def _batches_at_once(lane: Lane, only: int | None) -> int:
    target = lane.target
    longest = (RECORD_AFTER + longest_call(target)).total_seconds()
    # Its calls are counted from the claim until they are recorded: by then a short period would be over.
    outlasts_period = target.rate_limit_calls and target.rate_limit_seconds <= longest
    is_probed = only is None and lane.suspect_since is not None
    return 1 if outlasts_period or is_probed else _BATCHES_AT_ONCE


def _batches_under_way(target_id: int, now: datetime) -> int:
    sending = Delivery.objects.filter(target_id=target_id, state=Delivery.State.SENDING, lease_until__gt=now)
    return sending.order_by().values("lease_token").distinct().count()


def _taken(lane: Lane, allowed: Allowance, now: datetime, only: int | None) -> list[Delivery] | None:
    """What is sent now, if anything is: the probe of a target in trouble, the digests of a storm, or the heads in turn."""
    if only is not None:
        return list(heads.of(lane.pk, now).filter(pk=only))
    if lane.broken_at is not None or lane.suspect_since is not None:
        with heads.index_order():
            judge = probing.take(lane, now)
        return [judge] if judge is not None else []
    if lane.failures == 0 and merging.is_wanted(lane, now):
        if merging.is_storm(lane, allowed, now):
            digests = merging.merge(lane, allowed, now)
            if digests is not None:
                return digests
        elif (until := allowed.held_back_until(now)) is not None and merging.is_fresh(lane, now):
            allowed.pause(until)
            return None
    most = min(1 if lane.failures else 2 * lane.streak + 4, _BATCH_MOST, allowed.at_once())
    with heads.index_order():
        fresh = list(heads.of(lane.pk, now).filter(attempt_count=0)[:most])
        some = most - len(fresh)
        tried = list(heads.of(lane.pk, now).filter(attempt_count__gt=0)[:some]) if some else []
    return merging.with_their_resolved(lane.target, _apart(fresh + tried), now)


def _apart(due: list[Delivery]) -> list[Delivery]:
    """A message whose workers vanished more than once may be why: it goes alone, so that it takes no other with it."""
    suspects = [one for one in due if one.reason == Reason.LEASE_EXPIRED.value and one.unknown_count > 1]
    return [one for one in due if one not in suspects] or suspects[:1]


def _lease(lane: Lane, allowed: Allowance, taken: list[Delivery], now: datetime, worker: str) -> Claim:
    token, until = uuid.uuid4(), now + _lease_for(lane.target)
    _give_ids([delivery for delivery in taken if not delivery.message_id])
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in taken]).update(
        state=Delivery.State.SENDING, lease_token=token, lease_until=until, attempt_count=F("attempt_count") + 1
    )
    for delivery in taken:
        delivery.state, delivery.lease_token, delivery.lease_until = Delivery.State.SENDING, token, until
        delivery.attempt_count += 1
    attempts = Attempt.objects.bulk_create(
        Attempt(
            delivery=delivery,
            number=delivery.attempt_count,
            worker=worker,
            started_at=now,
            sent_to=lane.target.masked_url,
        )
        for delivery in taken
    )
    allowed.reserve(len(taken), now)
    room_id = lane.room_id if lane.room_of == allowance.room_key(lane.target) else ""
    return Claim(lane.target, token, now, until, [(attempt.delivery, attempt) for attempt in attempts], room_id)


def _give_ids(taken: list[Delivery]) -> None:
    """A process of an older version owed these without one; what it tried already may be in the room under another."""
    for delivery in taken:
        delivery.message_id, delivery.in_doubt = message_ids.new(), delivery.in_doubt or delivery.unknown_count > 0
    Delivery.objects.bulk_update(taken, ["message_id", "in_doubt"])


def _lease_for(target: Target) -> timedelta:
    # Whatever is set: a lease in which no call fits would be claimed and put back for ever.
    return max(LEASE, longest_call(target) + LEASE_MARGIN + _CLAIMED_WITHIN)


def longest_call(target: Target) -> timedelta:
    """A message through the REST API may need its room looked up first: two calls, each with its own deadline."""
    return timedelta(seconds=target.timeout) * (2 if target.is_rest else 1)
