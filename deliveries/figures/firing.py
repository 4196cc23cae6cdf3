"""Of an alert that fires: was somebody told, is somebody at it, is it silenced, was it heard of lately? As conditions.

What a page counts and the list that the figure leads to ask the same, so they cannot differ.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.db.models import Case, F, OuterRef, Q, Subquery, When
from django.db.models.lookups import In, IsNull

from deliveries.accept import ghosts
from deliveries.accept.plan import LATE, STALE
from deliveries.models import Acknowledgement, Alert, Occurrence
from deliveries.models.labels import LabelText
from routing import rulebook
from routing.rules.matchers import Matcher
from routing.rules.silencing import Quiet

MOST_LOOKED_AT = 20_000
# A regular expression that says nothing but: one of these.
_LIST = re.compile(r"[\w :/@-]+(?:\|[\w :/@-]+)*")


@dataclass(frozen=True, slots=True)
class States:
    """The conditions as they are at one moment, each asked for once however often a page counts."""

    untold: Q
    acknowledged: Q
    silenced: Q
    unheard: Q

    @classmethod
    def at(cls, now: datetime) -> Self:
        """Up to three small queries, whatever fires."""
        return cls(untold(), acknowledged(), silenced(now), unheard(now))


def last_told() -> Subquery:
    """The notification of which a room was told last since it began to fire; NULL: nobody was.

    Before its newest end, whatever was told is history.
    """
    said = Occurrence.objects.filter(alert=OuterRef("pk")).exclude(outcome__in=(STALE, LATE))
    said = said.filter(Q(delivery__isnull=False) | Q(status="resolved")).order_by("-id")
    return Subquery(said.annotate(told_in=Case(When(status="firing", then=F("notification_id")))).values("told_in")[:1])


def untold() -> Q:
    """Since it began to fire no message about it was owed to any room."""
    return Q(IsNull(last_told(), True))


def acknowledged() -> Q:
    # As a list and not row by row: people are at few things, whatever fires.
    return Q(pk__in=Acknowledgement.objects.standing().values("alert_id"))


def unheard(now: datetime) -> Q:
    """One query."""
    return ghosts.unheard(now)


def silenced(now: datetime) -> Q:
    """Kept back, or covered by a silence that began after it was told. Up to two queries, whatever fires."""
    active = [quiet for quiet in rulebook.current().quiets if quiet.starts_at <= now < quiet.ends_at]
    kept_back = Q(silent_until__isnull=False)
    return kept_back | Q(pk__in=_covered(active)) if active else kept_back


def _covered(active: Iterable[Quiet]) -> list[int]:
    """What fires, is not kept back and is covered. By one label of each silence the database finds what may be."""
    by_label: defaultdict[str, defaultdict[str, list[Quiet]]] = defaultdict(lambda: defaultdict(list))
    any_label: list[Quiet] = []
    for quiet in active:
        label, values = _narrowest(quiet.matchers)
        for value in values:
            by_label[label][value].append(quiet)
        if not values:
            any_label.append(quiet)
    maybe = Q() if any_label else Q(pk__in=[])
    for label, by_value in ({} if any_label else by_label).items():
        maybe |= Q(In(LabelText("labels", label), list(by_value)))
    rows = Alert.objects.filter(maybe, status="firing", silent_until=None).order_by()
    return [
        pk
        for pk, labels in rows.values_list("pk", "labels")[:MOST_LOOKED_AT]
        if any(quiet.matches(labels) for quiet in any_label)
        or any(
            quiet.matches(labels)
            for label, by_value in by_label.items()
            for quiet in by_value.get(labels.get(label, ""), ())
        )
    ]


def _narrowest(matchers: Iterable[Matcher]) -> tuple[str, list[str]]:
    """A label that must have one of some values, and these; none where the silence names no value as it stands."""
    named = {matcher.name: values for matcher in matchers if (values := _values(matcher))}
    label = "alertname" if "alertname" in named else next(iter(named), "")
    return label, named.get(label, [])


def _values(matcher: Matcher) -> list[str]:
    if matcher.op == "=":
        return [matcher.value] if matcher.value else []
    is_list = matcher.op == "=~" and _LIST.fullmatch(matcher.value)
    return matcher.value.split("|") if is_list else []
