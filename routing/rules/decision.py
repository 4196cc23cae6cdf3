"""Who is told about an alert, by which rule, and why. Pure.

Rules in order; the first that fits stops, unless it continues. This is the road every alert takes, so it words only
what was chosen; `explanation` has a sentence for every other rule, for the person who asks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from routing.rules.matchers import Matcher, written
from routing.rules.windows import Window

_SHOWN = 80
_ASK_WITHIN = timedelta(days=7)
LONGEST_WHY = 500


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


class Routes(tuple[Route, ...]):
    """Routes in their order. Those that ask a label for one value are found by it: of a thousand, few are asked."""

    _by_value: dict[str, dict[str, tuple[int, ...]]]
    _always: tuple[int, ...]

    def __new__(cls, routes: Iterable[Route] = ()) -> Routes:
        made = super().__new__(cls, routes)
        made._sort()
        return made

    def near(self, labels: Mapping[str, str]) -> Iterable[Route]:
        """In their order: all that may fit these labels, and the fallback."""
        found = [places for name, by_value in self._by_value.items() if (places := by_value.get(labels.get(name, "")))]
        if not found:
            return map(self.__getitem__, self._always)
        return map(self.__getitem__, sorted(chain(self._always, *found)))

    def _sort(self) -> None:
        asked = [[] if route.is_fallback else _asked(route) for route in self]
        often = Counter(chain.from_iterable(asked))
        always, by_value = list[int](), defaultdict[str, dict[str, tuple[int, ...]]](dict)
        for place, pairs in enumerate(asked):
            if not pairs:
                always.append(place)
                continue
            # By what the fewest others ask for: that leaves the fewest to look at.
            name, value = min(pairs, key=often.__getitem__)
            by_value[name][value] = (*by_value[name].get(value, ()), place)
        self._always, self._by_value = tuple(always), dict(by_value)


def _asked(route: Route) -> list[tuple[str, str]]:
    """Label and value of each equality that only this value fulfils."""
    return [(one.name, one.value) for one in route.matchers if one.op == "=" and one.value]


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
    for route in routes.near(labels) if isinstance(routes, Routes) else routes:
        if route.is_fallback:
            fallback = fallback or route
        elif fits(route, labels, severity):
            choices.append(_choice(route, _reason(route, labels, severity), told, now))
            if not route.continues:
                break
    if not choices and fallback:
        choices.append(_choice(fallback, "no other rule fits", told, now))
    return Decision(severity, tuple(choices))


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


def is_silent(route: Route, now: datetime) -> bool:
    """Whether its windows let it speak to nobody now."""
    return bool(_muted(route, now)[0])


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
        parts.append(fitted if matcher.op == "=" else f"{fitted} fits {seen(matcher.name, labels)}")
    return cut("; ".join(parts), LONGEST_WHY) or "it takes every alert"


def seen(name: str, labels: Mapping[str, str]) -> str:
    """The label as the alert has it, in matcher syntax, cut to a readable length."""
    value = labels.get(name, "")
    return written(name, "=", cut(value, _SHOWN)) if value else f"no {name}"


def cut(text: str, longest: int) -> str:
    """At most so many characters."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
