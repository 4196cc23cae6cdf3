"""What fires now, in numbers: by severity, and in groups, the worst first. What a page shows of it is read for that page.

One statement counts everything in groups, whatever fires; sums and order are made of its rows here.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db.models import Count, F, Max, Min, QuerySet, TextField, Value
from django.db.models.functions import Coalesce, Left

from deliveries.figures.firing import States
from deliveries.models import Alert
from deliveries.models.labels import LabelText
from routing.rules.severity import ORDER, rank

OTHER = "other"
_LONGEST_KEY = 300
_BEGAN = Coalesce("starts_at", "first_seen_at")


@dataclass(frozen=True, slots=True)
class By:
    """What makes a group: "name", "group" (Alertmanager's), or the value of the label named `label`."""

    what: Literal["name", "group", "label"] = "name"
    label: str = ""

    @property
    def word(self) -> str:
        """As an address says it: "name", "group", "label:team"."""
        return f"label:{self.label}" if self.what == "label" else self.what

    @property
    def key(self) -> Any:
        if self.what == "label":
            # As long as a name can be: it stands in addresses.
            value = Left(LabelText("labels", self.label), _LONGEST_KEY)
            return Coalesce(value, Value(""), output_field=TextField())
        return F("told_in__conversation_id") if self.what == "group" else F("name")


@dataclass(slots=True)
class Tally:
    """How many fire, and how many of these ...; `at_nobody`: neither acknowledged nor silenced."""

    severities: Counter[str] = field(default_factory=Counter)
    count: int = 0
    untold: int = 0
    acknowledged: int = 0
    silenced: int = 0
    unheard: int = 0
    at_nobody: int = 0

    def add(self, other: Tally) -> None:
        self.severities.update(other.severities)
        self.count += other.count
        self.untold += other.untold
        self.acknowledged += other.acknowledged
        self.silenced += other.silenced
        self.unheard += other.unheard
        self.at_nobody += other.at_nobody

    @property
    def by_severity(self) -> dict[str, int]:
        """Critical, warning, info and whatever else there is, in this order, also those of which there are none."""
        known = {word: self.severities[word] for word in ORDER}
        return known | {OTHER: self.count - sum(known.values())}


@dataclass(slots=True, kw_only=True)
class Group(Tally):
    """Alerts that fire and have `key` in common; `since` the oldest of them fires, `newest` the one that began last."""

    key: Any = ""
    severity: str = ""
    """The worst of it."""
    since: datetime | None = None
    newest: datetime | None = None
    heard: datetime | None = None
    """Of those that were not heard of lately, when the first of them was last heard."""

    def merge(self, other: Group) -> None:
        """Those of another severity."""
        self.add(other)
        self.severity = min(self.severity, other.severity, key=rank)
        self.since = min(filter(None, (self.since, other.since)), default=None)
        self.newest = max(filter(None, (self.newest, other.newest)), default=None)
        self.heard = min(filter(None, (self.heard, other.heard)), default=None)

    @property
    def order(self) -> tuple[Any, ...]:
        """The worst first. What is silenced as a whole stands at the end: somebody said so."""
        newest = -self.newest.timestamp() if self.newest else 0.0
        return self.silenced == self.count, rank(self.severity), self.at_nobody == 0, -self.count, newest, str(self.key)


@dataclass(frozen=True, slots=True)
class Burning:
    whole: Tally
    groups: list[Group]


def of(states: States, by: By | None = None, only: QuerySet[Alert] | None = None) -> Burning:
    """Of all that fires, or of `only` those. One statement, whatever fires."""
    rows: Any = (Alert.objects.all() if only is None else only).filter(status="firing").order_by()
    keyed = rows.annotate(key=(by or By()).key).values_list("key", "severity")
    moments = {"since": Min(_BEGAN), "newest": Max(_BEGAN), "heard": Min("last_seen_at", filter=states.unheard)}
    counted: Any = keyed.annotate(**moments, **_counts(states))
    groups: dict[Any, Group] = {}
    for key, severity, since, newest, heard, count, *others in counted:
        tally = Counter({severity: count})
        one = Group(tally, count, *others, key=key, severity=severity, since=since, newest=newest, heard=heard)
        if key in groups:
            groups[key].merge(one)
        else:
            groups[key] = one
    whole = Tally()
    for group in groups.values():
        whole.add(group)
    return Burning(whole, sorted(groups.values(), key=lambda group: group.order))


def tally(states: States) -> Tally:
    """Of all that fires, without groups. One statement."""
    whole = Tally()
    rows = Alert.objects.filter(status="firing").order_by()
    counted: Any = rows.values_list("severity").annotate(**_counts(states))
    for severity, count, *others in counted:
        whole.add(Tally(Counter({severity: count}), count, *others))
    return whole


def _counts(states: States) -> dict[str, Count]:
    """In the order of a tally's fields."""
    return {
        "count": Count("id"),
        "untold": Count("id", filter=states.untold),
        "acknowledged": Count("id", filter=states.acknowledged),
        "silenced": Count("id", filter=states.silenced),
        "unheard": Count("id", filter=states.unheard),
        "at_nobody": Count("id", filter=~states.acknowledged & ~states.silenced),
    }
