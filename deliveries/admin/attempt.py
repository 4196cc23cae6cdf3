"""The attempts of a delivery, as its page lists them."""

from __future__ import annotations

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


def lines(delivery: Delivery) -> list[Line]:
    """In order; of many, the newest 200."""
    newest = list(delivery.attempts.order_by("-number")[:_SHOWN])
    return [_line(attempt) for attempt in reversed(newest)]


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
