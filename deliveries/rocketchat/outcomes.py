"""What can become of one try to send a message: the closed words of it, for code, trail and people.

What to do next about an outcome is decided in `retry`; how an HTTP answer becomes one, in `answers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from deliveries.labelled import Labelled
from deliveries.reasons import Reason

DEFAULT_WAIT = 60.0
"""Seconds to wait when a server says "too many" without saying how long."""
SHORTEST_WAIT = 1.0
LONGEST_WAIT = 900.0


class Ending(Labelled):
    """How a try ended. Only after UNKNOWN may a repeat show the same message twice."""

    DELIVERED = "delivered", "Delivered"
    NOT_SENT = "not_sent", "Not sent"
    REFUSED = "refused", "Refused"
    UNKNOWN = "unknown", "Unknown"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One concluded try. `reason` is None exactly when it was delivered.

    `answer` (at most 4 KiB) and `error` (a sentence for people) hold no part of the webhook's path or the account's token.
    """

    kind: Ending
    reason: Reason | None
    status: int | None
    answer: str
    error: str
    retry_after: float | None
    """Seconds the server asks us to wait, from 1 to 900; only with RATE_LIMITED."""
    started_at: datetime
    duration: float
    """Seconds."""
    message_id: str = ""
    rate_limit_remaining: int | None = None


ABOUT_MESSAGE = frozenset(
    {
        Reason.BAD_MESSAGE,
        Reason.TOO_LARGE,
        Reason.MENTION,
        Reason.SUCCESS_FALSE,
        Reason.PARTIAL,
        Reason.INTERNAL,
        Reason.CANNOT_UPDATE,
        Reason.ID_TAKEN,
    }
)
"""Another message to the same room may well pass."""


def is_about_message(outcome: Outcome) -> bool:
    """True if another message to the same room may well pass: the target itself works."""
    return outcome.reason in ABOUT_MESSAGE


def clamp_wait(seconds: float) -> float:
    """A wait the server asked for, within what we believe: from 1 s to 15 min."""
    return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)
