"""By what history can be searched: the closed set of filters of each list."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django_filters.rest_framework import FilterSet

from deliveries.accept import ghosts
from deliveries.api.fields import Exact, Labels, Moment, NameOrId, Search
from deliveries.models import Acknowledgement, Alert, Delivery, Notification, Occurrence, RejectedRequest
from deliveries.models.labels import LabelIs
from routing.rules.severity import fold

_STATUSES = [("firing", "firing"), ("resolved", "resolved")]


class Severity(django_filters.CharFilter):
    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        return qs.filter(severity=fold(value)) if value else qs


class DeliveryFilters(FilterSet):
    state = django_filters.MultipleChoiceFilter(choices=Delivery.State.choices, help_text="May be given several times.")
    kind = django_filters.ChoiceFilter(choices=Delivery.Kind.choices)
    status = django_filters.ChoiceFilter(choices=_STATUSES)
    severity = Severity()
    target = NameOrId(help_text="Id or name.")
    rule = NameOrId(help_text="Id or name.")
    source = NameOrId(field_name="notification__source", help_text="Id or name.")
    created_after = Moment(field_name="created_at", lookup_expr="gte")
    created_before = Moment(field_name="created_at", lookup_expr="lt")
    alert = Exact(method="of_alert", help_text="Name of an alert it tells about.")
    fingerprint = Exact(method="of_alert", help_text="Fingerprint of an alert it tells about.")
    label = Labels(
        method="of_alert", help_text="Label of an alert it tells about: team:db. May be given several times."
    )
    q = Search(method="search", help_text="Searched in title, target, rule and explanation.")

    class Meta:
        model = Delivery
        fields: list[str] = []

    def of_alert(self, queryset: QuerySet[Delivery], name: str, value: Any) -> QuerySet[Delivery]:
        """Collected, so that one and the same alert must fit all of them."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        queryset = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        exact = {"alert__name": asked["alert"], "alert__fingerprint": asked["fingerprint"]}
        exact = {lookup: value for lookup, value in exact.items() if value}
        labels = [LabelIs("alert__labels", name, value) for name, value in asked["label"]]
        if not exact and not labels:
            return queryset
        telling = Occurrence.objects.filter(*labels, **exact, delivery__isnull=False)
        return queryset.filter(pk__in=telling.order_by().values("delivery_id"))

    def search(self, queryset: QuerySet[Delivery], name: str, value: str) -> QuerySet[Delivery]:
        columns = ("title", "target_name", "rule_name", "explanation")
        return queryset.filter(_in_any(columns, value))


class NotificationFilters(FilterSet):
    source = NameOrId(help_text="Id or name.")
    state = django_filters.MultipleChoiceFilter(
        choices=Notification.State.choices, help_text="May be given several times."
    )
    status = django_filters.ChoiceFilter(choices=_STATUSES)
    received_after = Moment(field_name="received_at", lookup_expr="gte")
    received_before = Moment(field_name="received_at", lookup_expr="lt")
    q = Search(method="search", help_text="Searched in source, receiver and group.")

    class Meta:
        model = Notification
        fields: list[str] = []

    def search(self, queryset: QuerySet[Notification], name: str, value: str) -> QuerySet[Notification]:
        return queryset.filter(_in_any(("source_name", "receiver", "group_key"), value))


class AlertFilters(FilterSet):
    status = django_filters.ChoiceFilter(choices=[*_STATUSES, ("closed", "closed")])
    severity = Severity()
    source = NameOrId(help_text="Id or name.")
    name = django_filters.CharFilter()
    fingerprint = django_filters.CharFilter()
    label = Labels(method="by_labels", help_text="Written team:db. May be given several times.")
    q = Search(method="search", help_text="Searched in name, fingerprint and labels.")
    acknowledged = django_filters.BooleanFilter(method="by_acknowledgement", help_text="Of those that fire.")

    kept_back = django_filters.BooleanFilter(field_name="silent_until", lookup_expr="isnull", exclude=True)
    unheard = django_filters.BooleanFilter(
        method="by_last_heard", help_text="They fire and were not heard of for longer than their source repeats."
    )

    class Meta:
        model = Alert
        fields: list[str] = []

    def by_last_heard(self, queryset: QuerySet[Alert], name: str, value: bool) -> QuerySet[Alert]:
        unheard = ghosts.unheard(timezone.now())
        return queryset.filter(unheard) if value else queryset.exclude(unheard)

    def by_labels(self, queryset: QuerySet[Alert], name: str, value: list[tuple[str, str]]) -> QuerySet[Alert]:
        return queryset.filter(*(LabelIs("labels", *label) for label in value))

    def by_acknowledgement(self, queryset: QuerySet[Alert], name: str, value: bool) -> QuerySet[Alert]:
        standing = Exists(Acknowledgement.objects.standing().filter(alert=OuterRef("pk")))
        return queryset.filter(standing) if value else queryset.filter(~standing, status="firing")

    def search(self, queryset: QuerySet[Alert], name: str, value: str) -> QuerySet[Alert]:
        queryset = queryset.alias(labels_text=Cast("labels", TextField()))
        return queryset.filter(_in_any(("name", "fingerprint", "labels_text"), value))


class RejectedRequestFilters(FilterSet):
    source = NameOrId(help_text="Id or name.")
    reason = django_filters.CharFilter()
    last_after = Moment(field_name="last_at", lookup_expr="gte")
    last_before = Moment(field_name="last_at", lookup_expr="lt")

    class Meta:
        model = RejectedRequest
        fields: list[str] = []


def _in_any(columns: tuple[str, ...], text: str) -> Q:
    found = Q()
    for column in columns:
        found |= Q(**{f"{column}__icontains": text})
    return found
