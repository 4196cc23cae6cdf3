"""Undelivered: what ended badly or is held, by target and cause or one by one; sent again or given up in bulk."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import BooleanField, QuerySet, Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import MultipleRelatedDropdownFilter
from unfold.decorators import action, display

from deliveries import reasons
from deliveries.admin import dead_filters, groups, settle, standing, words
from deliveries.admin.dead_filters import AS, ONE_BY_ONE, DeadStateFilter, ReasonFilter, ShownFilter
from deliveries.admin.filters import MomentRange, RecentFilter, SeverityFilter
from deliveries.admin.readonly import ReadOnly
from deliveries.models import DeadLetter, Delivery
from routing.admin import marks
from routing.admin.declared import Unreadable


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnly):
    list_display = [
        "number", "created", "severity_shown", "title_shown", "target_shown", "state_shown", "reason_shown", "todo",
    ]  # fmt: skip
    list_display_links = None
    list_fullwidth = True
    list_select_related = ["target__lane"]
    list_filter = [
        ShownFilter,
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
    change_list_template = "deliveries/undelivered.html"

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
        of_group = self.admin_site.admin_view(self.settle_group)
        return [
            path("settle/", asked, name="deliveries_deadletter_settle"),
            path("group/", of_group, name="deliveries_deadletter_group"),
            *super().get_urls(),
        ]

    def settle(self, request: HttpRequest) -> HttpResponse:
        return settle.view(request, self.admin_site)

    def settle_group(self, request: HttpRequest) -> HttpResponse:
        """Asks about everything of one group that the list's filters leave."""
        if not self.has_settle_permission(request):
            raise PermissionDenied
        deed, group = groups.taken(request)
        try:
            chosen = self.get_changelist_instance(request).queryset.filter(**group)
        except (Unreadable, IncorrectLookupParameters):
            chosen = self.model.objects.none()
        if deed not in settle.DEEDS or not chosen.exists():
            self.message_user(request, "Nothing of this group is undelivered any more.", messages.WARNING)
            return HttpResponseRedirect(reverse("admin:deliveries_deadletter_changelist"))
        return settle.ask_of_all(request, self.admin_site, deed, chosen)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Gathered by target and cause unless somebody wants one by one, or chose some of them."""
        changelist = super().get_changelist_instance(request)
        changelist.shows_groups = request.method == "GET" and ONE_BY_ONE not in request.GET.getlist(AS)
        if changelist.shows_groups:
            changelist.groups, changelist.more_groups = groups.shown(request, changelist.queryset)
        return changelist

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        more = {"title": "Undelivered", **dead_filters.tallies(request)}
        return super().changelist_view(request, (extra_context or {}) | more)

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

    @display(description="Status", ordering="state")
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
