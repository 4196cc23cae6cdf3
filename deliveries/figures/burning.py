"""What fires now, in numbers: by severity, and in groups, the worst first. What a page shows of it is read for that page.

One statement counts everything in groups, whatever fires; sums and order are made of its rows here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.db.models import Count, F, Max, Min, QuerySet, TextField, Value
from django.db.models.functions import Coalesce

from deliveries.figures import firing
from deliveries.models import Acknowledgement, Alert, Conversation, Occurrence, carried
from deliveries.models.labels import LabelText
from routing.rules.severity import ORDER, rank

OTHER = "other"
_MOST_LOOKED_AT = 500  # alerts of which it is said where they were told
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
            return Coalesce(LabelText("labels", self.label), Value(""), output_field=TextField())
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

    def merge(self, other: Group) -> None:
        """Those of another severity."""
        self.add(other)
        self.severity = min(self.severity, other.severity, key=rank)
        self.since = min(filter(None, (self.since, other.since)), default=None)
        self.newest = max(filter(None, (self.newest, other.newest)), default=None)

    @property
    def order(self) -> tuple[Any, ...]:
        """The worst first. What is silenced as a whole stands at the end: somebody said so."""
        newest = -self.newest.timestamp() if self.newest else 0.0
        return self.silenced == self.count, rank(self.severity), self.at_nobody == 0, -self.count, newest, str(self.key)


@dataclass(frozen=True, slots=True)
class Burning:
    whole: Tally
    groups: list[Group]


@dataclass(slots=True)
class Told:
    """Of one group: the targets told, with where the messages to each stand; who is at how many of its alerts."""

    targets: dict[str, set[str]] = field(default_factory=dict)
    people: Counter[str] = field(default_factory=Counter)


def of(now: datetime, by: By | None = None, only: QuerySet[Alert] | None = None) -> Burning:
    """Of all that fires, or of `only` those. One statement, and up to four small ones, whatever fires."""
    acknowledged, silenced = firing.acknowledged(), firing.silenced(now)
    rows = (Alert.objects.all() if only is None else only).filter(status="firing").order_by()
    counted = (
        rows.annotate(key=(by or By()).key)
        .values_list("key", "severity")
        .annotate(
            since=Min(_BEGAN),
            newest=Max(_BEGAN),
            count=Count("id"),
            untold=Count("id", filter=firing.untold()),
            acknowledged=Count("id", filter=acknowledged),
            silenced=Count("id", filter=silenced),
            unheard=Count("id", filter=firing.unheard(now)),
            at_nobody=Count("id", filter=~acknowledged & ~silenced),
        )
    )
    groups: dict[Any, Group] = {}
    for key, severity, since, newest, count, *states in counted:
        tally = Counter({severity: count})
        one = Group(tally, count, *states, key=key, severity=severity, since=since, newest=newest)
        if key in groups:
            groups[key].merge(one)
        else:
            groups[key] = one
    whole = Tally()
    for group in groups.values():
        whole.add(group)
    return Burning(whole, sorted(groups.values(), key=lambda group: group.order))


def members(by: By, keys: Collection[Any]) -> QuerySet[Alert]:
    """What fires of these groups."""
    rows: Any = Alert.objects.filter(status="firing").annotate(key=by.key)
    named: QuerySet[Alert] = rows.filter(key__in=[key for key in keys if key is not None])
    return named | rows.filter(key=None) if None in keys else named


def told(by: By, keys: Collection[Any]) -> Mapping[Any, Told]:
    """Where the alerts of these groups were told last, by the newest hundreds of them, and who is at them. Three statements."""
    found: defaultdict[Any, Told] = defaultdict(Told)
    newest: Any = members(by, keys).order_by("-starts_at", "-id").annotate(told_last=firing.last_told())
    rows = {pk: (key, told_in) for pk, key, told_in in newest.values_list("pk", "key", "told_last")[:_MOST_LOOKED_AT]}
    notifications = {told_in for _, told_in in rows.values() if told_in is not None}
    owed = Occurrence.objects.filter(notification__in=notifications, alert__in=rows, delivery__isnull=False)
    owed = owed.select_related(f"delivery__{carried.CARRIERS}").order_by("id")
    for one in owed.only("alert_id", "notification_id", *_standing("delivery")):
        key, told_in = rows[one.alert_id]
        if one.notification_id == told_in and one.delivery is not None:
            found[key].targets.setdefault(one.delivery.target_name, set()).add(carried.of(one.delivery))
    standing: Any = members(by, keys).filter(acknowledgements__in=Acknowledgement.objects.standing()).order_by()
    for key, person, count in standing.values_list("key", "acknowledgements__by").annotate(Count("id")):
        found[key].people[person] += count
    return found


def _standing(name: str) -> list[str]:
    """The columns that say where a delivery stands, and what carries it."""
    carriers = ("", "__carried_by", "__carried_by__carried_by")
    columns = ("state", "ended_at", "reason", "carried_by_id")
    return [f"{name}__target_name", *(f"{name}{each}__{column}" for each in carriers for column in columns)]


def titles(by: By, keys: Collection[Any]) -> Mapping[Any, str]:
    """How each group is called. At most one statement."""
    if by.what != "group":
        return {key: str(key) for key in keys}
    rows = Conversation.objects.filter(pk__in=[key for key in keys if key is not None])
    return dict(rows.values_list("pk", "group_key"))
