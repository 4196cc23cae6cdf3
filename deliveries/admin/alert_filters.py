"""Filters of the list of alerts: what fires is shown unless something else is asked for."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RadioFilter

from deliveries.accept import ghosts
from deliveries.models import Acknowledgement, Alert, Occurrence


class StatusFilter(RadioFilter):
    title = "status"
    parameter_name = "status"
    all_option = None  # "all" is a choice here, and not the one that is taken by itself

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("firing", "firing now"), ("resolved", "resolved"), ("closed", "closed unheard"), ("all", "all")]

    def value(self) -> str:
        chosen = super().value()
        return chosen if chosen in ("firing", "resolved", "closed", "all") else "firing"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        return queryset if self.value() == "all" else queryset.filter(status=self.value())


class AttentionFilter(RadioFilter):
    title = "attention"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", "nobody is at it"),
            ("acknowledged", "acknowledged"),
            ("kept_back", "kept back"),
            ("untold", "told to nobody"),
            ("unheard", "not heard of lately"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        standing = Exists(Acknowledgement.objects.standing().filter(alert=OuterRef("pk")))
        match self.value():
            case "open":
                return queryset.filter(~standing, silent_until=None)
            case "acknowledged":
                return queryset.filter(standing)
            case "kept_back":
                return queryset.filter(silent_until__isnull=False)
            case "untold":
                told = Occurrence.objects.filter(alert=OuterRef("pk"), delivery__isnull=False)
                return queryset.filter(~Exists(told))
            case "unheard":
                return queryset.filter(ghosts.unheard(timezone.now()))
        return queryset
