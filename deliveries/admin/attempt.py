"""The attempts of a delivery, as its page lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from deliveries import reasons
from deliveries.admin import words
from deliveries.models import Attempt, Delivery
from deliveries.rocketchat.outcomes import Ending
from routing.admin import marks

_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One attempt in words."""

    attempt: Attempt
    outcome: SafeString
    reason: str
    took: str
    started: SafeString | str


def newest(delivery: Delivery) -> list[Attempt]:
    """The newest first; of many, 200."""
    return list(delivery.attempts.order_by("-number")[:_SHOWN])


def last_sent(delivery: Delivery, attempts: Sequence[Attempt]) -> Attempt | None:
    """The newest that said what it sent; `attempts` are the newest of the delivery."""
    found = next((one for one in attempts if one.sent), None)
    if found is None and len(attempts) == _SHOWN:
        return delivery.attempts.exclude(sent="").order_by("-number").first()
    return found


def lines(attempts: Sequence[Attempt]) -> list[Line]:
    """In order, of the newest first."""
    return [_line(attempt) for attempt in reversed(attempts)]


def _line(attempt: Attempt) -> Line:
    if attempt.outcome:
        outcome = marks.badge(attempt.get_outcome_display(), words.KIND_TONES.get(Ending(attempt.outcome), "plain"))
    else:
        outcome = marks.badge("under way", "blue")
    return Line(
        attempt=attempt,
        outcome=outcome,
        reason=reasons.label(attempt.reason) if attempt.reason else "",
        took=words.duration(attempt.duration_ms),
        started=marks.moment(attempt.started_at),
    )
