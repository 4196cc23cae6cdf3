"""Filters of the list of alerts: what fires is shown unless something else is asked for."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RadioFilter

from deliveries.admin import alert_acts
from deliveries.figures import firing
from deliveries.models import Alert


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


class AtItFilter(RadioFilter):
    title = "who is at it"
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", "nobody is at it"),
            ("acknowledged", "acknowledged"),
            ("kept_back", "silenced"),
            ("untold", "told to nobody"),
            ("unheard", "not heard of lately"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        now = timezone.now()
        match self.value():
            case "open":
                return queryset.filter(~firing.acknowledged(), ~firing.silenced(now))
            case "acknowledged":
                return queryset.filter(firing.acknowledged())
            case "kept_back":
                return queryset.filter(firing.silenced(now))
            case "untold":
                return queryset.filter(firing.untold())
            case "unheard":
                return queryset.filter(firing.unheard(now))
        return queryset


class _Unseen(admin.SimpleListFilter):
    """A part of the address that stands in no panel of filters; the panel's form carries it along."""

    template = "deliveries/unseen_filter.html"

    def __init__(self, request: HttpRequest, *more: Any) -> None:
        super().__init__(request, *more)
        self.values = request.GET.getlist(str(self.parameter_name))

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        return bool(self.values)

    def choices(self, changelist: Any) -> Any:
        return [{"name": self.parameter_name, "value": value} for value in self.values]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        return queryset


class GroupFilter(_Unseen):
    """By what the list is grouped; it narrows nothing."""

    title = "group by"
    parameter_name = "group"


class KeyFilter(_Unseen):
    """One group or several, as the links of groups name them."""

    title = "one group"
    parameter_name = "key"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        return alert_acts.of_groups(alert_acts.by_of(request.GET.get("group", "")), self.values, queryset)
