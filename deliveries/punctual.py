"""What of a message is still on time, for whoever asks: a person who reads it, the merging, the self-watch. Pure.

Not about copies of a notification that come late: those are found in `accept.lateness`.
"""

from __future__ import annotations

from datetime import datetime, timedelta

ON_TIME = timedelta(seconds=60)
"""Up to here a message is on time for people: retries and a full budget delay it by seconds."""
WAITS_ALONE = timedelta(seconds=30)
"""So long a firing waits for a place of its own although its resolved waits behind it."""
_PERIODS = 2


def is_late(delay: timedelta) -> bool:
    """Whether people are told that it is."""
    return delay > ON_TIME


def gives_way(owed_at: datetime, now: datetime, merges_after: int) -> bool:
    """Whether a firing has waited so long that its resolved, which waits too, tells both.

    `merges_after`: the target's own patience in seconds before it merges what waits; 0: it has none.
    """
    patience = timedelta(seconds=merges_after) if merges_after else WAITS_ALONE
    return now - owed_at >= patience


def is_trouble(since: datetime, now: datetime, limit: timedelta, period: int = 0) -> bool:
    """Whether what could have been sent `since` is so late that somebody must look.

    `limit` is the operators'; a rate limit with a `period` (seconds, 0: none) may explain two of them.
    """
    return now - since > max(limit, timedelta(seconds=_PERIODS * period))
