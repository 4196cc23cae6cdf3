"""The words of a notice: one for each target that hears troubles, whatever happened in one look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

from deliveries.troubles.finding import Finding, TroubleKind
from deliveries.troubles.news import Known

MOST_SHOWN = 10
LONGEST = 4000
"""Characters: a room takes 5000 unless it was told otherwise."""
_ALL = "/admin/deliveries/trouble/"
_SEVERITIES = ("critical", "warning")
_WORST_FIRST = (
    TroubleKind.TARGET,
    TroubleKind.LATE,
    TroubleKind.UNREAD,
    TroubleKind.STUCK,
    TroubleKind.UNROUTED,
    TroubleKind.REJECTED,
    TroubleKind.REFUSED,
    TroubleKind.WORKER,
    TroubleKind.HINTS,
)


@dataclass(frozen=True, slots=True)
class Notice:
    """`text` begins with a line that says it all; severity "resolved" is good news."""

    title: str
    text: str
    severity: str


def notice(tell: Sequence[Finding], over: Sequence[Known], base_url: str, now: datetime) -> Notice:
    """At most MOST_SHOWN lines and LONGEST characters, the worst first. `base_url` is where people reach AlertHub."""
    lines = [
        *(_wrong(each, base_url, now) for each in sorted(tell, key=_badness)),
        *(_over(each, now) for each in sorted(over, key=lambda each: _WORST_FIRST.index(each.kind))),
    ]
    lengths = list(accumulate(map(len, lines)))[:MOST_SHOWN]
    fitting = max(1, sum(length <= LONGEST for length in lengths))
    more = [f"+{len(lines) - fitting} more"] if len(lines) > fitting else []
    first = _summary(tell, over)
    shown = [first, *(f"• {line}" for line in [*lines[:fitting], *more]), f"All troubles: {base_url}{_ALL}"]
    severity = min((each.severity for each in tell), key=_SEVERITIES.index, default="resolved")
    return Notice(title=first, text="\n".join(shown), severity=severity)


def _summary(tell: Sequence[Finding], over: Sequence[Known]) -> str:
    wrong = _named(len(tell), [(each.kind, each.subject) for each in tell])
    ended = _named(len(over), [(each.kind, each.subject) for each in over])
    if not tell:
        return f"Over: {ended}"
    return f"{wrong[0].upper()}{wrong[1:]}" + (f". Over: {ended}" if over else "")


def _named(number: int, keys: Sequence[tuple[TroubleKind, str]]) -> str:
    return f"{keys[0][0].label}: {keys[0][1]}" if number == 1 else f"{number} troubles"


def _wrong(finding: Finding, base_url: str, now: datetime) -> str:
    return f"{finding.what} Since {clock(finding.since, now)}. {finding.advice} {base_url}{finding.page}"


def _over(trouble: Known, now: datetime) -> str:
    return f"Over: {trouble.kind.label}: {trouble.subject}, since {clock(trouble.since, now)}"


def _badness(finding: Finding) -> tuple[int, int, datetime]:
    return _SEVERITIES.index(finding.severity), _WORST_FIRST.index(finding.kind), finding.since


def clock(at: datetime, now: datetime) -> str:
    """In UTC, as all messages; with its date unless it is today."""
    at, now = at.astimezone(UTC), now.astimezone(UTC)
    return f"{at:%H:%M:%S} UTC" if at.date() == now.date() else f"{at:%Y-%m-%d %H:%M} UTC"
