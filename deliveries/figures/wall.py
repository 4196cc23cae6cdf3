"""What the wall shows: how many fire by severity, the worst groups, and whether AlertHub works. As values, without a secret.

Kept for a few seconds in each process: however many screens hang somewhere, and whoever reloads one without end, the database
is asked as often as by one.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from deliveries import troubles
from deliveries.figures import burning, groups
from deliveries.figures.burning import By, Group
from deliveries.figures.firing import States
from deliveries.models import Delivery, Trouble, Worker, carried

ROWS = 9
KEPT = timedelta(seconds=3)
_LONGEST = 120  # characters of a name
_NAMED = 2  # targets or people in a row
_BY = By("name")
_NAMELESS = "(no alert name)"


@dataclass(frozen=True, slots=True)
class Row:
    """Alerts of one name that fire. `targets` and `people` are the first names, `more_` how many others there are.

    Beside each target stands "pending", "held" or "undelivered" where its room was not told of all of them; "" if it was.
    """

    name: str
    severity: str
    count: int
    since: datetime | None
    targets: tuple[tuple[str, str], ...] = ()
    more_targets: int = 0
    people: tuple[str, ...] = ()
    more_people: int = 0
    is_silenced: bool = False


@dataclass(frozen=True, slots=True)
class Wall:
    as_of: datetime
    severities: tuple[tuple[str, int], ...]
    """Critical and warning always, the others where there are any."""
    count: int
    rows: tuple[Row, ...]
    more: int
    """Groups that are not among the rows."""
    works: bool
    health: str


_last: Wall | None = None
_counting = threading.Lock()


def now_burning(now: datetime) -> Wall:
    """At most KEPT old, unless it is being counted at this moment. Raises what the database raises."""
    global _last
    known = _last
    if known is not None and timedelta(0) <= now - known.as_of < KEPT:
        return known
    # Who has something to show need not wait for who counts.
    if not _counting.acquire(blocking=known is None):
        return known or count(now)
    try:
        if _last is None or _last is known:
            _last = count(now)
        return _last
    finally:
        _counting.release()


def count(now: datetime) -> Wall:
    """A fixed number of statements, whatever fires."""
    found = burning.of(States.at(now), _BY)
    shown = found.groups[:ROWS]
    sampled = groups.sample(_BY, [group.key for group in shown]) if shown else []
    told = groups.told(sampled)
    people: defaultdict[Any, Counter[str]] = defaultdict(Counter)
    for one in sampled:
        if one.person is not None:
            people[one.key][one.person] += 1
    works, health = _health(now)
    return Wall(
        as_of=now,
        severities=tuple(
            (word, number)
            for word, number in found.whole.by_severity.items()
            if number or word in ("critical", "warning")
        ),
        count=found.whole.count,
        rows=tuple(_row(group, told.get(group.key, {}), people[group.key]) for group in shown),
        more=len(found.groups) - len(shown),
        works=works,
        health=health,
    )


def forget() -> None:
    """Drop what is kept: for tests."""
    global _last
    _last = None


def _row(group: Group, told: Mapping[str, Collection[str]], at_it: Counter[str]) -> Row:
    targets = [(_cut(name), _state(states)) for name, states in told.items()]
    people = [person for person, _ in at_it.most_common()]
    return Row(
        name=_cut(str(group.key)) or _NAMELESS,
        severity=group.severity,
        count=group.count,
        since=group.since,
        targets=tuple(targets[:_NAMED]),
        more_targets=len(targets[_NAMED:]),
        people=tuple(map(_cut, people[:_NAMED])),
        more_people=len(people[_NAMED:]),
        is_silenced=group.silenced == group.count,
    )


def _state(states: Collection[str]) -> str:
    if any(state in states for state in carried.FAILED):
        return "undelivered"
    if Delivery.State.HELD in states:
        return "held"
    return "pending" if any(state in states for state in Delivery.OPEN) else ""


def _health(now: datetime) -> tuple[bool, str]:
    """Two statements."""
    if not Worker.objects.living(now).exists():
        return False, "No worker of AlertHub's runs: nothing is sent."
    rows = Trouble.objects.filter(ended_at=None).order_by("kind").values_list("kind").annotate(Count("id"))
    labels = {kind.value: kind.label for kind in troubles.TroubleKind}
    told = [labels.get(kind, kind) + (f" ({number})" if number > 1 else "") for kind, number in rows]
    if told:
        return False, f"AlertHub is in trouble: {', '.join(told)}."
    return True, "AlertHub works."


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
