"""The one way out: claim, render, post, record. First tries, retries, resends and test messages all pass here."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections

from deliveries import alertmanager, messages, outbox, outcomes
from deliveries.addresses import policy
from deliveries.alertmanager import IncomingAlert, Payload
from deliveries.messages import Look, Story
from deliveries.models import Attempt, Delivery
from deliveries.outbox import Claim, Result
from deliveries.outcomes import Kind, Outcome, Reason
from deliveries.rocketchat import Client, Hook
from routing import secrets
from routing.models import Target

log = logging.getLogger(__name__)

Clock = Callable[[], datetime]
# A larger body is read again for each target: memory is worth more.
_LARGEST_REMEMBERED = 64 * 1024
_RECORD_AGAIN_AFTER = timedelta(seconds=1)
pause = time.sleep


def new_client() -> Client:
    """A client for one thread; close it when done."""
    return Client(user_agent=f"AlertHub/{settings.VERSION}", policy=policy())


def drain(
    target_id: int,
    client: Client,
    *,
    clock: Clock,
    worker: str,
    stop: Callable[[], bool] = lambda: False,
    draw: Callable[[], float] = random.random,
) -> int:
    """Send what is due for a target until nothing is; returns how many attempts were made."""
    made = 0
    while not stop():
        claim = outbox.claim(target_id, now=clock(), worker=worker)
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


def _send_claim(
    claim: Claim, client: Client, clock: Clock, draw: Callable[[], float], stop: Callable[[], bool]
) -> list[Result]:
    results: list[Result] = []
    hook = _hook(claim.target)
    # A call may take as long as its target's timeout: none is started when the lease could end during it.
    longest = timedelta(seconds=claim.target.timeout) + outbox.LEASE_MARGIN
    for delivery, attempt in claim.pairs:
        now = clock()
        if now + longest > claim.lease_until or (results and now - claim.claimed_at > outbox.RECORD_AFTER) or stop():
            break  # the rest goes back to waiting, unsent
        result = _send(delivery, attempt, claim.target, hook, client, now)
        results.append(result)
        if result.outcome.kind is not Kind.DELIVERED and not outcomes.is_about_message(result.outcome):
            break  # the room is in trouble: the others would only meet the same
    _record(claim, results, clock, draw)
    return results


def _record(claim: Claim, results: list[Result], clock: Clock, draw: Callable[[], float]) -> None:
    """Write what came of a claim. While the database is away it is tried until the lease ends: what was sent is known
    only here, and if it is lost the messages count as unknown and may come twice."""
    while True:
        try:
            return outbox.record(claim, results, now=clock(), draw=draw)
        except (OperationalError, InterfaceError) as error:
            if clock() + _RECORD_AGAIN_AFTER >= claim.lease_until:
                raise
            log.warning("What was sent to %s cannot be recorded yet: %s", claim.target.name, type(error).__name__)
            close_old_connections()
            pause(_RECORD_AGAIN_AFTER.total_seconds())


def _hook(target: Target) -> Hook | None:
    """None if the address cannot be decrypted."""
    try:
        url = target.webhook_url()
    except secrets.Unreadable:
        return None
    return Hook(
        url=url,
        connect_timeout=target.connect_timeout,
        timeout=target.timeout,
        verify_tls=target.verify_tls,
        ca_file=target.ca_file,
    )


def _send(
    delivery: Delivery, attempt: Attempt, target: Target, hook: Hook | None, client: Client, now: datetime
) -> Result:
    if hook is None:
        return Result(delivery, attempt, _ours(Kind.NOT_SENT, Reason.KEY_MISSING, now), "")
    try:
        body = _body(delivery, target, now)
    except Exception:
        # A message nobody can render must neither be lost nor stop the lane.
        log.exception("%s could not be rendered.", delivery)
        return Result(delivery, attempt, _ours(Kind.NOT_SENT, Reason.INTERNAL, now), "")
    try:
        outcome = client.post(hook, body)
    except Exception:
        # What the batch sent before must be recorded all the same.
        log.exception("%s met a mistake of ours while it was sent.", delivery)
        outcome = _ours(Kind.UNKNOWN, Reason.INTERNAL, now)
    log.info("%s to %s: %s %s", delivery, target.name, outcome.kind, outcome.reason or "")
    return Result(delivery, attempt, outcome, json.dumps(body, ensure_ascii=False))


def _ours(kind: Kind, reason: Reason, now: datetime) -> Outcome:
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


def _body(delivery: Delivery, target: Target, now: datetime) -> dict[str, Any]:
    story, look = story_of(delivery, now), look_of(target)
    if delivery.plain:
        return messages.render_plain(story, look)
    try:
        return messages.render(story, look)
    except Exception:
        log.exception("%s could not be rendered in full; it goes out as plain text.", delivery)
        return messages.render_plain(story, look)


def look_of(target: Target) -> Look:
    return Look(
        text_limit=target.text_limit,
        alias=target.alias,
        emoji=target.emoji,
        avatar=target.avatar_url,
        channel=target.channel,
    )


def story_of(delivery: Delivery, now: datetime) -> Story:
    """What a delivery tells, from the notification's body as it was received."""
    payload, alerts = _carried(delivery)
    is_test = delivery.kind == Delivery.Kind.TEST
    # Grafana's externalURL has no page like Alertmanager's that a link could lead to.
    has_page = payload is not None and "grafana" not in payload.flags
    return Story(
        status=delivery.status or "firing",
        severity=delivery.severity,
        alerts=alerts,
        source_name=delivery.notification.source_name if delivery.notification else "",
        rule_name=delivery.target_name if is_test else delivery.rule_name,
        delivery_id=delivery.pk,
        trail_url=f"{settings.PUBLIC_URL}/admin/deliveries/delivery/{delivery.pk}/change/",
        external_url=payload.external_url if payload and has_page else "",
        receiver=payload.receiver if payload else "",
        group_labels=payload.group_labels if payload else {},
        truncated_alerts=payload.truncated_alerts if payload else 0,
        now=now,
        possible_duplicate=delivery.attempt_count if delivery.unknown_count else 0,
        resend_of=delivery.resend_of_id,
        is_test=is_test,
    )


def _carried(delivery: Delivery) -> tuple[Payload | None, tuple[IncomingAlert, ...]]:
    if delivery.notification is None:
        return None, ()
    body = bytes(delivery.notification.body)
    read = _read if len(body) <= _LARGEST_REMEMBERED else _read.__wrapped__
    payload = read(body, delivery.notification.content_type)
    return payload, tuple(payload.alerts[position] for position in delivery.positions if position < len(payload.alerts))


@lru_cache(maxsize=64)
def _read(body: bytes, content_type: str) -> Payload:
    """One notification is usually told to several targets."""
    return alertmanager.read(body, content_type)


def utc_now() -> datetime:
    return datetime.now(UTC)
