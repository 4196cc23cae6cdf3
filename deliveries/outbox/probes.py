"""How a target in trouble is asked again, and how often it must say no before it counts as broken. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

SOON = (5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
"""Seconds after a trouble began at which one delivery tries whether it is over."""
RARELY = timedelta(minutes=15)
"""... and from then on, where a person must mend something."""
EVERY = timedelta(minutes=5)
"""... and from then on, where it may mend itself."""
OPENS_AFTER = 5
"""Failures in a row, of whichever messages, after which a target that may mend itself is asked more rarely."""
BROKEN_ANSWERS = 3
BROKEN_AFTER = timedelta(seconds=60)
"""One answer is no verdict: a target is broken when it said so several times in a row, over a minute."""
FORGOTTEN_AFTER = timedelta(minutes=30)
"""What it said longer ago than this, with nothing since, is no part of what it says now."""


def next_at(since: datetime, now: datetime, rest: timedelta, soonest: float = 0.0) -> datetime:
    """When a trouble that began at `since` is probed next: not within `soonest` seconds, later each `rest`."""
    elapsed = max(0.0, (now - since).total_seconds())
    waits = (mark - elapsed for mark in SOON)
    wait = next((wait for wait in waits if wait > 0 and wait >= soonest), None)
    return now + (rest if wait is None else timedelta(seconds=wait))


def goes_on(since: datetime | None, last: datetime | None, now: datetime) -> bool:
    """Whether an answer of now is one in a row with those since `since`, the last of them at `last`. A clock that was set
    back begins a new row."""
    return since is not None and last is not None and since <= now < last + FORGOTTEN_AFTER


def is_broken(since: datetime, answers: int, now: datetime) -> bool:
    """`answers`: how many in a row said so, the first of them at `since`."""
    return answers >= BROKEN_ANSWERS and now - since >= BROKEN_AFTER
