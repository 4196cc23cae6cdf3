"""Recovery: leases that ran out and targets that were deleted leave nothing behind in an open state."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q

from deliveries.models import Attempt, Delivery, Lane, ServerLane
from deliveries.outbox import allowance, carrying, retry
from deliveries.outbox.allowance import Allowance
from deliveries.outbox.claiming import LEASE, RECORD_AFTER, longest_call
from deliveries.outbox.values import NO_LEASE
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending

_LONGEST_WAIT = timedelta(seconds=retry.SCHEDULE[-1] * (1 + retry.JITTER) + 60)
_REASON = Reason.LEASE_EXPIRED
_POISON = (
    "Every worker that sent this message vanished while it did, so nobody sends it any more. Look for killed workers at "
    "the times of its attempts, then send it again or give it up."
)


def recover(now: datetime, draw: Callable[[], float] = random.random, limit: int = 200) -> int:
    """Take back deliveries whose lease ran out: nobody knows whether they were sent. Returns how many.

    The first time it is tried again at once; a message whose workers vanish again and again goes out ever more rarely,
    then as plain text, and ends as rejected, so that what waits behind it goes on.
    """
    lost = Delivery.objects.filter(state=Delivery.State.SENDING, lease_until__lte=now)
    with transaction.atomic():
        deliveries = list(lost.free().order_by("lease_until")[:limit])
        if not deliveries:
            return 0
        ids = [delivery.pk for delivery in deliveries]
        open_attempts = list(Attempt.objects.filter(delivery_id__in=ids, outcome=""))
        for attempt in open_attempts:
            attempt.outcome, attempt.reason, attempt.error = Ending.UNKNOWN.value, _REASON.value, _REASON.advice
        Attempt.objects.conclude(open_attempts, ["outcome", "reason", "error"])
        Delivery.objects.filter(pk__in=ids, target__server=None).update(in_doubt=True)
        _correct_calls(deliveries, open_attempts)
        vanished = _vanished(ids)
        alike: dict[int, list[Delivery]] = defaultdict(list)
        for delivery in deliveries:
            alike[vanished.get(delivery.pk, 1)].append(delivery)
        for times, some in alike.items():
            _take_back(some, times, now, draw)
    return len(ids)


def unfreeze(now: datetime) -> int:
    """Undo what a clock that was set back left waiting for a time far ahead. Returns how many rows it freed.

    No wait of ours, nor until a probe, is longer than a quarter of an hour with its jitter, and no lease longer than its
    own length.
    """
    far = now + _LONGEST_WAIT
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, next_attempt_at__gt=far)
    lanes = Lane.objects.filter(paused_until__gt=far)
    probed = Lane.objects.filter(probe_at__gt=far)
    servers = ServerLane.objects.filter(paused_until__gt=far)
    leased = Delivery.objects.filter(state=Delivery.State.SENDING, lease_until__gt=far + LEASE)
    freed = waiting.update(next_attempt_at=now) + lanes.update(paused_until=None) + servers.update(paused_until=None)
    return freed + probed.update(probe_at=now) + leased.update(lease_until=now)


def _vanished(ids: list[int]) -> dict[int, int]:
    """delivery -> how many workers vanished while sending it."""
    lost = Attempt.objects.filter(delivery_id__in=ids, reason=_REASON.value).order_by()
    return dict(lost.values_list("delivery_id").annotate(Count("id")))


def _correct_calls(deliveries: list[Delivery], attempts: list[Attempt]) -> None:
    """What dead workers had reserved counts from the latest moment at which they may have called."""
    targets = {delivery.pk: delivery.target_id for delivery in deliveries}
    # That of a target which was deleted has no lane, and is nobody's.
    reserved: dict[Any, Counter[datetime]] = defaultdict(Counter)
    for attempt in attempts:
        reserved[targets[attempt.delivery_id]][attempt.started_at] += 1
    lanes = Lane.objects.select_for_update(of=("self",)).select_related("target__server")
    for lane in lanes.filter(pk__in=reserved).order_by("pk"):
        latest = RECORD_AFTER + longest_call(lane.target)
        allowed = Allowance(lane, allowance.purses_of(lane), None)
        for claimed_at, count in reserved[lane.pk].items():
            allowed.correct(claimed_at, count, [(claimed_at + latest).timestamp()] * count)
        lane.save(update_fields=["calls"])


def _take_back(some: list[Delivery], times: int, now: datetime, draw: Callable[[], float]) -> None:
    mine = Delivery.objects.filter(pk__in=[delivery.pk for delivery in some])
    back: dict[str, Any] = {
        "unknown_count": F("unknown_count") + 1,
        "tries": F("tries") + 1,
        "reason": _REASON.value,
        "explanation": _REASON.advice,
        **NO_LEASE,
    }
    if times >= retry.POISON_AFTER:
        ended = {
            "state": Delivery.State.REJECTED,
            "reason": Reason.POISON.value,
            "explanation": _POISON,
            "ended_at": now,
        }
        mine.update(**back | ended)
        digests = [one for one in some if one.kind == Delivery.Kind.DIGEST]
        carrying.undo({one.pk for one in digests}, now, {one.target_id for one in digests})
        return
    wait = timedelta(seconds=retry.delay(times - 1, slow=False, draw=draw)) if times > 1 else timedelta(0)
    if times >= retry.PLAIN_AFTER:
        back["plain"] = True
    # What is past its age expires like everything else that waits, and its room is told.
    mine.update(state=Delivery.State.WAITING, next_attempt_at=now + wait, **back)


def close_orphans(now: datetime) -> int:
    """End what is owed to targets that were deleted, with that reason. Returns how many."""
    orphans = Delivery.objects.filter(Q(target=None), state__in=(Delivery.State.WAITING, Delivery.State.HELD))
    with transaction.atomic():
        digests = set(orphans.filter(kind=Delivery.Kind.DIGEST).values_list("pk", flat=True))
        carrying.undo(digests, now)
        return orphans.update(
            state=Delivery.State.CANCELLED,
            reason=Reason.TARGET_DELETED.value,
            explanation="Its target was deleted before this could be sent. Send it again to another target if it matters.",
            ended_at=now,
        )
