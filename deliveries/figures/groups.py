"""What a page reads of the groups it shows: some of their alerts, where these were told last, and who is at them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import Count, F, Max, Min, OuterRef, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from deliveries.figures import firing
from deliveries.figures.burning import By
from deliveries.models import Acknowledgement, Alert, Conversation, Occurrence, carried
from deliveries.models.labels import LabelText

OF_EACH = 10
"""Alerts that are looked at of each group."""


class Sampled(NamedTuple):
    """An alert of a group; `told_in` is the notification of which a room was told last, if one was; `person` is at it."""

    key: Any
    pk: int
    labels: dict[str, str]
    annotations: dict[str, str]
    told_in: int | None
    person: str | None


def members(by: By, keys: Collection[Any], only: QuerySet[Alert] | None = None) -> QuerySet[Alert]:
    """What fires of these groups, or `only` those."""
    rows: Any = (Alert.objects.all() if only is None else only).filter(status="firing").annotate(key=by.key)
    named: QuerySet[Alert] = rows.filter(key__in=[key for key in keys if key is not None])
    return named | rows.filter(key=None) if None in keys else named


def sample(by: By, keys: Collection[Any], only: QuerySet[Alert] | None = None) -> list[Sampled]:
    """Of each group those that somebody is at, then the newest: a large one costs no more than a small one. One statement."""
    person = Acknowledgement.objects.standing().filter(alert=OuterRef("pk")).values("by")[:1]
    order = [F("person").asc(nulls_last=True), F("starts_at").desc(), F("id").desc()]
    rows: Any = members(by, keys, only).order_by().annotate(person=Subquery(person))
    rows = rows.annotate(place=Window(RowNumber(), partition_by=by.key, order_by=order)).filter(place__lte=OF_EACH)
    rows = rows.annotate(told_last=firing.last_told())
    return [Sampled(*row) for row in rows.values_list("key", "pk", "labels", "annotations", "told_last", "person")]


def constant(
    by: By, keys: Collection[Any], names: Sequence[str], only: QuerySet[Alert] | None = None
) -> Mapping[Any, dict[str, str]]:
    """Of these labels those that all alerts of a group have with one value, however many there are. One statement."""
    asked: dict[str, Any] = {"count": Count("id")}
    for place, name in enumerate(names):
        text = LabelText("labels", name)
        asked |= {f"least{place}": Min(text), f"most{place}": Max(text), f"with{place}": Count(text)}
    alerts: Any = members(by, keys, only).order_by()
    rows = alerts.values_list("key").annotate(**asked)
    found: dict[Any, dict[str, str]] = {}
    for key, count, *values in rows:
        triples = zip(names, values[::3], values[1::3], values[2::3], strict=True)
        found[key] = {name: least for name, least, most, having in triples if least == most and having == count}
    return found


def told(sampled: Sequence[Sampled]) -> Mapping[Any, dict[str, set[str]]]:
    """By group, the targets that what was sampled was told to, and where the messages to each stand. One statement."""
    found: defaultdict[Any, dict[str, set[str]]] = defaultdict(dict)
    by_id = {one.pk: one for one in sampled}
    notifications = {one.told_in for one in sampled if one.told_in is not None}
    owed = Occurrence.objects.filter(notification__in=notifications, alert__in=by_id, delivery__isnull=False)
    owed = owed.select_related(f"delivery__{carried.CARRIERS}").order_by("id")
    for one in owed.only("alert_id", "notification_id", *_standing("delivery")):
        alert = by_id[one.alert_id]
        if one.notification_id == alert.told_in and one.delivery is not None:
            found[alert.key].setdefault(one.delivery.target_name, set()).add(carried.of(one.delivery))
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
