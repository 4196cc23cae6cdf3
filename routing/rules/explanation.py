"""An alert's walk through the rules, condition by condition, for the person who asks why. Pure.

`decision.decide` decides; nothing here has a say in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.rules import decision
from routing.rules.decision import LONGEST_WHY, Choice, Route, cut, seen

TOOK, GOES_ON, MUTED, PASSED, NOT_REACHED, NOT_NEEDED = (
    "took",
    "goes on",
    "muted",
    "passed",
    "not reached",
    "not needed",
)
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing the rule asks for; `seen` is what the alert has, in words."""

    text: str
    fits: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Line:
    """One rule as the alert met it. `target_ids` are those this rule tells the alert to, now."""

    rule_id: int
    rule_name: str
    verdict: str
    conditions: tuple[Condition, ...]
    why: str
    target_ids: tuple[int, ...] = ()


def walk(labels: Mapping[str, str], severity: str, routes: Sequence[Route], now: datetime) -> tuple[Line, ...]:
    """A line for every route, in order: chosen, passed over or not reached, each with its reason."""
    choices = {choice.rule_id: choice for choice in decision.decide(labels, severity, routes, now).choices}
    lines: list[Line] = []
    last = ""
    for route in routes:
        choice = choices.get(route.rule_id)
        verdict = _verdict(route, choice, is_over=bool(last))
        conditions = () if route.is_fallback else _conditions(route, labels, severity)
        why = choice.muted or choice.why if choice else _why_not(route, labels, severity, last)
        told = choice.target_ids if choice and not choice.muted else ()
        lines.append(Line(route.rule_id, route.name, verdict, conditions, why, told))
        if choice and not route.continues and not route.is_fallback:
            last = route.name
    return tuple(lines)


def _why_not(route: Route, labels: Mapping[str, str], severity: str, last: str) -> str:
    """`last` names the rule that ended the walk before this one."""
    if route.is_fallback:
        return "not needed: another rule fits"
    if last:
        return f'not reached: rule "{last}" fits and does not continue'
    return _obstacle(route, labels, severity)


def _obstacle(route: Route, labels: Mapping[str, str], severity: str) -> str:
    """Why the route does not fit: everything that stands in the way, not only the first."""
    parts = []
    if route.severities and severity not in route.severities:
        wanted = " or ".join(sorted(route.severities))
        has = f"severity is {severity}" if severity else "the alert has no severity"
        parts.append(f"{has} but the rule takes {wanted}")
    parts += [f"{m} but the alert has {seen(m.name, labels)}" for m in route.matchers if not m.matches(labels)]
    return cut("; ".join(parts), LONGEST_WHY)


def _verdict(route: Route, choice: Choice | None, is_over: bool) -> str:
    if choice is not None:
        if choice.muted:
            return MUTED
        return GOES_ON if route.continues and not route.is_fallback else TOOK
    if route.is_fallback:
        return NOT_NEEDED
    return NOT_REACHED if is_over else PASSED


def _conditions(route: Route, labels: Mapping[str, str], severity: str) -> tuple[Condition, ...]:
    found: list[Condition] = []
    if route.severities:
        wanted = " or ".join(sorted(route.severities))
        found.append(Condition(f"severity is {wanted}", severity in route.severities, severity or "no severity"))
    for matcher in route.matchers:
        value = labels.get(matcher.name, "")
        seen = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
        found.append(Condition(str(matcher), matcher.matches(labels), f'"{seen}"' if value else f"no {matcher.name}"))
    return tuple(found)
