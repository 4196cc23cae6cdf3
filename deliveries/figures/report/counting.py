"""Puts a report together: eight statements, however many rows they count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo

from deliveries.figures.percentiles import percentile
from deliveries.figures.report import firings, quiet, told
from deliveries.figures.report.told import Fared, Named
from deliveries.figures.report.values import Course, NameLine, Report, RuleLine, SeverityLine, TargetLine, is_night
from deliveries.models import Delivery, carried
from routing.models import Rule, Target
from routing.rules.severity import rank

_NAMES_KEPT = 1_000
_FAILED = tuple(state.value for state in carried.FAILED)
_DELETED = "(deleted)"


def of(now: datetime, days: int, zone: tzinfo) -> Report:
    """The last `days` days up to `now`; nights are those of `zone`."""
    since = now - timedelta(days=days)
    hours_of_rules = told.by_rule(since, now, zone)
    named, some_left_out = told.by_name(since, now, zone)
    went = firings.count(since, now)
    names = sorted(_names(named, went.names), key=lambda line: (-max(line.told, line.course.firings), line.name))
    hours: Counter[int] = sum(hours_of_rules.values(), Counter())
    return Report(
        since=since,
        until=now,
        days=days,
        zone=str(zone),
        hours=tuple(hours[hour] for hour in range(24)),
        names=tuple(sorted(names[:_NAMES_KEPT], key=lambda line: (-line.told, -line.course.firings, line.name))),
        rules=tuple(sorted(_rules(hours_of_rules), key=lambda line: (-line.told, line.name))),
        severities=tuple(
            SeverityLine(word, course) for word, course in sorted(went.severities.items(), key=lambda one: rank(one[0]))
        ),
        targets=tuple(
            sorted(
                _targets(told.by_target(since, now), went.targets),
                key=lambda line: (-line.undelivered, -line.delivered, line.name),
            )
        ),
        silences=quiet.long_ones(since, now),
        is_cut=some_left_out or went.is_cut or len(names) > _NAMES_KEPT,
    )


def _names(named: Mapping[str, Named], courses: Mapping[str, Course]) -> Iterator[NameLine]:
    nothing = Named()
    for name in {*named, *courses}:
        one = named.get(name, nothing)
        yield NameLine(name, one.told, one.at_night, len(one.targets), courses.get(name, Course()))


def _rules(found: Mapping[int | None, Counter[int]]) -> Iterator[RuleLine]:
    known = {pk: (name, is_fallback) for pk, name, is_fallback in Rule.objects.values_list("pk", "name", "is_fallback")}
    for rule_id, hours in found.items():
        name, is_fallback = known.get(rule_id or 0, (_DELETED, False))
        at_night = sum(count for hour, count in hours.items() if is_night(hour))
        yield RuleLine(rule_id, name, hours.total(), at_night, is_fallback)


def _targets(fared: Mapping[int | None, Fared], courses: Mapping[int | None, Course]) -> Iterator[TargetLine]:
    names = dict(Target.objects.values_list("pk", "name"))
    for target_id in {*fared, *courses} - {None}:
        one = fared.get(target_id, Fared())
        yield _target(target_id, names.get(target_id or 0, _DELETED), one, courses.get(target_id, Course()))
    if None in fared:
        yield _target(None, _DELETED, fared[None], Course())


def _target(target_id: int | None, name: str, one: Fared, course: Course) -> TargetLine:
    return TargetLine(
        target_id,
        name,
        delivered=sum(one.stands[state] for state in carried.TOLD),
        undelivered=sum(one.stands[state] for state in _FAILED),
        pending=sum(one.stands[state] for state in Delivery.OPEN),
        p95=percentile(one.took, 0.95),
        course=course,
    )
