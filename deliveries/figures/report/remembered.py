"""Reports that were counted lately, kept in this process: people turn the pages of one, and each reads all of its days.

Ninety days of a million deliveries take the database seconds. The longer the report, the less an hour changes it.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, tzinfo

from deliveries.figures.report.counting import of
from deliveries.figures.report.values import Report

KEPT = {7: timedelta(minutes=5), 30: timedelta(minutes=30), 90: timedelta(hours=1)}
"""For how long, by the days it is about."""
_MOST = 12  # of three lengths in a few time zones

_reports: dict[tuple[int, str], Report] = {}
_counting = threading.Lock()


def report(now: datetime, days: int, zone: tzinfo) -> Report | None:
    """`until` says as of when it is. One is counted at a time: whoever asks meanwhile gets the last one, however old.

    None: there is none yet. Nobody waits for it, since the pages of a process have few threads.
    """
    key = days, str(zone)
    known = _reports.get(key)
    if known is not None and timedelta(0) <= now - known.until < KEPT[days]:
        return known
    if not _counting.acquire(blocking=False):
        return known
    try:
        if len(_reports) >= _MOST:
            _reports.clear()
        known = _reports[key] = of(now, days, zone)
    finally:
        _counting.release()
    return known


def forget() -> None:
    """Drop what is kept: for tests, whose history comes again."""
    _reports.clear()
