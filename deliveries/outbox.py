"""The only writer of delivery state: owe, claim, record, release, recover.

The row is the truth. A claim is a lease: its token fences every later write, so a worker that was thought dead
cannot overwrite what happened since.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from deliveries import budget, outcomes, retry
from deliveries.models import Attempt, Conversation, Delivery, Lane, Notification, Occurrence
from deliveries.outcomes import Kind, Outcome
from deliveries.plan import Owed
from routing.models import Target

# Longer than the hard deadline of a call (at most 30 s) with margin, so a living worker never loses its lease.
LEASE = timedelta(seconds=settings.DELIVERY_LEASE_SECONDS)
# Recording what came of a call must be over before the lease is.
LEASE_MARGIN = timedelta(seconds=5)
_CLAIMED_WITHIN = timedelta(seconds=1)
# A lane that just failed is tried with one message, a good one with more each time.
_BATCH_MOST = 32
# Batches of one target under way at once, over all workers: one that died must not stop the lane until its lease ends.
_BATCHES_AT_ONCE = 2


def for_alerts(
    message: Owed, notification: Notification, conversation: Conversation, target_name: str, now: datetime
) -> Delivery:
    """The unsaved delivery of one planned message; takes its place in the conversation, whose row must be locked."""
    conversation.last_seq += 1
    return Delivery(
        notification=notification,
        conversation=conversation,
        seq=conversation.last_seq,
        target_id=message.target_id,
        target_name=target_name,
        rule_id=message.rule_id,
        rule_name=message.rule_name,
        status=message.status,
        severity=message.severity[:50],
        title=message.title,
        positions=message.positions,
        **_due(now),
    )


def _due(now: datetime) -> dict[str, datetime]:
    expires_at = now + timedelta(seconds=settings.GIVE_UP_AFTER_SECONDS)
    return {"created_at": now, "next_attempt_at": now, "expires_at": expires_at}


def owe(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The one way to owe a message."""
    return Delivery.objects.bulk_create(deliveries)


def owe_test(target: Target, asked_by: str, now: datetime) -> Delivery:
    """A test message. It belongs to no conversation, so it waits for no other."""
    test = Delivery(
        kind=Delivery.Kind.TEST,
        target=target,
        target_name=target.name,
        title="Test message",
        asked_by=asked_by,
        **_due(now),
    )
    return owe([test])[0]


def owe_again(delivery: Delivery, asked_by: str, now: datetime, target: Target | None = None) -> Delivery:
    """A new delivery with what `delivery` carried, at the end of its conversation, to its target or another one.

    Raises ValueError when there is no target left to send to.
    """
    target = target or delivery.target
    if target is None:
        raise ValueError(f"The target {delivery.target_name} was deleted: name another one to send this to.")
    with transaction.atomic():
        seq = None
        if delivery.conversation_id is not None:
            conversation = Conversation.objects.select_for_update().get(pk=delivery.conversation_id)
            conversation.last_seq += 1
            conversation.save(update_fields=["last_seq"])
            seq = conversation.last_seq
        again = Delivery(
            kind=delivery.kind,
            notification_id=delivery.notification_id,
            conversation_id=delivery.conversation_id,
            seq=seq,
            target=target,
            target_name=target.name,
            rule_id=delivery.rule_id,
            rule_name=delivery.rule_name,
            status=delivery.status,
            severity=delivery.severity,
            title=delivery.title,
            positions=delivery.positions,
            resend_of=delivery,
            asked_by=asked_by,
            **_due(now),
        )
        owe([again])
        occurrences = list(delivery.occurrences.all())
        for occurrence in occurrences:
            occurrence.pk, occurrence.delivery = None, again
            occurrence.why = f"Sent again by {asked_by}, as {delivery} was: {occurrence.why}"
        Occurrence.objects.bulk_create(occurrences)
    return again


@dataclass(slots=True)
class Claim:
    """Deliveries this worker may send until `lease_until`, in order, each with its attempt already written."""

    target: Target
    token: uuid.UUID
    claimed_at: datetime
    lease_until: datetime
    pairs: list[tuple[Delivery, Attempt]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one claimed delivery."""

    delivery: Delivery
    attempt: Attempt
    outcome: Outcome
    sent: str


def due_targets(now: datetime) -> list[int]:
    """Targets with something due whose lane is not paused, the longest waiting first."""
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
        if not lane.target.enabled or _batches_under_way(target_id, now) >= _BATCHES_AT_ONCE:
            return None
        limit, period = lane.target.rate_limit_calls, lane.target.rate_limit_seconds
        allowed = budget.free(lane.calls, limit, period, now.timestamp())
        if allowed == 0:
            lane.paused_until = budget.free_at(lane.calls, limit, period, now.timestamp())
            lane.save(update_fields=["paused_until"])
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


def record(claim: Claim, results: Sequence[Result], *, now: datetime, draw: Callable[[], float]) -> None:
    """Write what came of a claim, in bulk; what it held beyond `results` goes back to waiting, unsent."""
    done = {result.delivery.pk for result in results}
    unsent = [pair for pair in claim.pairs if pair[0].pk not in done]
    with transaction.atomic():
        mine = _still_mine(claim)
        _conclude(results, unsent)
        delivered = [result.delivery.pk for result in results if result.outcome.kind is Kind.DELIVERED]
        if delivered:
            mine.filter(pk__in=delivered).update(
                state=Delivery.State.DELIVERED, tries=F("tries") + 1, reason="", explanation="", ended_at=now, **_NO_LEASE
            )
        if unsent:
            mine.filter(pk__in=[delivery.pk for delivery, _ in unsent]).update(state=Delivery.State.WAITING, **_NO_LEASE)
        for result in results:
            if result.outcome.kind is not Kind.DELIVERED:
                _record_failure(mine, result, now, draw)
        _tell_lane(claim, results, now)


def _still_mine(claim: Claim) -> QuerySet[Delivery]:
    """The claimed deliveries that nobody took back meanwhile, locked."""
    ids = [delivery.pk for delivery, _ in claim.pairs]
    leased = Delivery.objects.filter(lease_token=claim.token, state=Delivery.State.SENDING)
    kept = list(leased.filter(pk__in=ids).select_for_update().values_list("pk", flat=True))
    return Delivery.objects.filter(pk__in=kept)


_NO_LEASE = {"lease_token": None, "lease_until": None}
_CONCLUSION = ("started_at", "duration_ms", "outcome", "reason", "status_code", "answer", "error", "sent", "message_id")


def _conclude(results: Sequence[Result], unsent: list[tuple[Delivery, Attempt]]) -> None:
    for result in results:
        attempt, outcome = result.attempt, result.outcome
        attempt.started_at, attempt.duration_ms = outcome.started_at, round(outcome.duration * 1000)
        attempt.outcome, attempt.reason = outcome.kind.value, outcome.reason.value if outcome.reason else ""
        attempt.status_code, attempt.answer, attempt.error = outcome.status, outcome.answer, outcome.error
        attempt.sent, attempt.message_id = result.sent, outcome.message_id[:60]
    for _, attempt in unsent:
        attempt.outcome, attempt.reason = Kind.NOT_SENT.value, outcomes.Reason.PUT_BACK.value
    Attempt.objects.conclude([*(result.attempt for result in results), *(attempt for _, attempt in unsent)], _CONCLUSION)


def _record_failure(mine: QuerySet[Delivery], result: Result, now: datetime, draw: Callable[[], float]) -> None:
    delivery, outcome = result.delivery, result.outcome
    verdict = retry.after(
        outcome, tries=delivery.tries, now=now, expires_at=delivery.expires_at, was_plain=delivery.plain, draw=draw
    )
    reason = outcome.reason.value if outcome.reason else ""
    fields = {"reason": reason, "explanation": outcome.error, **_NO_LEASE}
    if outcome.kind is Kind.UNKNOWN:
        fields["unknown_count"] = F("unknown_count") + 1
    match verdict:
        case retry.Retry(at=at, counts=counts, plain=plain):
            fields |= {"state": Delivery.State.WAITING, "next_attempt_at": at, "plain": plain}
            fields |= {"tries": F("tries") + 1} if counts else {}
        case retry.Reject():
            fields |= {"state": Delivery.State.REJECTED, "ended_at": now, "tries": F("tries") + 1}
        case retry.Expire():
            fields |= {"state": Delivery.State.EXPIRED, "ended_at": now, "tries": F("tries") + 1}
    mine.filter(pk=delivery.pk).update(**fields)


def _tell_lane(claim: Claim, results: Sequence[Result], now: datetime) -> None:
    lane = Lane.objects.select_for_update().filter(pk=claim.target.pk).first()
    if lane is None:
        return  # the target was deleted meanwhile
    for result in results:
        outcome = result.outcome
        if outcome.kind is Kind.DELIVERED:
            lane.streak, lane.failures, lane.last_delivered_at = lane.streak + 1, 0, now
            continue
        lane.streak, lane.last_error, lane.last_error_at = 0, outcome.error, now
        if outcome.reason is outcomes.Reason.RATE_LIMITED:
            lane.paused_until = now + timedelta(seconds=outcome.retry_after or outcomes.DEFAULT_WAIT)
        elif not outcomes.is_about_message(outcome):
            lane.failures += 1
            lane.paused_until = retry.lane_pause(lane.failures, now) or lane.paused_until
    if claim.target.rate_limit_calls:
        # What was reserved counts from when it was really sent; what was not sent is given back.
        ended = [result.outcome.started_at.timestamp() + result.outcome.duration for result in results]
        lane.calls = budget.settle(lane.calls, claim.claimed_at.timestamp(), ended)
    lane.save()


def recover(now: datetime, limit: int = 200) -> int:
    """Take back deliveries whose lease ran out: nobody knows whether they were sent. Returns how many."""
    lost = Delivery.objects.filter(state=Delivery.State.SENDING, lease_until__lte=now)
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            lost = lost.select_for_update(skip_locked=True)
        deliveries = list(lost.order_by("lease_until")[:limit])
        ids = [delivery.pk for delivery in deliveries]
        open_attempts = list(Attempt.objects.filter(delivery_id__in=ids, outcome=""))
        reason = outcomes.Reason.LEASE_EXPIRED
        for attempt in open_attempts:
            attempt.outcome, attempt.reason, attempt.error = Kind.UNKNOWN.value, reason.value, reason.advice
        Attempt.objects.conclude(open_attempts, ["outcome", "reason", "error"])
        back = {
            "unknown_count": F("unknown_count") + 1,
            "tries": F("tries") + 1,
            "reason": reason.value,
            "explanation": reason.advice,
            **_NO_LEASE,
        }
        mine = Delivery.objects.filter(pk__in=ids)
        mine.filter(expires_at__gt=now).update(state=Delivery.State.WAITING, next_attempt_at=now, **back)
        mine.filter(expires_at__lte=now).update(state=Delivery.State.EXPIRED, ended_at=now, **back)
    return len(ids)


def close_orphans(now: datetime) -> int:
    """End what is owed to targets that were deleted, with that reason. Returns how many."""
    orphans = Delivery.objects.filter(Q(target=None), state__in=(Delivery.State.WAITING, Delivery.State.HELD))
    return orphans.update(
        state=Delivery.State.CANCELLED,
        reason="target_deleted",
        explanation="Its target was deleted before this could be sent. Send it again to another target if it matters.",
        ended_at=now,
    )
