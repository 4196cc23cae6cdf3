"""What happens after a failed try: when the next one starts, and when there is none.

It decides only; the row that remembers the decision is written in `outbox`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from deliveries import outcomes
from deliveries.outcomes import Kind, Outcome, Reason

SCHEDULE = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0)
"""Seconds to wait after the first, second, ... failed try; the last one repeats."""
JITTER = 0.2
HOLD_AFTER = 3
"""Tries after which a trouble that may be a moment's is taken for a broken target."""
REJECT_AFTER = 5
"""Tries after which a message that is refused in unknown words, even as plain text, holds its lane no longer."""
PROBE_EVERY = timedelta(minutes=15)
"""A broken target is tried this often with one delivery, should somebody have mended it at the other end."""
NEVER_PROBED = frozenset({Reason.GONE})
FALLBACK_TO_PLAIN_AFTER = 3
"""Workers that vanished while sending the same message, after which it is sent as short plain text."""
POISON_AFTER = 10
"""... and after which nobody sends it any more, until a person says so."""
SLOWEST_FIRST = 15.0
"""Seconds: a target in doubt is not asked more often than about this."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Try again at `at`; `counts`: that failure moves along the schedule; `plain`: as short plain text; `alone`: as a
    message of its own, in no thread and without an edit; `anew`: under another message id, marked as a repeat."""

    at: datetime
    counts: bool
    plain: bool
    alone: bool = False
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Reject:
    """Rocket.Chat will never take it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """The target takes nothing until a person mends it; the message waits for that."""


@dataclass(frozen=True, slots=True)
class Expire:
    """The next try would start after the message is worth nothing any more."""


Verdict = Retry | Reject | Hold | Expire


class Course(StrEnum):
    """The way on after a reason."""

    RETRY = "retry"  # temporary trouble: along the schedule
    SLOW = "slow"  # along the schedule without its hasty start
    HOLD = "hold"  # a broken target: no try helps until a person has mended it
    SLOW_THEN_HOLD = "slow_then_hold"  # it may be a moment's trouble; the third time it is a broken target
    ALONE = "alone"  # at once as a message of its own
    ANEW = "anew"  # along the schedule, under another message id
    WAIT = "wait"  # as long as the server asks; no try is used up
    PLAIN = "plain"  # at once as plain text; refused again: rejected
    PLAIN_THEN_SLOW = "plain_then_slow"  # a refusal in unknown words: perhaps the message, perhaps the target
    REJECT = "reject"  # another try would do harm


COURSES: Mapping[Reason, Course] = MappingProxyType(
    {
        Reason.DNS: Course.RETRY,
        Reason.CONNECT: Course.RETRY,
        Reason.TIMEOUT: Course.RETRY,
        Reason.RESET: Course.RETRY,
        Reason.TRUNCATED: Course.RETRY,
        Reason.SERVER_ERROR: Course.RETRY,
        Reason.GATEWAY: Course.RETRY,
        Reason.LEASE_EXPIRED: Course.RETRY,
        Reason.PUT_BACK: Course.RETRY,
        Reason.INTERNAL: Course.RETRY,
        Reason.TLS: Course.SLOW_THEN_HOLD,
        Reason.BLOCKED: Course.HOLD,
        Reason.BAD_URL: Course.HOLD,
        Reason.KEY_MISSING: Course.HOLD,
        Reason.PROXY: Course.HOLD,
        Reason.REDIRECT: Course.HOLD,
        Reason.UNAUTHORIZED: Course.HOLD,
        Reason.FORBIDDEN: Course.HOLD,
        Reason.NOT_FOUND: Course.HOLD,
        Reason.GONE: Course.HOLD,
        Reason.BAD_ROOM: Course.HOLD,
        Reason.SCRIPT: Course.HOLD,
        Reason.DISABLED: Course.HOLD,
        # Perhaps it was posted all the same: each hasty repeat could be one more copy in the room.
        Reason.NOT_ROCKETCHAT: Course.SLOW,
        Reason.RATE_LIMITED: Course.WAIT,
        Reason.BAD_MESSAGE: Course.PLAIN,
        Reason.TOO_LARGE: Course.PLAIN,
        Reason.MENTION: Course.PLAIN,
        Reason.SUCCESS_FALSE: Course.PLAIN_THEN_SLOW,
        Reason.PARTIAL: Course.REJECT,
        Reason.CANNOT_UPDATE: Course.ALONE,
        Reason.ID_TAKEN: Course.ANEW,
    }
)


def after(
    outcome: Outcome,
    *,
    tries: int,
    now: datetime,
    expires_at: datetime,
    was_plain: bool,
    draw: Callable[[], float],
    was_alone: bool = False,
) -> Verdict:
    """The verdict on a failed try.

    `tries`: how many counted before this one. `draw` gives a number in [0, 1) for the jitter.
    ValueError if the outcome is a delivery: there is nothing left to decide.
    """
    if outcome.kind is Kind.DELIVERED or outcome.reason is None:
        raise ValueError("A delivered message is not tried again.")
    course = COURSES[outcome.reason]
    if course is Course.REJECT or (course is Course.PLAIN and was_plain):
        return Reject()
    if course is Course.PLAIN_THEN_SLOW and was_plain and tries + 1 >= REJECT_AFTER:
        return Reject()
    if course is Course.HOLD or (course is Course.SLOW_THEN_HOLD and tries + 1 >= HOLD_AFTER):
        return Hold()
    if course in (Course.PLAIN, Course.PLAIN_THEN_SLOW) and not was_plain:
        verdict = Retry(at=now, counts=True, plain=True)
    elif course is Course.ALONE and not was_alone:
        verdict = Retry(at=now, counts=True, plain=was_plain, alone=True)
    elif course is Course.WAIT:
        wait = outcomes.clamp_wait(outcomes.DEFAULT_WAIT if outcome.retry_after is None else outcome.retry_after)
        verdict = Retry(at=now + timedelta(seconds=wait), counts=False, plain=was_plain)
    else:
        seconds = delay(tries, slow=course not in (Course.RETRY, Course.ANEW), draw=draw)
        at = now + timedelta(seconds=seconds)
        verdict = Retry(at=at, counts=True, plain=was_plain, anew=course is Course.ANEW)
    return verdict if verdict.at <= expires_at else Expire()


def breaks_target(outcome: Outcome, tries: int) -> bool:
    """True if the target itself has to be mended by a person before it takes anything."""
    if outcome.kind is Kind.DELIVERED or outcome.reason is None:
        return False
    course = COURSES[outcome.reason]
    return course is Course.HOLD or (course is Course.SLOW_THEN_HOLD and tries + 1 >= HOLD_AFTER)


def delay(tries: int, *, slow: bool, draw: Callable[[], float]) -> float:
    """Seconds until the next try, spread by 20 % either way so that recovered targets are not stormed."""
    seconds = SCHEDULE[max(0, min(tries, len(SCHEDULE) - 1))]
    if slow:
        seconds = max(seconds, SLOWEST_FIRST)
    return seconds * (1 + JITTER * (2 * draw() - 1))


TROUBLE_AFTER = 5
"""Failures in a row, of whichever messages, after which a target is asked more rarely."""
_LONGEST_LANE_PAUSE = 300.0


def lane_pause(failures: int, now: datetime) -> datetime | None:
    """Until when a target in trouble is left alone; then one message is its probe. None: not in such trouble yet.

    15 s, 30 s, 60 s, ... up to 5 min: never longer than that message would wait for its own next try.
    """
    if failures < TROUBLE_AFTER:
        return None
    seconds = min(15.0 * 2 ** min(failures - TROUBLE_AFTER, 10), _LONGEST_LANE_PAUSE)
    return now + timedelta(seconds=seconds)
