"""What begins, what is over, and what people are told of it: each trouble seldom, and nobody about itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from deliveries.troubles.finding import Finding, Key, TroubleKind

TOLD_AGAIN_AFTER = timedelta(minutes=15)
"""However often it comes and goes, the same trouble is told at most once in this time."""
NOTICES_APART = timedelta(seconds=30)
"""Between two notices: what happens meanwhile goes into the next one."""
REMEMBERED = TOLD_AGAIN_AFTER
"""A trouble that ended longer ago plays no part any more."""


@dataclass(frozen=True, slots=True)
class Known:
    """A trouble as it is recorded; open until `ended_at`."""

    id: int
    kind: TroubleKind
    subject: str
    since: datetime
    told_at: datetime | None = None
    ended_at: datetime | None = None
    about: int | None = None

    @property
    def key(self) -> Key:
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class News:
    """`begin` and `end` are to be recorded; `tell` and `over` to be told: what is wrong, and what of `end` people knew."""

    begin: Sequence[Finding] = ()
    end: Sequence[Known] = ()
    tell: Sequence[Finding] = ()
    over: Sequence[Known] = ()


def news(known: Sequence[Known], findings: Mapping[Key, Finding], listeners: Collection[int], now: datetime) -> News:
    """`known`: what is open, and what ended within REMEMBERED. `listeners`: targets that hear troubles and work.

    What was told stays open until its end can be told too, at most NOTICES_APART longer. What nobody can hear is only
    recorded, and told as soon as somebody can.
    """
    still_open = {each.key: each for each in known if each.ended_at is None}
    may_speak = _spoke_at(known, now) + NOTICES_APART <= now
    gone = [each for each in still_open.values() if each.key not in findings]
    told = [each for each in gone if each.told_at and _has_ear(each, listeners)]
    over = told if may_speak else []
    due = [each for each in findings.values() if _is_due(each, known, now) and _has_ear(each, listeners)]
    return News(
        begin=[finding for key, finding in findings.items() if key not in still_open],
        end=[each for each in gone if each not in told or each in over],
        tell=due if may_speak else [],
        over=over,
    )


def _is_due(finding: Finding, known: Sequence[Known], now: datetime) -> bool:
    same = [each for each in known if each.key == finding.key and each.told_at]
    told_at = max((each.told_at for each in same if each.told_at), default=None)
    if told_at is None:
        return True
    if any(each.ended_at is None for each in same):
        return finding.again_after is not None and now - told_at >= finding.again_after
    return now - told_at >= TOLD_AGAIN_AFTER


def _spoke_at(known: Sequence[Known], now: datetime) -> datetime:
    """When the last notice went out; a clock that was set back does not silence."""
    spoken = [at for each in known if each.told_at for at in (each.told_at, each.ended_at) if at]
    return max((at for at in spoken if at <= now), default=now - NOTICES_APART)


def _has_ear(trouble: Finding | Known, listeners: Collection[int]) -> bool:
    return any(listener != trouble.about for listener in listeners)
