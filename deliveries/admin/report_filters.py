"""Filters of the list of deliveries to which the report leads; beside the list only while one is used."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import ExtractHour
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RadioFilter

from deliveries.figures.report.values import NIGHT, NIGHT_BEGINS, NIGHT_ENDS
from deliveries.models import Delivery, Occurrence


class _OnlyWhileUsed(RadioFilter):
    def label(self, value: str) -> str:
        return value

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        used = request.GET.get(self.parameter_name, "")
        return [(used, self.label(used))] if used else []


class AlertNameFilter(_OnlyWhileUsed):
    """Messages that tell of alerts with exactly this name."""

    title = "alert"
    parameter_name = "alert"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        name = self.value()
        if not name or "\0" in name:
            return queryset
        telling = Occurrence.objects.filter(alert__name=name, delivery__isnull=False).order_by()
        return queryset.filter(pk__in=telling.values("delivery_id"))


class NightFilter(_OnlyWhileUsed):
    title = "time of day"
    parameter_name = "hours"

    def label(self, value: str) -> str:
        return NIGHT if value == "night" else value

    def queryset(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> QuerySet[Delivery]:
        if self.value() != "night":
            return queryset
        hour = ExtractHour("created_at", tzinfo=timezone.get_current_timezone())
        return queryset.alias(hour=hour).filter(Q(hour__gte=NIGHT_BEGINS) | Q(hour__lt=NIGHT_ENDS))
