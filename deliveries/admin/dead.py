"""Dead letters: everything that ended badly or is held, why, and what to do; sent again or given up in bulk."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, Count, QuerySet, Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import CheckboxFilter, MultipleRelatedDropdownFilter
from unfold.decorators import action, display

from deliveries import reasons
from deliveries.admin import settle, standing, words
from deliveries.admin.filters import MomentRange, RecentFilter, SeverityFilter
from deliveries.admin.readonly import ReadOnly
from deliveries.models import DeadLetter, Delivery
from routing.admin import marks

_BADGES = 30
_TARGET = "target__id__exact"


class DeadStateFilter(CheckboxFilter):
    title = "state"
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
        found = {reason for reason, *_ in _counted(request)}
        return sorted(((reason, reasons.label(reason)) for reason in found if reason), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(reason__in=self.value()) if self.value() else queryset


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnly):
    list_display = [
        "number", "created", "severity_shown", "title_shown", "target_shown", "state_shown", "reason_shown", "todo",
    ]  # fmt: skip
    list_display_links = None
    list_fullwidth = True
    list_select_related = ["target__lane"]
    list_filter = [
        DeadStateFilter,
        ReasonFilter,
        ("target", MultipleRelatedDropdownFilter),
        SeverityFilter,
        ("notification__source", MultipleRelatedDropdownFilter),
        RecentFilter,
        ("created_at", MomentRange),
    ]
    show_full_result_count = False
    actions = ["send_again", "give_up"]
    list_before_template = "deliveries/dead_before.html"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who sees deliveries sees these."""
        return request.user.has_perm("deliveries.view_delivery") or self.has_settle_permission(request)

    def has_settle_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(settle.PERMISSION)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        may_see_target = request.user.has_perm("routing.view_target")
        return super().get_queryset(request).annotate(may_see_target=Value(may_see_target, BooleanField()))

    def get_urls(self) -> list[Any]:
        asked = self.admin_site.admin_view(self.settle)
        return [path("settle/", asked, name="deliveries_deadletter_settle"), *super().get_urls()]

    def settle(self, request: HttpRequest) -> HttpResponse:
        return settle.view(request, self.admin_site)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, (extra_context or {}) | {"title": "Dead letters", **_badges(request)})

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "GET":
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:deliveries_delivery_change", args=[object_id]))

    @action(description="Send again", permissions=["settle"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return settle.ask(request, self.admin_site, "send_again", queryset)

    @action(description="Give up", permissions=["settle"])
    def give_up(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return settle.ask(request, self.admin_site, "give_up", queryset)

    @display(description="Number", ordering="id")
    def number(self, delivery: DeadLetter) -> SafeString | str:
        return format_html('<a class="ah-link" href="{}">{}</a>', _page(delivery), delivery)

    @display(description="When", ordering="created_at")
    def created(self, delivery: DeadLetter) -> SafeString | str:
        return marks.moment(delivery.created_at, brief=True)

    @display(description="Severity")
    def severity_shown(self, delivery: DeadLetter) -> SafeString | str:
        return marks.severity(delivery.severity)

    @display(description="Title")
    def title_shown(self, delivery: DeadLetter) -> SafeString:
        return format_html('<a href="{}">{}</a>', _page(delivery), delivery.title or "(no alert name)")

    @display(description="Target", ordering="target_name")
    def target_shown(self, delivery: DeadLetter) -> str:
        return delivery.target_name if delivery.target_id else f"{delivery.target_name} (deleted)"

    @display(description="State", ordering="state")
    def state_shown(self, delivery: DeadLetter) -> SafeString:
        return words.state(delivery)

    @display(description="Reason", ordering="reason")
    def reason_shown(self, delivery: DeadLetter) -> str:
        return reasons.label(standing.true_reason(delivery)) if delivery.reason else marks.NOTHING

    @display(description="What to do")
    def todo(self, delivery: Any) -> SafeString | str:
        """Leads to the target's page where it is the target that must be mended."""
        text = standing.todo(delivery)
        if delivery.state != Delivery.State.HELD or delivery.target_id is None or not delivery.may_see_target:
            return text
        page = reverse("admin:routing_target_change", args=[delivery.target_id])
        return format_html('<a class="ah-link" href="{}">{}</a>', page, text)


def _page(delivery: Delivery) -> str:
    return reverse("admin:deliveries_delivery_change", args=[delivery.pk])


def _counted(request: HttpRequest) -> list[tuple[str, int | None, str, int]]:
    """(reason, target, its name, how many), read once a request."""
    known = getattr(request, "_dead_letters", None)
    if known is None:
        fields = ("reason", "target_id", "target_name")
        known = list(DeadLetter.objects.order_by().values_list(*fields).annotate(Count("id")))
        request._dead_letters = known  # type: ignore[attr-defined]
    return known


def _badges(request: HttpRequest) -> dict[str, Any]:
    """How many there are by reason and by target, each of them within what is chosen of the other."""
    chosen, targets = request.GET.getlist("reason"), request.GET.getlist(_TARGET)
    by_reason: Counter[str] = Counter()
    by_target: Counter[tuple[str, str]] = Counter()
    for reason, target_id, name, number in _counted(request):
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
        "none_at_all": not _counted(request),
    }


def _badge(request: HttpRequest, field: str, value: str, label: str, number: int) -> dict[str, Any]:
    """A link that chooses it, or no longer, beside what is chosen of the other kind."""
    chosen = [value] == request.GET.getlist(field)
    asked = QueryDict(mutable=True)
    for name in ("reason", _TARGET):
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
