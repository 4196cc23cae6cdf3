"""Recording: what came of a claim is written in bulk, fenced by its token, and the lane is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet

from deliveries.models import Attempt, Delivery, Thread
from deliveries.outbox import carrying, expiring, health, retry
from deliveries.outbox.health import Ruling
from deliveries.outbox.values import NO_LEASE, Claim, Result
from deliveries.reasons import Reason
from deliveries.rocketchat import message_ids
from deliveries.rocketchat.outcomes import Ending


@dataclass(slots=True)
class _Sorted:
    """What is written for each result, by what became of it."""

    delivered: list[int] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)


def record(claim: Claim, results: Sequence[Result], *, now: datetime, draw: Callable[[], float]) -> None:
    """Write what came of a claim, in bulk; what it held beyond `results` goes back to waiting, unsent."""
    done = {result.delivery.pk for result in results}
    unsent = [pair for pair in claim.pairs if pair[0].pk not in done]
    with transaction.atomic():
        mine, kept = _still_mine(claim)
        _conclude(results, unsent)
        lane, rulings = health.after_claim(claim, results, now, draw)
        sorted_ = _Sorted([result.delivery.pk for result in results if result.outcome.kind is Ending.DELIVERED])
        mine.filter(pk__in=sorted_.delivered).update(
            state=Delivery.State.DELIVERED,
            tries=F("tries") + 1,
            reason="",
            explanation="",
            ended_at=now,
            **NO_LEASE,
        )
        mine.filter(pk__in=[delivery.pk for delivery, _ in unsent]).update(state=Delivery.State.WAITING, **NO_LEASE)
        for ruling in rulings:
            if ruling.verdict is not None:
                _record_failure(mine, claim, ruling, now, sorted_)
        _end_digests(claim, results, sorted_, kept, now)
        if lane is not None:
            expiring.tell(claim.target, set(sorted_.expired) & kept, now)
            _open_threads(claim, results, now)


def _still_mine(claim: Claim) -> tuple[QuerySet[Delivery], set[int]]:
    """The claimed deliveries that nobody took back meanwhile, locked."""
    ids = [delivery.pk for delivery, _ in claim.pairs]
    leased = Delivery.objects.filter(pk__in=ids, lease_token=claim.token).select_for_update()
    kept = set(leased.values_list("pk", flat=True))
    return Delivery.objects.filter(pk__in=kept), kept


_CONCLUSION = (
    "started_at",
    "duration_ms",
    "outcome",
    "reason",
    "status_code",
    "answer",
    "error",
    "sent",
    "message_id",
    "template_fault",
)


def _conclude(results: Sequence[Result], unsent: list[tuple[Delivery, Attempt]]) -> None:
    for result in results:
        attempt, outcome = result.attempt, result.outcome
        attempt.started_at, attempt.duration_ms = outcome.started_at, round(outcome.duration * 1000)
        attempt.outcome, attempt.reason = outcome.kind.value, outcome.reason.value if outcome.reason else ""
        attempt.status_code, attempt.answer, attempt.error = outcome.status, outcome.answer, outcome.error
        attempt.sent, attempt.message_id = result.sent, outcome.message_id[:60]
        attempt.template_fault = result.fault[:500]
    for _, attempt in unsent:
        attempt.outcome, attempt.reason = Ending.NOT_SENT.value, Reason.PUT_BACK.value
    Attempt.objects.conclude(
        [*(result.attempt for result in results), *(attempt for _, attempt in unsent)], _CONCLUSION
    )


def _record_failure(
    mine: QuerySet[Delivery],
    claim: Claim,
    ruling: Ruling,
    now: datetime,
    sorted_: _Sorted,
) -> None:
    delivery, outcome = ruling.result.delivery, ruling.result.outcome
    reason = outcome.reason.value if outcome.reason else ""
    fields: dict[str, Any] = {"reason": reason, "explanation": outcome.error, **NO_LEASE}
    if outcome.kind is Ending.UNKNOWN:
        fields["unknown_count"] = F("unknown_count") + 1
        # Through the REST API a repeat has the same id, and is not posted twice.
        fields |= {} if claim.target.is_rest else {"in_doubt": True}
    is_refused = retry.may_be_message(outcome) and delivery.plain and delivery.kind != Delivery.Kind.PROBE
    if is_refused and delivery.refused_after is None:
        fields["refused_after"] = ruling.taken
    match ruling.verdict:
        case retry.Retry(at=at, counts=counts, plain=plain, alone=alone, anew=anew):
            fields |= {"state": Delivery.State.WAITING, "next_attempt_at": at, "plain": plain}
            fields |= {"tries": F("tries") + 1} if counts else {}
            fields |= {"alone": True} if alone else {}
            fields |= {"message_id": message_ids.new(), "in_doubt": True} if anew else {}
        case retry.Suspend(at=at):
            fields |= {"state": Delivery.State.WAITING, "next_attempt_at": at}
        case retry.Hold():
            fields |= {"state": Delivery.State.HELD, "tries": F("tries") + 1}
        case retry.Reject():
            fields |= {"state": Delivery.State.REJECTED, "ended_at": now, "tries": F("tries") + 1}
            sorted_.undone.append(delivery.pk)
        case retry.Expire():
            fields |= {"state": Delivery.State.EXPIRED, "ended_at": now, "tries": F("tries") + 1}
            sorted_.undone.append(delivery.pk)
            sorted_.expired.append(delivery.pk)
    mine.filter(pk=delivery.pk).update(**fields)


def _end_digests(claim: Claim, results: Sequence[Result], sorted_: _Sorted, kept: set[int], now: datetime) -> None:
    digests = {result.delivery.pk for result in results if result.delivery.kind == Delivery.Kind.DIGEST} & kept
    carrying.end(digests & set(sorted_.delivered), now)
    carrying.undo(digests & set(sorted_.undone), now, {claim.target.pk})


def _open_threads(claim: Claim, results: Sequence[Result], now: datetime) -> None:
    """Remember which messages the next ones of their episodes refer to."""
    opened = [result for result in results if result.opens and result.outcome.message_id]
    Thread.objects.bulk_create(
        [_thread(claim, result, now) for result in opened],
        update_conflicts=True,
        unique_fields=["target", "conversation", "episode", "rule_id"],
        update_fields=["message_id", "room_id", "started_at"],
    )


def _thread(claim: Claim, result: Result, now: datetime) -> Thread:
    # Only what tells of alerts opens a thread, and that has a conversation.
    delivery: Any = result.delivery
    return Thread(
        target=claim.target,
        conversation_id=delivery.conversation_id,
        episode=delivery.episode,
        rule_id=delivery.rule_id or 0,
        message_id=result.outcome.message_id[:60],
        room_id=result.room_id,
        started_at=now,
    )
