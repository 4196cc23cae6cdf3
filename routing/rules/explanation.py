"""An alert's walk through the rules, condition by condition, for the person who asks why. Pure.

`decision.decide` decides; nothing here has a say in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.rules import decision
from routing.rules.decision import Choice, Route

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
    """A line for every route, in order."""
    choices = {choice.rule_id: choice for choice in decision.decide(labels, severity, routes, now).choices}
    steps = decision.explain(labels, severity, routes, now)
    lines: list[Line] = []
    is_over = False
    for route, step in zip(routes, steps, strict=True):
        choice = choices.get(route.rule_id)
        verdict = _verdict(route, choice, is_over)
        is_over = is_over or (choice is not None and not route.continues and not route.is_fallback)
        conditions = () if route.is_fallback else _conditions(route, labels, severity)
        why = choice.muted or step.why if choice else step.why
        told = choice.target_ids if choice and not choice.muted else ()
        lines.append(Line(route.rule_id, route.name, verdict, conditions, why, told))
    return tuple(lines)


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
