"""What happens after a failed try: when the next one starts, and when there is none.

It decides only; the row that remembers the decision is written in `outbox`. When a target in trouble is asked again is
in `probes`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from deliveries.reasons import Reason
from deliveries.rocketchat import outcomes
from deliveries.rocketchat.outcomes import Ending, Outcome

SCHEDULE = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0)
"""Seconds to wait after the first, second, ... failed try; the last one repeats."""
JITTER = 0.2
PLAIN_AFTER = 3
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
class Suspend:
    """Its target may have to be mended: the message is not tried before `at`, nor before the target is probed. It does not
    age meanwhile, and uses up no try."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """The target takes nothing until a person mends it; the message waits for that."""


@dataclass(frozen=True, slots=True)
class Expire:
    """The next try would start after the message is worth nothing any more."""


Verdict = Retry | Reject | Suspend | Hold | Expire


class Course(StrEnum):
    """The way on after a reason."""

    RETRY = "retry"  # temporary trouble: along the schedule
    HOLD = "hold"  # the target: suspended, and held when it answers so again and again
    ALONE = "alone"  # at once as a message of its own
    ANEW = "anew"  # along the schedule, under another message id
    WAIT = "wait"  # as long as the server asks; no try is used up
    PLAIN = "plain"  # at once as plain text; refused again: rejected if the target takes others, else the target
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
        Reason.TLS: Course.HOLD,
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
        Reason.LOOK_UP: Course.HOLD,
        Reason.NOT_ROCKETCHAT: Course.HOLD,
        Reason.RATE_LIMITED: Course.WAIT,
        Reason.BAD_MESSAGE: Course.PLAIN,
        Reason.TOO_LARGE: Course.PLAIN,
        Reason.MENTION: Course.PLAIN,
        Reason.SUCCESS_FALSE: Course.PLAIN,
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
    is_broken: bool = False,
    takes_others: bool = False,
) -> Verdict:
    """The verdict on a failed try.

    `tries`: how many counted before this one. `draw` gives a number in [0, 1) for the jitter. `is_broken`: a person must
    mend the target. `takes_others`: it took another message since it refused the plain text of this one.
    ValueError if the outcome is a delivery: there is nothing left to decide.
    """
    if outcome.kind is Ending.DELIVERED or outcome.reason is None:
        raise ValueError("A delivered message is not tried again.")
    course = COURSES[outcome.reason]
    if course is Course.REJECT or (course is Course.PLAIN and was_plain and takes_others):
        return Reject()
    if speaks_against_target(outcome, was_plain):
        return Hold() if is_broken else Suspend(now + timedelta(seconds=soonest(outcome)))
    if course is Course.PLAIN:
        # A refusal in unknown words may be about the thread as well.
        alone = was_alone or outcome.reason is Reason.SUCCESS_FALSE
        verdict = Retry(at=now, counts=True, plain=True, alone=alone)
    elif course is Course.ALONE and not was_alone:
        verdict = Retry(at=now, counts=True, plain=was_plain, alone=True)
    elif course is Course.WAIT:
        wait = outcomes.clamp_wait(outcomes.DEFAULT_WAIT if outcome.retry_after is None else outcome.retry_after)
        verdict = Retry(at=now + timedelta(seconds=wait), counts=False, plain=was_plain)
    else:
        seconds = delay(tries, slow=course is Course.ALONE, draw=draw)
        at = now + timedelta(seconds=seconds)
        verdict = Retry(at=at, counts=True, plain=was_plain, anew=course is Course.ANEW)
    return verdict if verdict.at <= expires_at else Expire()


def speaks_against_target(outcome: Outcome, was_plain: bool) -> bool:
    """True if a person may have to mend the target, as another message would meet the same. A refused message is to blame
    itself until its plain text is refused too."""
    course = COURSES[outcome.reason] if outcome.reason is not None else None
    return course is Course.HOLD or (course is Course.PLAIN and was_plain)


def may_be_message(outcome: Outcome) -> bool:
    """True if the message was refused and may be to blame for it: another one shows that best."""
    return outcome.reason is not None and COURSES[outcome.reason] is Course.PLAIN


def soonest(outcome: Outcome) -> float:
    """Seconds a suspended message waits at least: where it may be in the room, each hasty repeat could be one more copy."""
    return SLOWEST_FIRST if outcome.kind is Ending.UNKNOWN else 0.0


def delay(tries: int, *, slow: bool, draw: Callable[[], float]) -> float:
    """Seconds until the next try, spread by 20 % either way so that recovered targets are not stormed."""
    seconds = SCHEDULE[max(0, min(tries, len(SCHEDULE) - 1))]
    if slow:
        seconds = max(seconds, SLOWEST_FIRST)
    return seconds * (1 + JITTER * (2 * draw() - 1))
