"""A target's rate budget: at most so many calls in any period. Pure: times are epoch seconds, oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

# Rocket.Chat's clock, the network and ours differ a little: a period counts as over slightly later.
MARGIN_SECONDS = 0.5
HELD_BACK_SECONDS = 2.0
# A smaller budget has no halves worth keeping.
SMALLEST_HALVED = 4


def free(calls: Sequence[float], limit: int, period: int, now: float) -> int | None:
    """How many calls may start now; None means any number."""
    if not limit:
        return None
    return max(0, limit - len(_inside(calls, period, now)))


def free_at(calls: Sequence[float], limit: int, period: int, now: float) -> datetime:
    """When the next call may start, if none may start now."""
    inside = sorted(_inside(calls, period, now))
    leaves = inside[len(inside) - limit] if len(inside) >= limit else now
    return datetime.fromtimestamp(leaves + period + MARGIN_SECONDS, UTC)


def reserve(calls: Sequence[float], count: int, period: int, now: float) -> list[float]:
    """Count `count` calls as made at `now`."""
    return [*_inside(calls, period, now), *[now] * count]


def correct(calls: Sequence[float], reserved_at: float, count: int, ended: Sequence[float]) -> list[float]:
    """Replace the `count` reservations made at `reserved_at` by the calls that were really made, at the time each ended.

    Its end is the latest moment at which Rocket.Chat may have counted a call.
    """
    kept = list(calls)
    # No more than these: calls of a worker whose clock is ahead count as made at that very moment.
    for _ in range(min(count, kept.count(reserved_at))):
        kept.remove(reserved_at)
    return sorted([*kept, *ended])


def _inside(calls: Sequence[float], period: int, now: float) -> list[float]:
    # A clock set back must not freeze the lane: what lies in the future counts as just now.
    return [min(call, now) for call in calls if call > now - period - MARGIN_SECONDS]


def first_half(free: int, limit: int) -> int:
    """How many of the free calls may go in one batch: the first half of a budget at once, then the rest."""
    half = limit // 2 if limit >= SMALLEST_HALVED else 0
    return free - half if free > half else free


def held_back_until(calls: Sequence[float], limit: int, period: int, now: float) -> float | None:
    """Until when the second half is kept back because the first half went within moments: a storm may be beginning, and
    its digests need calls. None: nothing is kept back."""
    inside = _inside(calls, period, now)
    if limit < SMALLEST_HALVED or len(inside) < limit - limit // 2:
        return None
    until = max(inside) + HELD_BACK_SECONDS
    return until if until > now else None
