"""Recording: what came of a claim is written in bulk, fenced by its token, and the lane is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from deliveries.models import Attempt, Delivery, Thread
from deliveries.outbox import carrying, concluding, expiring, health, retry
from deliveries.outbox.concluding import Change
from deliveries.outbox.health import Ruling
from deliveries.outbox.retry import Verdict
from deliveries.outbox.values import Claim, Result
from deliveries.reasons import Reason
from deliveries.rocketchat import message_ids
from deliveries.rocketchat.outcomes import Ending


def record(claim: Claim, results: Sequence[Result], *, now: datetime, draw: Callable[[], float]) -> None:
    """Write what came of a claim, in bulk; what it held beyond `results` goes back to waiting, unsent."""
    done = {result.delivery.pk for result in results}
    unsent = [pair for pair in claim.pairs if pair[0].pk not in done]
    with transaction.atomic():
        kept = concluding.lock(claim)
        attempts = _concluded(results, unsent)
        lane, rulings = health.after_claim(claim, results, now, draw)
        changes = {ruling.result.delivery.pk: _change(claim, ruling, now) for ruling in rulings}
        changes |= {delivery.pk: Change(Delivery.State.WAITING) for delivery, _ in unsent}
        concluding.write({pk: change for pk, change in changes.items() if pk in kept}, attempts, lane)
        ended = {state.value: {pk for pk in kept if changes[pk].state == state} for state in _ENDS}
        _end_digests(claim, results, ended, now)
        if lane is not None:
            expiring.tell(claim.target, ended[Delivery.State.EXPIRED], now)
            _open_threads(claim, results, now)


_ENDS = (Delivery.State.DELIVERED, Delivery.State.REJECTED, Delivery.State.EXPIRED)


def _concluded(results: Sequence[Result], unsent: list[tuple[Delivery, Attempt]]) -> list[Attempt]:
    for result in results:
        attempt, outcome = result.attempt, result.outcome
        attempt.started_at, attempt.duration_ms = outcome.started_at, round(outcome.duration * 1000)
        attempt.outcome, attempt.reason = outcome.kind.value, outcome.reason.value if outcome.reason else ""
        attempt.status_code, attempt.answer, attempt.error = outcome.status, outcome.answer, outcome.error
        attempt.sent, attempt.message_id = result.sent, outcome.message_id[:60]
        attempt.template_fault = result.fault[:500]
    for _, attempt in unsent:
        attempt.outcome, attempt.reason = Ending.NOT_SENT.value, Reason.PUT_BACK.value
    return [*(result.attempt for result in results), *(attempt for _, attempt in unsent)]


def _change(claim: Claim, ruling: Ruling, now: datetime) -> Change:
    if ruling.verdict is None:
        return Change(Delivery.State.DELIVERED, reason="", explanation="", tries=1, ended_at=now)
    change = _after(ruling.verdict, now)
    delivery, outcome = ruling.result.delivery, ruling.result.outcome
    change = replace(change, reason=outcome.reason.value if outcome.reason else "", explanation=outcome.error)
    if outcome.kind is Ending.UNKNOWN:
        # Through the REST API a repeat has the same id, and is not posted twice.
        change = replace(change, unknown_count=1, in_doubt=change.in_doubt if claim.target.is_rest else True)
    is_refused = retry.may_be_message(outcome) and delivery.plain and delivery.kind != Delivery.Kind.PROBE
    if is_refused and delivery.refused_after is None:
        change = replace(change, refused_after=ruling.taken)
    return change


def _after(verdict: Verdict, now: datetime) -> Change:
    match verdict:
        case retry.Retry(at=at, counts=counts, plain=plain, alone=alone, anew=anew):
            return Change(
                Delivery.State.WAITING,
                next_attempt_at=at,
                plain=plain,
                tries=int(counts),
                alone=alone or None,
                message_id=message_ids.new() if anew else None,
                in_doubt=anew or None,
            )
        case retry.Suspend(at=at):
            return Change(Delivery.State.WAITING, next_attempt_at=at)
        case retry.Hold():
            return Change(Delivery.State.HELD, tries=1)
        case retry.Reject():
            return Change(Delivery.State.REJECTED, ended_at=now, tries=1)
        case retry.Expire():
            return Change(Delivery.State.EXPIRED, ended_at=now, tries=1)


def _end_digests(claim: Claim, results: Sequence[Result], ended: Mapping[str, set[int]], now: datetime) -> None:
    digests = {result.delivery.pk for result in results if result.delivery.kind == Delivery.Kind.DIGEST}
    carrying.end(digests & ended[Delivery.State.DELIVERED], now)
    undone = ended[Delivery.State.REJECTED] | ended[Delivery.State.EXPIRED]
    carrying.undo(digests & undone, now, {claim.target.pk})


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
