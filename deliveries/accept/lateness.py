"""Whether an alert is told something new, or something older than what is known of it. Pure.

Tellings come out of order: from the peers of a cluster, and from senders that try again. What the alert's own times
prove to be older is left out. A firing after its own resolved, with the start it had, proves nothing: it may be a copy
that comes late, or Prometheus paused, was taken for resolved and burns on. It is kept back for the source's window and
told then, unless its resolved comes again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

STARTS_APART = timedelta(seconds=60)
"""Replicas that evaluate by themselves see one alert begin so far apart, at most."""
TRIED_AGAIN_FOR = timedelta(minutes=15)
"""A sender tries one telling again for so long, at most: Alertmanager for its group_interval and its place in the cluster."""


class What(Enum):
    NEWS = "news"
    OLD = "old"
    LATE = "late"
    ENDED_AGAIN = "ended again"
    """A resolved after a firing that was kept back: that one was told to nobody."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`why` is for the trail; what is late is told at `until`."""

    what: What
    why: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """One alert as a notification tells it. `begins`: the sender's reason proves that it is no late copy. `came_before`:
    it is older than what is known, and could not be read when it came."""

    status: str
    starts_at: datetime | None
    ends_at: datetime | None
    received_at: datetime
    begins: bool = False
    came_before: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """One alert as it is known. `last_end` by the sender's clock, `resolved_at` by ours: of its newest resolved."""

    status: str
    starts_at: datetime | None
    last_end: datetime | None
    resolved_at: datetime | None
    is_kept_as_late: bool = False


_NEWS = Verdict(What.NEWS)


def judge(said: Said, known: Known, window: timedelta) -> Verdict:
    may_be_late = known.status == "resolved" or known.is_kept_as_late
    if said.status == "firing" and may_be_late and known.resolved_at is not None:
        return _firing(said, known, known.resolved_at, window)
    if said.status == "resolved" and known.status == "firing":
        return _resolved(said, known)
    return _NEWS


def is_same_start(one: datetime | None, other: datetime | None) -> bool:
    return one == other or (one is not None and other is not None and abs(one - other) <= STARTS_APART)


def _firing(said: Said, known: Known, resolved_at: datetime, window: timedelta) -> Verdict:
    if _begins_after(said.starts_at, known):
        return _NEWS
    if said.came_before:
        return Verdict(What.OLD, "It came before the resolved that was told, and could not be read then.")
    # A clock that was set back must not make it wait longer than the window.
    until = min(resolved_at, said.received_at) + window
    if said.begins or until <= said.received_at:
        return _NEWS
    ago = max(0, round((said.received_at - resolved_at).total_seconds()))
    why = (
        f"It was told as resolved {ago} s before, and this tells of the start it had: a copy that comes late, or it "
        f"burns again. It is told at {until:%H:%M:%S} UTC unless its resolved comes again."
    )
    return Verdict(What.LATE, why, until)


def _begins_after(start: datetime | None, known: Known) -> bool:
    """It began after it had ended. Starts and ends are of one clock, the sender's; without an end the start must differ."""
    if start is None:
        return True
    if known.last_end is not None:
        return start > known.last_end
    return known.starts_at is None or start > known.starts_at + STARTS_APART


def _resolved(said: Said, known: Known) -> Verdict:
    if known.is_kept_as_late:
        return Verdict(What.ENDED_AGAIN)
    if said.came_before:
        return Verdict(What.OLD, "It came before the firing that was told, and could not be read then.")
    start, end = said.starts_at, said.ends_at
    if start and end and known.starts_at and max(start, end) < known.starts_at:
        since = f"{known.starts_at:%Y-%m-%d %H:%M:%S}"
        return Verdict(What.OLD, f"It burns since {since} UTC; this is the end of an earlier time.")
    # The end that was told before says nothing: what was told as firing since may have been the late copy.
    return _NEWS
