"""Who is told about an alert, by which rule, and why. Pure.

Rules in order; the first that fits stops, unless it continues. `decide` is the road every alert takes, so it
words only what was chosen; `explain` adds a sentence for every other rule, for the person who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.rules.matchers import Matcher, written
from routing.rules.windows import Window

_SHOWN = 80
_ASK_WITHIN = timedelta(days=7)
_LONGEST_WHY = 500


@dataclass(frozen=True, slots=True)
class Route:
    """The frozen value of one enabled rule. Severities are folded; an empty set takes every severity.

    Without targets nobody is told: `records_only` says that this is meant. A fallback's conditions do not count.
    """

    rule_id: int
    name: str
    severities: frozenset[str]
    matchers: tuple[Matcher, ...]
    target_ids: tuple[int, ...]
    continues: bool
    sends_resolved: bool
    is_fallback: bool
    active: tuple[Window, ...] = ()
    """It speaks only inside one of these; none named: at any time."""
    muted: tuple[Window, ...] = ()
    """It is silent inside any of these."""
    records_only: bool = False
    """It keeps alerts and tells nobody, on purpose."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rule as the alert met it, whether it fitted or not; `muted` says why a rule that fitted does not speak now."""

    rule_id: int
    rule_name: str
    matched: bool
    why: str
    muted: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule that fitted. `target_ids` leaves out those that an earlier choice for this alert tells.

    `muted` says why the rule does not speak now; `silent_until` when to ask again (None: not within a week).
    """

    rule_id: int
    rule_name: str
    target_ids: tuple[int, ...]
    sends_resolved: bool
    why: str
    muted: str = ""
    silent_until: datetime | None = None
    records_only: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    severity: str
    choices: tuple[Choice, ...]


def decide(labels: Mapping[str, str], severity: str, routes: Iterable[Route], now: datetime) -> Decision:
    """Routes in their order; one that fits is chosen also while a time window mutes it. The fallback is chosen exactly when no other rule fits, wherever it stands."""
    told: dict[int, str] = {}
    choices: list[Choice] = []
    fallback: Route | None = None
    for route in routes:
        if route.is_fallback:
            fallback = fallback or route
        elif fits(route, labels, severity):
            choices.append(_choice(route, _reason(route, labels, severity), told, now))
            if not route.continues:
                break
    if not choices and fallback:
        choices.append(_choice(fallback, "no other rule fits", told, now))
    return Decision(severity, tuple(choices))


def explain(labels: Mapping[str, str], severity: str, routes: Sequence[Route], now: datetime) -> tuple[Step, ...]:
    """A step for every route, in order: chosen, passed over, or not reached, each with its reason."""
    chosen = {choice.rule_id: choice for choice in decide(labels, severity, routes, now).choices}
    steps: list[Step] = []
    last = ""
    for route in routes:
        choice = chosen.get(route.rule_id)
        if choice:
            why = choice.why
        elif route.is_fallback:
            why = "not needed: another rule fits"
        elif last:
            why = f'not reached: rule "{last}" fits and does not continue'
        else:
            why = _obstacle(route, labels, severity)
        if choice and not route.continues and not route.is_fallback:
            last = route.name
        steps.append(Step(route.rule_id, route.name, choice is not None, why, choice.muted if choice else ""))
    return tuple(steps)


def fits(route: Route, labels: Mapping[str, str], severity: str) -> bool:
    """Whether the route's conditions hold; its windows and its place among others are not asked."""
    if route.severities and severity not in route.severities:
        return False
    # Not all(): this runs for every alert and rule, and a generator costs more than the matchers do.
    for matcher in route.matchers:  # noqa: SIM110
        if not matcher.matches(labels):
            return False
    return True


def _choice(route: Route, why: str, told: dict[int, str], now: datetime) -> Choice:
    """Adds the route's targets to `told` (target id -> rule name), if it speaks now."""
    muted, until = _muted(route, now)
    fresh = tuple(dict.fromkeys(target for target in route.target_ids if target not in told))
    if route.records_only:
        why += "; it only records, so nobody is told"
    elif not route.target_ids:
        why += "; it names no target, so nobody is told"
    elif repeated := [target for target in dict.fromkeys(route.target_ids) if target in told]:
        earlier = ", ".join(dict.fromkeys(f'"{told[target]}"' for target in repeated))
        why += f"; {_count(len(repeated))} already told by rule {earlier}"
    if not muted:
        told.update(dict.fromkeys(fresh, route.name))
    return Choice(route.rule_id, route.name, fresh, route.sends_resolved, why, muted, until, route.records_only)


def _muted(route: Route, now: datetime) -> tuple[str, datetime | None]:
    """Why the route does not speak now ("": it does), and when that may change."""
    silent = [window for window in route.muted if window.contains(now)]
    outside = bool(route.active) and not any(window.contains(now) for window in route.active)
    if not silent and not outside:
        return "", None
    changes = [
        at for window in (*silent, *(route.active if outside else ())) if (at := window.changes_at(now, _ASK_WITHIN))
    ]
    until = min(changes, default=None)
    if silent:
        return f"muted by window {_names(silent)}", until
    return f"outside its active window {_names(route.active)}", until


def _names(windows: Iterable[Window]) -> str:
    return ", ".join(f'"{window.name}"' for window in windows)


def _count(targets: int) -> str:
    return "1 target is" if targets == 1 else f"{targets} targets are"


def _reason(route: Route, labels: Mapping[str, str], severity: str) -> str:
    """Why the route fits, with what was seen."""
    parts = [f"severity is {severity or 'missing'}"] if route.severities else []
    for matcher in route.matchers:
        fitted = str(matcher)
        parts.append(fitted if matcher.op == "=" else f"{fitted} fits {_seen(matcher.name, labels)}")
    return _cut("; ".join(parts), _LONGEST_WHY) or "it takes every alert"


def _obstacle(route: Route, labels: Mapping[str, str], severity: str) -> str:
    """Why the route does not fit: everything that stands in the way, not only the first."""
    parts = []
    if route.severities and severity not in route.severities:
        wanted = " or ".join(sorted(route.severities))
        has = f"severity is {severity}" if severity else "the alert has no severity"
        parts.append(f"{has} but the rule takes {wanted}")
    parts += [f"{m} but the alert has {_seen(m.name, labels)}" for m in route.matchers if not m.matches(labels)]
    return _cut("; ".join(parts), _LONGEST_WHY)


def _seen(name: str, labels: Mapping[str, str]) -> str:
    """The label as the alert has it, in matcher syntax, cut to a readable length."""
    value = labels.get(name, "")
    return written(name, "=", _cut(value, _SHOWN)) if value else f"no {name}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
