"""How the list of what is undelivered is narrowed: by status and reason, shown by cause or one by one, and by figures to click."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpRequest, QueryDict
from unfold.contrib.filters.admin import CheckboxFilter, RadioFilter

from deliveries import reasons
from deliveries.models import DeadLetter, Delivery

AS, ONE_BY_ONE = "as", "list"
_BADGES = 30
_TARGET = "target__id__exact"


class ShownFilter(RadioFilter):
    """By target and cause, or every one in a line of its own; it leaves nothing out."""

    title = "how they are shown"
    parameter_name = AS
    all_option = ("", "By target and cause")

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(ONE_BY_ONE, "One by one")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


class DeadStateFilter(CheckboxFilter):
    title = "status"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(state.value, state.label) for state in Delivery.DEAD]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(state__in=self.value()) if self.value() else queryset


class ReasonFilter(CheckboxFilter):
    """The reasons there are."""

    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        found = {reason for reason, *_ in counted(request)}
        return sorted(((reason, reasons.label(reason)) for reason in found if reason), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(reason__in=self.value()) if self.value() else queryset


def counted(request: HttpRequest) -> list[tuple[str, int | None, str, int]]:
    """(reason, target, its name, how many), read once a request."""
    known = getattr(request, "_undelivered", None)
    if known is None:
        fields = ("reason", "target_id", "target_name")
        known = list(DeadLetter.objects.order_by().values_list(*fields).annotate(Count("id")))
        request._undelivered = known  # type: ignore[attr-defined]
    return known


def tallies(request: HttpRequest) -> dict[str, Any]:
    """How many there are by reason and by target, each of them within what is chosen of the other."""
    chosen, targets = request.GET.getlist("reason"), request.GET.getlist(_TARGET)
    by_reason: Counter[str] = Counter()
    by_target: Counter[tuple[str, str]] = Counter()
    for reason, target_id, name, number in counted(request):
        target = str(target_id) if target_id is not None else ""
        if not targets or target in targets:
            by_reason[reason] += number
        if not chosen or reason in chosen:
            by_target[target, name if target else f"{name} (deleted)"] += number
    return {
        "by_reason": [
            _badge(request, "reason", reason, reasons.label(reason) if reason else "no reason", number)
            for reason, number in by_reason.most_common(_BADGES)
        ],
        "by_target": [
            _badge(request, _TARGET, target, name, number) for (target, name), number in by_target.most_common(_BADGES)
        ],
        "none_at_all": not counted(request),
        "one_by_one": _shown_as(request, ONE_BY_ONE),
        "by_cause": _shown_as(request, ""),
    }


def _shown_as(request: HttpRequest, way: str) -> str:
    """The same rows in another way."""
    asked = request.GET.copy()
    asked.pop(AS, None)
    if way:
        asked[AS] = way
    return f"?{asked.urlencode()}"


def _badge(request: HttpRequest, field: str, value: str, label: str, number: int) -> dict[str, Any]:
    """A link that chooses it, or no longer, beside what is chosen of the other kind."""
    chosen = [value] == request.GET.getlist(field)
    asked = QueryDict(mutable=True)
    for name in (AS, "reason", _TARGET):
        if name != field:
            asked.setlist(name, request.GET.getlist(name))
    if not chosen:
        asked[field] = value
    return {
        "label": label,
        "number": f"{number:,}",
        "chosen": chosen,
        "link": f"?{asked.urlencode()}" if value else "",
    }
