"""Deliveries: the list people filter at night, the page that tells one's story, and "Send again"."""

from __future__ import annotations

import logging
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, QuerySet, Subquery
from django.forms.widgets import Script
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, re_path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import (
    ChoicesCheckboxFilter,
    MultipleRelatedDropdownFilter,
)
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from deliveries import export, outbox, reasons
from deliveries.admin import delivery_page, saved, search, settle, words
from deliveries.admin.filters import MomentRange, RecentFilter, SeverityFilter, StatusFilter, ToldFilter
from deliveries.admin.readonly import ReadOnly
from deliveries.admin.report_filters import AlertNameFilter, NightFilter
from deliveries.models import Attempt, Delivery, carried
from deliveries.models.delivery import LISTED
from routing.admin import marks
from routing.admin.declared import Unreadable
from routing.models import Target

log = logging.getLogger(__name__)

_MOST_AT_ONCE = 100


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = [
        "number", "created", "told", "severity_shown", "title_shown", "target_shown", "rule_shown", "state_shown",
        "last_attempt", "look",
    ]  # fmt: skip
    list_display_links = ["number", "title_shown"]
    list_fullwidth = True
    list_filter = [
        ("state", StatusFilter),
        ("target", MultipleRelatedDropdownFilter),
        ("rule", MultipleRelatedDropdownFilter),
        SeverityFilter,
        ("notification__source", MultipleRelatedDropdownFilter),
        ToldFilter,
        RecentFilter,
        ("created_at", MomentRange),
        ("kind", ChoicesCheckboxFilter),
        AlertNameFilter,
        NightFilter,
    ]
    further_filters = ("carried_by__id__exact", "status__exact")
    search_fields = ["title"]
    search_help_text = 'Number (D-12), title, alert name, label (team="db") or fingerprint'
    actions = ["send_again", "give_up_chosen"]
    actions_detail = ["send_this_again", "give_up"]
    change_form_template = "deliveries/delivery.html"
    list_before_template = "deliveries/deliveries_before.html"
    show_full_result_count = False

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(js=[Script("deliveries/panel.js", defer=True)])  # type: ignore[list-item]

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            re_path(r"^export\.(csv|json)$", wrap(self.export), name="deliveries_delivery_export"),
            path("filters/", wrap(saved.save), name="deliveries_delivery_save_filter"),
            path("filters/<int:pk>/forget/", wrap(saved.delete), name="deliveries_delivery_delete_filter"),
            path("<int:pk>/panel/", wrap(self.panel), name="deliveries_delivery_panel"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, (extra_context or {}) | saved.chips(request))

    def export(self, request: HttpRequest, kind: str) -> HttpResponseBase:
        """What the list's filters leave, all pages of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            chosen = self.get_changelist_instance(request).queryset
        except (Unreadable, IncorrectLookupParameters):
            self.message_user(request, "These filters could not be read, so nothing was exported.", messages.ERROR)
            return HttpResponseRedirect(reverse("admin:deliveries_delivery_changelist"))
        log.info(
            "%s exports deliveries as %s: %s", request.user.get_username(), kind, saved.filters_of(request) or "all"
        )
        return export.answer(chosen, kind)

    def panel(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One delivery in short, as a part of a page."""
        row = self.get_object(request, str(pk)) if self.has_view_permission(request) else None
        if row is None:
            raise PermissionDenied
        return TemplateResponse(request, "deliveries/panel.html", {"row": row, **self.story(row, request)})

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        attempts = Attempt.objects.filter(delivery=OuterRef("pk")).order_by("-number")
        listed = super().get_queryset(request).filter(LISTED)
        listed = listed.select_related(carried.CARRIERS)
        return listed.annotate(last_tried_at=Subquery(attempts.values("started_at")[:1]))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Delivery], search_term: str
    ) -> tuple[QuerySet[Delivery], bool]:
        if (number := search.number(search_term)) is not None and queryset.filter(pk=number).exists():
            return queryset.filter(pk=number), False
        for term in search.terms(search_term):
            if search.alerts(term).exists():
                queryset = queryset.filter(pk__in=search.deliveries_of(term))
            else:
                queryset = queryset.filter(search.elsewhere(term))
        return queryset, False

    def has_send_again_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows are never changed here; the permission to change them is the permission to send them again."""
        return request.user.has_perm(settle.PERMISSION)

    def story(self, row: Delivery, request: HttpRequest) -> dict[str, Any]:
        return delivery_page.story(row, timezone.now(), request)

    @action(description="Send again", permissions=["send_again"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        chosen = list(queryset.order_by("pk").values_list("pk", flat=True)[: _MOST_AT_ONCE + 1])
        if len(chosen) > _MOST_AT_ONCE:
            text = f"Choose at most {_MOST_AT_ONCE} deliveries at once; of what is undelivered {outbox.AT_MOST:,}."
            self.message_user(request, text, messages.ERROR)
            return
        settle.tell(request, outbox.send_again(chosen, who=request.user.get_username(), now=timezone.now()))

    @action(description="Give up", permissions=["send_again"])
    def give_up_chosen(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> HttpResponse:
        """Cancels what waits, for example the rest of many that were sent again; asks for the reason first."""
        return settle.ask(request, self.admin_site, "give_up", queryset)

    @action(
        description="Send again", url_path="send-again", icon="replay", variant=ActionVariant.PRIMARY,
        permissions=["send_again"],
    )  # fmt: skip
    def send_this_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks where to; then the delivery is due now, or a new one is owed. Leads to the page of what is sent."""
        delivery = self.get_object(request, object_id)
        if delivery is None:
            raise Http404
        targets = {str(target.pk): target for target in Target.objects.all()}
        error = ""
        if request.method == "POST":
            target = targets.get(request.POST.get("target", ""))
            if target is not None:
                return self._send_to(request, delivery, target)
            error = "Choose a target."
        context = self.admin_site.each_context(request) | {
            "title": f"Send {delivery} again", "opts": self.opts, "row": delivery,
            "is_open": delivery.state in ("held", "waiting"),
            "targets": list(targets.values()), "error": error,
        }  # fmt: skip
        return TemplateResponse(request, "deliveries/send_again.html", context)

    def _send_to(self, request: HttpRequest, delivery: Delivery, target: Target) -> HttpResponse:
        settled = outbox.send_again([delivery.pk], who=request.user.get_username(), now=timezone.now(), target=target)
        settle.tell(request, settled)
        shown = settled.again.get(delivery.pk, delivery.pk)
        return HttpResponseRedirect(reverse("admin:deliveries_delivery_change", args=[shown]))

    @action(description="Give up", url_path="give-up", icon="delete_sweep", permissions=["give_up"])
    def give_up(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks why; `settle` does it."""
        chosen = Delivery.objects.filter(pk=self._number(request, object_id))
        return settle.ask(request, self.admin_site, "give_up", chosen)

    def _number(self, request: HttpRequest, object_id: str) -> int:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        return row.pk

    def has_give_up_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """For what is still owed, or ended badly and is not settled."""
        row = self.get_object(request, str(object_id)) if object_id is not None else None
        may = self.has_send_again_permission(request)
        return may and row is not None and (row.state == Delivery.State.WAITING or outbox.is_dead(row))

    @display(description="Number", ordering="id")
    def number(self, delivery: Delivery) -> str:
        return str(delivery)

    @display(description="Created", ordering="created_at")
    def created(self, delivery: Delivery) -> SafeString | str:
        return marks.moment(delivery.created_at, brief=True)

    @display(description="Says")
    def told(self, delivery: Delivery) -> SafeString | str:
        return words.kind(delivery) or words.status(delivery.status)

    @display(description="Title")
    def title_shown(self, delivery: Delivery) -> str:
        return delivery.title or marks.NOTHING

    @display(description="Severity")
    def severity_shown(self, delivery: Delivery) -> SafeString | str:
        return marks.severity(delivery.severity)

    @display(description="Target")
    def target_shown(self, delivery: Delivery) -> str:
        return delivery.target_name

    @display(description="Rule")
    def rule_shown(self, delivery: Delivery) -> str:
        return delivery.rule_name or marks.NOTHING

    @display(description="Status and reason", ordering="state")
    def state_shown(self, delivery: Delivery) -> SafeString:
        if not delivery.reason:
            return words.state(delivery)
        return format_html('{} <span class="ah-quiet">{}</span>', words.state(delivery), reasons.label(delivery.reason))

    @display(description="Attempts, last")
    def last_attempt(self, delivery: Any) -> SafeString | str:
        if not delivery.attempt_count:
            return "none yet"
        tried = marks.moment(delivery.last_tried_at, brief=True)
        return format_html('<span class="ah-nowrap">{} · {}</span>', delivery.attempt_count, tried)

    @display(description="Look")
    def look(self, delivery: Delivery) -> SafeString:
        """Opens beside the list; without JavaScript it leads to the page."""
        page = reverse("admin:deliveries_delivery_change", args=[delivery.pk])
        panel = reverse("admin:deliveries_delivery_panel", args=[delivery.pk])
        return format_html(
            '<a class="ah-choice" href="{}" data-panel="{}" aria-label="Look at {}">Look</a>', page, panel, delivery
        )
