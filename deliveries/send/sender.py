"""The one way out: claim, render, post, record. First tries, retries, what is sent again, digests and test messages pass here.

What a delivery tells is in `stories`, how it gets into its room in `roads`.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from django.db import InterfaceError, NotSupportedError, OperationalError

from deliveries import database, outbox, unavailable
from deliveries.models import Attempt, Delivery
from deliveries.outbox import Claim, Result, retry
from deliveries.reasons import Reason
from deliveries.rocketchat import outcomes
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending, Outcome
from deliveries.send import abreast, batches, roads, stories
from deliveries.send.batches import Batch
from deliveries.send.roads import Message, Road
from routing.access import secrets
from routing.models import Target

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
_RECORD_AGAIN_AFTER = timedelta(seconds=1)
_REFUSED_IN_A_ROW = 2
pause = time.sleep


def drain(
    target_id: int,
    client: Client,
    *,
    clock: Clock,
    worker: str,
    stop: Callable[[], bool] = lambda: False,
    draw: Callable[[], float] = random.random,
    healthy_only: bool = False,
) -> int:
    """Send what is due for a target until nothing is; returns how many attempts were made."""
    made, last = 0, None
    while not stop():
        claim = outbox.claim(target_id, now=clock(), worker=worker, healthy_only=healthy_only)
        if claim is None:
            break
        results = _send_claim(claim, client, clock, draw, stop, last)
        last = results[-1].outcome if results else None
        made += len(results)
    return made


def send_now(delivery: Delivery, client: Client, *, clock: Clock, worker: str) -> Outcome | None:
    """Send one delivery at once, for a person who waits; None if it has to wait (budget, pause, or it is under way)."""
    if delivery.target_id is None:
        return None
    claim = outbox.claim(delivery.target_id, now=clock(), worker=worker, only=delivery.pk)
    if claim is None:
        return None
    results = _send_claim(claim, client, clock, random.random, lambda: False)
    return results[0].outcome if results else None


def _send_claim(
    claim: Claim,
    client: Client,
    clock: Clock,
    draw: Callable[[], float],
    stop: Callable[[], bool],
    last: Outcome | None = None,
) -> list[Result]:
    """`last`: what came of the message that went to this room just before, if one did."""
    results: list[Result] = []
    road, batch = _road(claim), batches.of(claim)
    # A call may take as long as its target's timeout: none is started when the lease could end during it.
    longest = outbox.longest_call(claim.target) + outbox.LEASE_MARGIN
    while pairs := claim.pairs[len(results) :][: abreast.width(last)]:
        now = clock()
        if now + longest > claim.lease_until or (results and now - claim.claimed_at > outbox.RECORD_AFTER) or stop():
            break  # the rest goes back to waiting, unsent
        ended = _send(pairs, claim.target, road, batch, client, now)
        results += ended
        last = results[-1].outcome
        if _is_trouble(results, len(ended)):
            break
    _record(claim, results, clock, draw)
    return results


def _is_trouble(results: list[Result], count: int) -> bool:
    """Do the last `count` results say that the others would only meet the same?"""
    for place in range(len(results) - count, len(results)):
        outcome = results[place].outcome
        if outcome.kind is not Ending.DELIVERED and not outcomes.is_about_message(outcome):
            return True
        refused = results[max(0, place + 1 - _REFUSED_IN_A_ROW) : place + 1]
        if len(refused) == _REFUSED_IN_A_ROW and all(retry.may_be_message(one.outcome) for one in refused):
            return True  # perhaps it is the room: the next claim asks it with one message at a time
    return False


def _record(claim: Claim, results: list[Result], clock: Clock, draw: Callable[[], float]) -> None:
    """Write what came of a claim. While the database is away it is tried until the lease ends: what was sent is known
    only here, and if it is lost the messages count as unknown and may come twice."""
    while True:
        try:
            return outbox.record(claim, results, now=clock(), draw=draw)
        except (OperationalError, InterfaceError, NotSupportedError) as error:  # the last: see ingest._TRY_AGAIN
            if clock() + _RECORD_AGAIN_AFTER >= claim.lease_until:
                raise
            unavailable.report(log, "What was sent cannot be recorded yet", error, f"to {claim.target.name}")
            database.release()
            pause(_RECORD_AGAIN_AFTER.total_seconds())


def _road(claim: Claim) -> Road | None:
    """None if the target's secret cannot be decrypted."""
    try:
        return roads.to(claim.target, claim.room_id)
    except secrets.Unreadable:
        return None


def _send(
    pairs: list[tuple[Delivery, Attempt]],
    target: Target,
    road: Road | None,
    batch: Batch,
    client: Client,
    now: datetime,
) -> list[Result]:
    """Render each, then post them, side by side if they are several; what came of the first of them, or of all."""
    if road is None:
        return [Result(*pair, _ours(Ending.NOT_SENT, Reason.KEY_MISSING, now), "") for pair in pairs]
    ready = [_ready(delivery, target, batch, now) for delivery, _ in pairs]
    # Rocket.Chat may take seconds.
    database.release()
    posts = [partial(_post, road, delivery, each, now) for (delivery, _), each in zip(pairs, ready, strict=True)]
    ended = abreast.post(posts, client)
    whats = enumerate(zip(pairs, ready, ended, strict=False))  # of the first only: see abreast
    return [_result(*pair, each, outcome, road, target, beside=place > 0) for place, (pair, each, outcome) in whats]


@dataclass(frozen=True, slots=True)
class _Ready:
    """A message as it goes out; None if nobody can render it. `fault`: why its template could not be used."""

    message: Message | None
    fault: str = ""


def _ready(delivery: Delivery, target: Target, batch: Batch, now: datetime) -> _Ready:
    batch.faults.clear()
    try:
        message = _message(delivery, target, batch, now)
    except Exception:
        # A message nobody can render must neither be lost nor stop the lane.
        log.exception("%s could not be rendered.", delivery)
        return _Ready(None)
    return _Ready(message, next(iter(batch.faults), ""))


def _post(road: Road, delivery: Delivery, ready: _Ready, now: datetime, client: Client) -> Outcome:
    if ready.message is None:
        return _ours(Ending.NOT_SENT, Reason.INTERNAL, now)
    try:
        return road.send(client, delivery, ready.message)
    except Exception:
        # What the batch sent before must be recorded all the same.
        log.exception("%s met a mistake of ours while it was sent.", delivery)
        return _ours(Ending.UNKNOWN, Reason.INTERNAL, now)


def _result(
    delivery: Delivery, attempt: Attempt, ready: _Ready, outcome: Outcome, road: Road, target: Target, *, beside: bool
) -> Result:
    if ready.message is None:
        return Result(delivery, attempt, outcome, "", beside=beside)
    log.info("%s to %s: %s %s", delivery, target.name, outcome.kind, outcome.reason or "")
    sent = json.dumps(ready.message.as_sent, ensure_ascii=False)
    return Result(
        delivery, attempt, outcome, sent, ready.message.opens, room_id=road.room_id, beside=beside, fault=ready.fault
    )


def _message(delivery: Delivery, target: Target, batch: Batch, now: datetime) -> Message:
    try:
        body = stories.body_of(delivery, target, now, batch.fired, batch.wordings, batch.faults)
    except Exception:
        if delivery.plain:
            raise
        log.exception("%s could not be rendered in full; it goes out as plain text.", delivery)
        delivery.plain = True
        body = stories.body_of(delivery, target, now, batch.fired, batch.wordings, batch.faults)
    if target.updates == Target.Updates.NEW_MESSAGE or delivery.kind != Delivery.Kind.ALERT:
        return Message(body)
    thread = batch.threads.get((delivery.conversation_id, delivery.episode, delivery.rule_id or 0))
    if thread is None or delivery.alone:
        return Message(body, opens=delivery.status == "firing")
    if target.updates == Target.Updates.EDIT:
        return Message({"text": stories.edit_of(delivery, target, now)}, thread, edits=True)
    return Message(body, thread, in_room=delivery.status == "resolved" and target.resolved_in_room)


def _ours(kind: Ending, reason: Reason, now: datetime) -> Outcome:
    """The outcome of a try that failed on our side."""
    return Outcome(
        kind=kind,
        reason=reason,
        status=None,
        answer="",
        error=reason.advice,
        retry_after=None,
        started_at=now,
        duration=0.0,
    )


def utc_now() -> datetime:
    return datetime.now(UTC)
