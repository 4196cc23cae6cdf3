"""Claiming and recording by hand, for tests of the outbox: what a worker does without calling anybody."""

from __future__ import annotations

from datetime import datetime, timedelta

from deliveries import outbox
from deliveries.models import Delivery, Intervention
from deliveries.outbox import Claim, Result
from deliveries.reasons import Reason
from deliveries.rocketchat.outcomes import Ending, Outcome
from routing.models import Target


def outcome(
    now: datetime,
    reason: Reason | None = None,
    kind: Ending | None = None,
    *,
    status: int | None = 200,
    answer: str = "",
    error: str = "",
    retry_after: float | None = None,
    duration: float = 0.0,
) -> Outcome:
    """Delivered, or refused for a reason, unless another kind is named. `retry_after` and `duration` are seconds."""
    kind = kind or (Ending.REFUSED if reason else Ending.DELIVERED)
    return Outcome(kind, reason, status, answer, error, retry_after, now, duration)


def try_claim(target: Target, now: datetime, *, only: int | None = None, healthy_only: bool = False) -> Claim | None:
    """What there is to send now; None while nothing is."""
    return outbox.claim(target.pk, now=now, worker="w1", only=only, healthy_only=healthy_only)


def claim(target: Target, now: datetime, *, only: int | None = None) -> Claim:
    """What there is to send now; the test fails while nothing is."""
    claimed = try_claim(target, now, only=only)
    assert claimed is not None, f"Nothing of {target.name} can be claimed at {now:%H:%M:%S}."
    return claimed


def record(claimed: Claim, now: datetime, *outcomes: Outcome) -> None:
    """One outcome stands for all."""
    each = outcomes if len(outcomes) == len(claimed.pairs) else outcomes * len(claimed.pairs)
    results = [Result(*pair, one, "{}") for pair, one in zip(claimed.pairs, each, strict=True)]
    outbox.record(claimed, results, now=now, draw=lambda: 0.5)


def send(target: Target, now: datetime, reason: Reason | None = None, kind: Ending | None = None) -> list[Delivery]:
    """Claim once and record that all of it was delivered, or failed for this reason."""
    claimed = try_claim(target, now)
    if claimed is None:
        return []
    record(claimed, now, outcome(now, reason, kind))
    return [delivery for delivery, _ in claimed.pairs]


def breaks(target: Target, now: datetime, reason: Reason = Reason.UNAUTHORIZED) -> None:
    """It answers so to every probe of the minute that ends now, and counts as broken by then. Something must be owed."""
    for second in (0, 5, 15, 30, 60):
        send(target, after(now, seconds=second - 60), reason)


def refuse(target: Target, now: datetime, reason: Reason = Reason.SUCCESS_FALSE, times: int = 2) -> list[Delivery]:
    """The message of the first claim in full, and then its plain text."""
    return [one for _ in range(times) for one in send(target, now, reason)]


def send_all(target: Target, now: datetime) -> list[Delivery]:
    sent: list[Delivery] = []
    for _ in range(200):
        some = send(target, now)
        if not some:
            return sent
        sent += some
    raise AssertionError("It sends without end.")


def after(now: datetime, **time: float) -> datetime:
    return now + timedelta(**time)


def states() -> list[str]:
    """Of all deliveries that tell of alerts, in the order in which they were owed."""
    return list(Delivery.objects.filter(kind="alert").order_by("id").values_list("state", flat=True))


def lines(target: Target) -> list[Delivery]:
    """AlertHub's own, to find out who is to blame."""
    return list(Delivery.objects.filter(target=target, kind="probe").order_by("id"))


def expire(deliveries: list[Delivery], now: datetime) -> list[int]:
    """They ended badly. Returns their numbers."""
    ids = [delivery.pk for delivery in deliveries]
    Delivery.objects.filter(pk__in=ids).update(state="expired", reason="too_late", ended_at=now)
    return ids


def deeds() -> list[tuple[int, str, str, str]]:
    """What people did: delivery, deed, who, reason."""
    return list(Intervention.objects.values_list("delivery_id", "what", "who", "reason"))
