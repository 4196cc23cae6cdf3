"""Claiming and recording by hand, for tests of the outbox: what a worker does without calling anybody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from deliveries import outbox
from deliveries.models import Delivery
from deliveries.outbox import Claim, Result
from deliveries.outcomes import Kind, Outcome, Reason
from routing.models import Target


def outcome(now: datetime, reason: Reason | None = None, kind: Kind | None = None, **fields: Any) -> Outcome:
    """Delivered, or refused for a reason."""
    defaults = {"status": 200, "answer": "", "error": "", "retry_after": None, "duration": 0.0}
    kind = kind or (Kind.REFUSED if reason else Kind.DELIVERED)
    return Outcome(kind=kind, reason=reason, started_at=now, **defaults | fields)


def claim(target: Target, now: datetime, **fields: Any) -> Claim | None:
    return outbox.claim(target.pk, now=now, worker="w1", **fields)


def record(claimed: Claim, now: datetime, *outcomes: Outcome) -> None:
    """One outcome stands for all."""
    each = outcomes if len(outcomes) == len(claimed.pairs) else outcomes * len(claimed.pairs)
    results = [Result(*pair, one, "{}") for pair, one in zip(claimed.pairs, each, strict=True)]
    outbox.record(claimed, results, now=now, draw=lambda: 0.5)


def send(target: Target, now: datetime, reason: Reason | None = None, kind: Kind | None = None) -> list[Delivery]:
    """Claim once and record that all of it was delivered, or failed for this reason."""
    claimed = claim(target, now)
    if claimed is None:
        return []
    record(claimed, now, outcome(now, reason, kind))
    return [delivery for delivery, _ in claimed.pairs]


def breaks(target: Target, now: datetime, reason: Reason = Reason.UNAUTHORIZED) -> None:
    """It answers so to every probe of the minute that ends now, and counts as broken by then. Something must be owed."""
    for second in (0, 5, 15, 30, 60):
        send(target, after(now, seconds=second - 60), reason)


def send_all(target: Target, now: datetime) -> list[Delivery]:
    sent: list[Delivery] = []
    while some := send(target, now):
        sent += some
    return sent


def after(now: datetime, **time: float) -> datetime:
    return now + timedelta(**time)
