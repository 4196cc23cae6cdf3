"""Filters of the trail's lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_time
from unfold.contrib.filters.admin import CheckboxFilter, ChoicesCheckboxFilter, RadioFilter, RangeDateTimeFilter

from deliveries.models import Delivery, carried
from routing.models import SeverityAlias
from routing.rules.severity import ORDER

_NONE = "(none)"
_OTHER = "(other)"
_SAID = {Delivery.State.WAITING.value: Delivery.State.WAITING.said}


class SeverityFilter(CheckboxFilter):
    """The severities people route by; asking the history for its own would read all of it."""

    title = "severity"
    parameter_name = "severity"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        words = [*_known(), _OTHER, _NONE]
        return [(word, word) for word in words]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value() or []
        if not chosen:
            return queryset
        wanted = Q(severity__in=[word for word in chosen if word not in (_OTHER, _NONE)])
        if _NONE in chosen:
            wanted |= Q(severity="")
        if _OTHER in chosen:
            wanted |= ~Q(severity__in=[*_known(), ""])
        return queryset.filter(wanted)


def _known() -> list[str]:
    own = SeverityAlias.objects.order_by("severity").values_list("severity", flat=True).distinct()
    return [*ORDER, *(word for word in own if word not in ORDER)]


class StatusFilter(ChoicesCheckboxFilter):
    """Where something stands; the column's own name is another word for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "status"

    def choices(self, changelist: Any) -> Iterator[Any]:
        for chosen in super().choices(changelist):
            asked = chosen["form"].fields[self.lookup_kwarg]
            asked.choices = [(value, _SAID.get(value, label)) for value, label in asked.choices]
            yield chosen


class RecentFilter(RadioFilter):
    """The last hour, day or week of `created_at`; an exact range is the filter beside it."""

    title = "age"
    parameter_name = "last"
    field = "created_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "Last hour"), ("24", "Last 24 hours"), ("168", "Last 7 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        hours = self.value()
        if not hours or not hours.isdecimal() or len(hours) > 5:
            return queryset
        return queryset.filter(**{f"{self.field}__gte": timezone.now() - timedelta(hours=int(hours))})


class ToldFilter(RadioFilter):
    """What came of it: a merged one is where the message is that carries it."""

    title = "what came of it"
    parameter_name = "told"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Delivered"), ("open", "Pending or held"), ("failed", "Failed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.filter(carried.where_in_the_room())
            case "open":
                return queryset.filter(carried.where_open())
            case "failed":
                return queryset.filter(carried.where_failed())
        return queryset


class ReceivedRecently(RecentFilter):
    field = "received_at"


class MomentRange(RangeDateTimeFilter):
    """From and to, in the server's time zone; a day without a time is taken whole. Unfold's own compares naive times."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        for end, lookup, whole_day in (("from", "gte", time.min), ("to", "lte", time.max)):
            day = _parsed(parse_date, self.used_parameters.get(f"{self.parameter_name}_{end}_0"))
            at = _parsed(parse_time, self.used_parameters.get(f"{self.parameter_name}_{end}_1"))
            if day is not None:
                moment = timezone.make_aware(datetime.combine(day, at if at is not None else whole_day))
                queryset = queryset.filter(**{f"{self.parameter_name}__{lookup}": moment})
        return queryset


def _parsed(parse: Callable[[str], Any], text: str | None) -> Any:
    """None for what is empty or cannot be read, such as the 31st of February."""
    try:
        return parse(text or "")
    except ValueError:
        return None
