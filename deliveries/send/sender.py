"""The one way out: claim, render, post, record. First tries, retries, what is sent again, digests and test messages pass here.

What a delivery tells is in `stories`, how it gets into its room in `roads`.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import InterfaceError, NotSupportedError, OperationalError

from deliveries import database, outbox, unavailable
from deliveries.models import Attempt, Delivery, Notification, Thread
from deliveries.outbox import Claim, Result, retry
from deliveries.reasons import Reason
from deliveries.rocketchat import outcomes
from deliveries.rocketchat.client import Client
from deliveries.rocketchat.outcomes import Ending, Outcome
from deliveries.send import roads, stories
from deliveries.send.roads import Message, Road
from routing import rulebook
from routing.access import secrets
from routing.models import Target
from routing.rulebook import Wordings

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
    made = 0
    while not stop():
        claim = outbox.claim(target_id, now=clock(), worker=worker, healthy_only=healthy_only)
        if claim is None:
            break
        made += len(_send_claim(claim, client, clock, draw, stop))
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


@dataclass(slots=True)
class _Batch:
    """What the messages of a claim need besides their own rows, read once."""

    threads: dict[tuple[int | None, int, int], Thread] = field(default_factory=dict)
    fired: dict[int, list[Delivery]] = field(default_factory=lambda: defaultdict(list))
    wordings: Wordings | None = None
    faults: list[str] = field(default_factory=list)


def _send_claim(
    claim: Claim, client: Client, clock: Clock, draw: Callable[[], float], stop: Callable[[], bool]
) -> list[Result]:
    results: list[Result] = []
    refused = 0
    road, batch = _road(claim), _batch(claim)
    # A call may take as long as its target's timeout: none is started when the lease could end during it.
    longest = outbox.longest_call(claim.target) + outbox.LEASE_MARGIN
    for delivery, attempt in claim.pairs:
        now = clock()
        if now + longest > claim.lease_until or (results and now - claim.claimed_at > outbox.RECORD_AFTER) or stop():
            break  # the rest goes back to waiting, unsent
        result = _send(delivery, attempt, claim.target, road, batch, client, now)
        results.append(result)
        if result.outcome.kind is not Ending.DELIVERED and not outcomes.is_about_message(result.outcome):
            break  # the room is in trouble: the others would only meet the same
        refused = refused + 1 if retry.may_be_message(result.outcome) else 0
        if refused == _REFUSED_IN_A_ROW:
            break  # perhaps it is the room: the next claim asks it with one message at a time
    _record(claim, results, clock, draw)
    return results


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


def _batch(claim: Claim) -> _Batch:
    batch = _Batch(wordings=rulebook.of(claim.rules_version).wordings)
    alerts = [delivery for delivery, _ in claim.pairs if delivery.kind == Delivery.Kind.ALERT]
    if claim.target.updates != Target.Updates.NEW_MESSAGE:
        conversations: set[Any] = {delivery.conversation_id for delivery in alerts}
        known = Thread.objects.filter(target=claim.target, conversation_id__in=conversations)
        batch.threads = {(thread.conversation_id, thread.episode, thread.rule_id): thread for thread in known}
    if tellers := _tellers([delivery for delivery in alerts if delivery.status == "resolved"]):
        carried = Delivery.objects.filter(carried_by__in=tellers).select_related("notification").order_by("seq")
        for firing in carried:
            batch.fired[tellers[firing.carried_by_id]].append(firing)
    _load_bodies([delivery for delivery, _ in claim.pairs])
    return batch


def _tellers(resolved: list[Delivery]) -> dict[Any, int]:
    """By whom a firing may be carried -> which delivery of this batch tells it: itself, or a copy, or a copy's copy."""
    tellers = {delivery.pk: delivery.pk for delivery in resolved}
    copies = [delivery.pk for delivery in resolved if delivery.resend_of_id is not None]
    known = Delivery.objects.filter(pk__in=copies).values_list("pk", "resend_of_id", "resend_of__resend_of_id")
    return tellers | {original: pk for pk, *originals in known for original in originals}


def _load_bodies(deliveries: list[Delivery]) -> None:
    """Those that a claim left out, as they are large and it holds its lane's lock."""
    notifications = [delivery.notification for delivery in deliveries if delivery.notification is not None]
    told = [notification for notification in notifications if "body" not in notification.__dict__]
    if told:
        wanted = Notification.objects.filter(pk__in={notification.pk for notification in told})
        bodies = dict(wanted.values_list("pk", "body"))
        for notification in told:
            notification.body = bodies[notification.pk]


def _send(
    delivery: Delivery,
    attempt: Attempt,
    target: Target,
    road: Road | None,
    batch: _Batch,
    client: Client,
    now: datetime,
) -> Result:
    if road is None:
        return Result(delivery, attempt, _ours(Ending.NOT_SENT, Reason.KEY_MISSING, now), "")
    batch.faults.clear()
    try:
        message = _message(delivery, target, batch, now)
    except Exception:
        # A message nobody can render must neither be lost nor stop the lane.
        log.exception("%s could not be rendered.", delivery)
        return Result(delivery, attempt, _ours(Ending.NOT_SENT, Reason.INTERNAL, now), "")
    # Rocket.Chat may take seconds.
    database.release()
    try:
        outcome = road.send(client, delivery, message)
    except Exception:
        # What the batch sent before must be recorded all the same.
        log.exception("%s met a mistake of ours while it was sent.", delivery)
        outcome = _ours(Ending.UNKNOWN, Reason.INTERNAL, now)
    log.info("%s to %s: %s %s", delivery, target.name, outcome.kind, outcome.reason or "")
    sent = json.dumps(message.as_sent, ensure_ascii=False)
    fault = next(iter(batch.faults), "")
    return Result(delivery, attempt, outcome, sent, opens=message.opens, room_id=road.room_id, fault=fault)


def _message(delivery: Delivery, target: Target, batch: _Batch, now: datetime) -> Message:
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
