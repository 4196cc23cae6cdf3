"""What to mend first: sentences made from the figures of a report by fixed rules, the worst first. Pure.

Each has a weight, the messages that somebody need not have got or the ones that did not come, and each thing is named once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deliveries.figures.percentiles import shown
from deliveries.figures.report.values import NameLine, Report, RuleLine, SeverityLine, SilenceLine, TargetLine
from deliveries.punctual import ON_TIME

MOST = 5
_LONGEST_NAME = 80
_OFTEN_AT_NIGHT = 0.3
_SILENT_FOR_LONG = 72.0


@dataclass(frozen=True, slots=True)
class Advice:
    """`kind` and `key` say what it is about: an alert's name, or the id of a rule, a target or a silence, or a severity."""

    kind: str
    key: str | int | None
    subject: str
    words: str
    weight: float

    @property
    def sentence(self) -> str:
        return f"{self.subject} {self.words}"


def of(report: Report) -> list[Advice]:
    """At most MOST."""
    found: dict[tuple[str, str | int | None], Advice] = {}
    for one in sorted(_all(report), key=lambda each: -each.weight):
        found.setdefault((one.kind, one.key), one)
    return list(found.values())[:MOST]


def _all(report: Report) -> Iterator[Advice]:
    # Where nobody acknowledges anything, that nobody did says nothing about an alert.
    people_acknowledge = any(line.course.acknowledged for line in report.severities)
    for name in report.names:
        yield from _of_name(name, report.days, people_acknowledge)
    for rule in report.rules:
        yield from _of_rule(rule, report.days)
    yield from _of_targets(report.targets, report.days)
    for silence in report.silences:
        yield from _of_silence(silence)
    if people_acknowledge:
        for severity in report.severities:
            yield from _of_severity(severity)


def _of_name(line: NameLine, days: int, people_acknowledge: bool) -> Iterator[Advice]:
    subject = _cut(line.name) or "An alert without a name"
    ignored = people_acknowledge and line.course.firings > 0 and line.course.acknowledged == 0
    nightly = line.at_night >= max(3, days // 2) and line.at_night >= _OFTEN_AT_NIGHT * line.told
    if line.told >= 2 * days:
        at_night = f", {line.at_night / line.told:.0%} of them at night" if nightly else ""
        nobody = ", and nobody acknowledged it" if ignored else ""
        todo = "raise its threshold, silence it or route it elsewhere"
        told = f"was told {line.told:,} times in {days} days{at_night}{nobody}: {todo}."
        yield Advice("alert", line.name, subject, told, line.told * (2 if ignored else 1) + 2 * line.at_night)
    elif nightly:
        told = f"was told {line.at_night:,} times at night in {days} days"
        todo = "if it can wait until the morning, give its rule a time window."
        yield Advice("alert", line.name, subject, f"{told}: {todo}", 3 * line.at_night)
    if line.flaps and line.course.firings >= days:
        course = line.course
        lasted = f"mostly within {shown(course.to_resolve.median)}"
        todo = "let it hold longer before it fires, or raise its threshold."
        told = f"fired {course.firings:,} times in {days} days and was resolved again, {lasted}: {todo}"
        yield Advice("alert", line.name, subject, told, 1.5 * course.firings)


def _of_rule(line: RuleLine, days: int) -> Iterator[Advice]:
    if line.is_fallback and line.told >= days:
        told = f"told {line.told:,} messages for which no other rule fitted: give those alerts a rule of their own."
        yield Advice("rule", line.rule_id, f"The fallback rule “{_cut(line.name)}”", told, 1.5 * line.told)


def _of_targets(lines: Sequence[TargetLine], days: int) -> Iterator[Advice]:
    known = [line for line in lines if line.target_id is not None]
    for line in known:
        if line.undelivered:
            ended = line.delivered + line.undelivered
            told = f"did not get {line.undelivered:,} of {ended:,} messages in {days} days: its page says what to mend."
            yield Advice("target", line.target_id, _cut(line.name), told, 50 + 10 * line.undelivered)
    # What makes one late often makes all of them late: said once, of the slowest.
    late = {line: line.p95 for line in known if line.p95 is not None and line.p95 > ON_TIME.total_seconds()}
    if late:
        slowest = max(late, key=lambda line: late[line])
        others = len(late) - 1
        also = f", and so {'do' if others > 1 else 'does'} {others} more" if others else ""
        told = (
            f"gets messages late, 5 of 100 after {shown(late[slowest])} or more{also}: look at rate limits and answers."
        )
        yield Advice("target", slowest.target_id, _cut(slowest.name), told, 40)


def _of_silence(line: SilenceLine) -> Iterator[Advice]:
    if line.is_active and line.hours >= _SILENT_FOR_LONG:
        kept = f" and kept back {line.kept_back:,} tellings" if line.kept_back else ""
        told = f"of {_cut(line.author) or 'nobody'} has lasted {line.hours / 24:.0f} days{kept}: mend the cause, or let a rule only record it."
        yield Advice("silence", line.silence_id, f"S-{line.silence_id}", told, line.hours / 4 + line.kept_back)


def _of_severity(line: SeverityLine) -> Iterator[Advice]:
    course = line.course
    missed = course.firings - course.acknowledged
    if line.severity == "critical" and course.firings >= 5 and missed > course.acknowledged:
        share = "none" if not course.acknowledged else f"only {course.acknowledged:,}"
        told = f"alerts fired {course.firings:,} times and {share} of them were acknowledged: agree on who is at them."
        yield Advice("severity", line.severity, line.severity.capitalize(), told, missed)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"
