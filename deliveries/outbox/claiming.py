"""Claiming: a worker leases the due heads of a target's conversations, as many as its budget allows."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from deliveries import budget
from deliveries.models import Attempt, Delivery, Lane
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


@dataclass(slots=True)
class Claim:
    """Deliveries this worker may send until `lease_until`, in order, each with its attempt already written."""

    target: Target
    token: uuid.UUID
    claimed_at: datetime
    lease_until: datetime
    pairs: list[tuple[Delivery, Attempt]] = field(default_factory=list)


def due_targets(now: datetime) -> list[int]:
    """Enabled targets with something due whose lane is not paused."""
    waiting = (
        Delivery.objects.filter(state=Delivery.State.WAITING, next_attempt_at__lte=now, target__enabled=True)
        .exclude(target__lane__paused_until__gt=now)
        .order_by()
        .values_list("target_id", flat=True)
        .distinct()
    )
    return list(waiting)


def claim(target_id: int, *, now: datetime, worker: str, only: int | None = None) -> Claim | None:
    """Lease the due heads of a target's conversations, at most as many as its budget allows; None if there is nothing.

    `only` names one delivery to claim. Every attempt is written in the same transaction, before any byte is sent.
    """
    with transaction.atomic():
        lane = _lock_lane(target_id)
        if lane is None or (lane.paused_until and lane.paused_until > now):
            return None
        if not lane.target.enabled or _batches_under_way(target_id, now) >= _batches_at_once(lane.target):
            return None
        limit, period = lane.target.rate_limit_calls, lane.target.rate_limit_seconds
        allowed = budget.free(lane.calls, limit, period, now.timestamp())
        if allowed == 0:
            lane.paused_until = budget.free_at(lane.calls, limit, period, now.timestamp())
            # Calls that a clock set back has moved into the future count from now, once.
            lane.calls = budget.reserve(lane.calls, 0, period, now.timestamp())
            lane.save(update_fields=["paused_until", "calls"])
            return None
        most = min(1 if lane.failures else 2 * lane.streak + 4, _BATCH_MOST, allowed or _BATCH_MOST)
        taken = list(_heads(target_id, now, only)[:most])
        if not taken:
            return None
        return _lease(lane, taken, now, worker)


def _lock_lane(target_id: int) -> Lane | None:
    lanes = Lane.objects.select_for_update(of=("self",)).select_related("target").filter(pk=target_id)
    lane = lanes.first()
    if lane is None and Target.objects.filter(pk=target_id).exists():
        Lane.objects.bulk_create([Lane(target_id=target_id)], ignore_conflicts=True)
        lane = lanes.first()
    return lane


def _batches_at_once(target: Target) -> int:
    longest = RECORD_AFTER.total_seconds() + target.timeout
    # Its calls are counted from the claim until they are recorded: by then a short period would be over.
    outlasts_period = target.rate_limit_calls and target.rate_limit_seconds <= longest
    return 1 if outlasts_period else _BATCHES_AT_ONCE


def _batches_under_way(target_id: int, now: datetime) -> int:
    sending = Delivery.objects.filter(target_id=target_id, state=Delivery.State.SENDING, lease_until__gt=now)
    return sending.order_by().values("lease_token").distinct().count()


def _heads(target_id: int, now: datetime, only: int | None) -> QuerySet[Delivery]:
    """Due deliveries that are the first open one of their conversation, the longest due first."""
    # A scalar subquery and not an anti-join: one look into the index for each row, whatever the planner believes.
    first_open = (
        Delivery.objects.filter(
            conversation_id=OuterRef("conversation_id"), target_id=OuterRef("target_id"), state__in=Delivery.OPEN
        )
        .order_by("seq")
        .values("seq")[:1]
    )
    heads = Delivery.objects.filter(
        Q(conversation=None) | Q(seq=Subquery(first_open)),
        target_id=target_id,
        state=Delivery.State.WAITING,
        next_attempt_at__lte=now,
    )
    if only is not None:
        heads = heads.filter(pk=only)
    if connection.features.has_select_for_update_skip_locked:
        heads = heads.select_for_update(skip_locked=True, of=("self",))
    return heads.select_related("notification").order_by("next_attempt_at", "id")


def _lease(lane: Lane, taken: list[Delivery], now: datetime, worker: str) -> Claim:
    token, until = uuid.uuid4(), now + _lease_for(lane.target)
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in taken], state=Delivery.State.WAITING).update(
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
            lease_token=token,
            started_at=now,
            sent_to=lane.target.masked_url,
        )
        for delivery in taken
    )
    if lane.target.rate_limit_calls:
        lane.calls = budget.reserve(lane.calls, len(taken), lane.target.rate_limit_seconds, now.timestamp())
        lane.save(update_fields=["calls"])
    return Claim(lane.target, token, now, until, list(zip(taken, attempts, strict=True)))


def _lease_for(target: Target) -> timedelta:
    # Whatever is set: a lease in which no call fits would be claimed and put back for ever.
    return max(LEASE, timedelta(seconds=target.timeout) + LEASE_MARGIN + _CLAIMED_WITHIN)
