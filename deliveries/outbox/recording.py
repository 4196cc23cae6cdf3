"""Recording: what came of a claim is written in bulk, fenced by its token, and the lane is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from deliveries import budget, outcomes, retry
from deliveries.models import Attempt, Delivery, Lane
from deliveries.outbox.claiming import Claim
from deliveries.outcomes import Kind, Outcome


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one claimed delivery."""

    delivery: Delivery
    attempt: Attempt
    outcome: Outcome
    sent: str


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
                state=Delivery.State.DELIVERED,
                tries=F("tries") + 1,
                reason="",
                explanation="",
                ended_at=now,
                **NO_LEASE,
            )
        if unsent:
            mine.filter(pk__in=[delivery.pk for delivery, _ in unsent]).update(state=Delivery.State.WAITING, **NO_LEASE)
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


NO_LEASE: dict[str, Any] = {"lease_token": None, "lease_until": None}
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
    Attempt.objects.conclude(
        [*(result.attempt for result in results), *(attempt for _, attempt in unsent)], _CONCLUSION
    )


def _record_failure(mine: QuerySet[Delivery], result: Result, now: datetime, draw: Callable[[], float]) -> None:
    delivery, outcome = result.delivery, result.outcome
    verdict = retry.after(
        outcome, tries=delivery.tries, now=now, expires_at=delivery.expires_at, was_plain=delivery.plain, draw=draw
    )
    if delivery.kind == Delivery.Kind.TEST and outcome.reason is not outcomes.Reason.RATE_LIMITED:
        # Somebody watches it now; arriving hours later it would only puzzle the room.
        verdict = retry.Reject()
    reason = outcome.reason.value if outcome.reason else ""
    fields: dict[str, Any] = {"reason": reason, "explanation": outcome.error, **NO_LEASE}
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
            _pause(lane, now + timedelta(seconds=outcome.retry_after or outcomes.DEFAULT_WAIT))
        elif not outcomes.is_about_message(outcome):
            lane.failures += 1
            _pause(lane, retry.lane_pause(lane.failures, now))
    if claim.target.rate_limit_calls:
        # What was reserved counts from when it was really sent; what was not sent is given back.
        ended = [result.outcome.started_at.timestamp() + result.outcome.duration for result in results]
        lane.calls = budget.settle(lane.calls, claim.claimed_at.timestamp(), len(claim.pairs), ended)
    lane.save()


def _pause(lane: Lane, until: datetime | None) -> None:
    # Two batches may end at once: the shorter pause must not undo the longer, which Rocket.Chat may have asked for.
    if until is not None and (lane.paused_until is None or lane.paused_until < until):
        lane.paused_until = until
