"""Percentiles from a histogram: exact enough for people, and cheap whatever the number of rows. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)
"""Upper bounds in seconds of the buckets 0, 1, ...; one more holds what took longer."""


def percentile(counts: Mapping[int, int], share: float, bounds: Sequence[float] = BOUNDS) -> float | None:
    """Seconds within which `share` (0 to 1) of all fell; between two bounds it is guessed evenly. None: there are none.

    What lies beyond the last bound is told as that bound.
    """
    total = sum(counts.values())
    if total == 0:
        return None
    wanted, seen = share * total, 0
    for bucket, upper in enumerate(bounds):
        count = counts.get(bucket, 0)
        if count and seen + count >= wanted:
            lower = bounds[bucket - 1] if bucket else 0.0
            return min(upper, lower + (upper - lower) * (wanted - seen) / count)
        seen += count
    return bounds[-1]


def shown(seconds: float | None) -> str:
    """As people read it; "–" when nothing was measured."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
