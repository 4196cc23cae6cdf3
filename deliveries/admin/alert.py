"""Alerts: what fires now, the worst first, where it was told and who is at it; and the timeline of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms.widgets import Script
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from unfold.contrib.filters.admin import MultipleRelatedDropdownFilter
from unfold.decorators import action

from deliveries import acknowledging
from deliveries.admin import alert_acts, alert_page, search, whereabouts
from deliveries.admin.alert_columns import WORST, AlertColumns
from deliveries.admin.alert_filters import AtItFilter, GroupFilter, KeyFilter, StatusFilter
from deliveries.admin.alert_list import AlertList
from deliveries.admin.filters import SeverityFilter
from deliveries.admin.readonly import ReadOnly
from deliveries.admin.whereabouts import Whereabouts
from deliveries.models import Alert
from routing.admin.declared import Unreadable
from routing.inputs import visible


@admin.register(Alert)
class AlertAdmin(AlertColumns, ReadOnly):
    list_display = ["alert", "severity_shown", "since", "heard", "where", "attention", "source_name"]
    list_display_links = None
    list_select_related = ["source"]
    list_filter = [
        StatusFilter, SeverityFilter, AtItFilter, ("source", MultipleRelatedDropdownFilter), GroupFilter, KeyFilter,
    ]  # fmt: skip
    search_fields = ["name"]
    search_help_text = 'Alert name, labels (team="db" env="prod") or fingerprint'
    show_full_result_count = False
    change_list_template = "deliveries/alerts.html"
    change_form_template = "deliveries/alert.html"
    list_before_template = "deliveries/alerts_before.html"
    actions = ["acknowledge_chosen"]
    ordering = ("status", WORST, "-starts_at", "-id")  # firing before resolved

    @property
    def media(self) -> forms.Media:
        scripts: list[Any] = [Script(f"deliveries/{name}.js", defer=True) for name in ("refresh", "alerts")]
        return super().media + forms.Media(js=scripts)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Alert], search_term: str
    ) -> tuple[QuerySet[Alert], bool]:
        for term in search.terms(search_term):
            queryset = queryset.filter(pk__in=search.alerts(term).values("pk"))
        return queryset, False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may = {
            "may_acknowledge": self.has_acknowledge_permission(request),
            "may_silence": request.user.has_perm("routing.add_silence"),
        }
        return super().changelist_view(request, may | (extra_context or {}))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return AlertList

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """What a page of alerts needs besides the rows is read for all of them at once."""
        changelist = super().get_changelist_instance(request)
        found = whereabouts.of([alert.pk for alert in changelist.result_list]) if changelist.result_list else {}
        for alert in changelist.result_list:
            alert.whereabouts = found.get(alert.pk, Whereabouts())
        return changelist

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        return [
            path("acknowledge/", wrap(self.acknowledge_several), name="deliveries_alert_acknowledge_chosen"),
            path("silence/", wrap(self.silence_several), name="deliveries_alert_silence_chosen"),
            path("<path:object_id>/acknowledge/", wrap(self.acknowledge), name="deliveries_alert_acknowledge"),
            path("<path:object_id>/withdraw/", wrap(self.withdraw), name="deliveries_alert_withdraw"),
            path("members/", wrap(self.members), name="deliveries_alert_members"),
            *super().get_urls(),
        ]

    def has_acknowledge_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("deliveries.acknowledge_alert")

    @action(description="Acknowledge", permissions=["acknowledge"])
    def acknowledge_chosen(self, request: HttpRequest, queryset: QuerySet[Alert]) -> None:
        ids = list(queryset.order_by().values_list("pk", flat=True)[:1000])
        done = acknowledging.acknowledge(ids, by=request.user.get_username(), now=timezone.now())
        told = f"{done} alert{'s' if done != 1 else ''} acknowledged."
        self.message_user(request, told if done == len(ids) else f"{told} The others were already, or fire no more.")

    def acknowledge_several(self, request: HttpRequest) -> HttpResponse:
        """A POST with groups or ticked alerts; the address narrows as that of the list does."""
        alert_page.needs_post_and_permission(request, may=self.has_acknowledge_permission(request))
        return alert_acts.acknowledge(request, self._narrowed(request))

    def silence_several(self, request: HttpRequest) -> HttpResponse:
        if not (self.has_view_permission(request) and request.user.has_perm("routing.add_silence")):
            raise PermissionDenied
        return alert_acts.silence(request, self._narrowed(request))

    def members(self, request: HttpRequest) -> HttpResponse:
        """The alerts of one group, as a part of the list that is loaded when somebody unfolds it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            changelist = self.get_changelist_instance(request)
        except Unreadable as error:
            raise Http404 from error
        return TemplateResponse(request, "deliveries/alert_members.html", {"cl": changelist})

    def _narrowed(self, request: HttpRequest) -> QuerySet[Alert]:
        try:
            return super().get_changelist_instance(request).queryset
        except Unreadable:
            return Alert.objects.none()

    def acknowledge(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A POST from the alert's page."""
        alert = self._asked(request, object_id)
        comment = visible.cleaned(request.POST.get("comment", "")).strip()
        done = acknowledging.acknowledge(
            [alert.pk], by=request.user.get_username(), comment=comment, now=timezone.now()
        )
        self.message_user(request, f"{alert} is acknowledged." if done else f"{alert} was already, or fires no more.")
        return HttpResponseRedirect(reverse("admin:deliveries_alert_change", args=[alert.pk]))

    def withdraw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        alert = self._asked(request, object_id)
        acknowledging.withdraw([alert.pk], by=request.user.get_username(), now=timezone.now())
        self.message_user(request, f"Nobody is at {alert} any more.")
        return HttpResponseRedirect(reverse("admin:deliveries_alert_change", args=[alert.pk]))

    def _asked(self, request: HttpRequest, object_id: str) -> Alert:
        alert_page.needs_post_and_permission(request, may=self.has_acknowledge_permission(request))
        alert = self.get_object(request, object_id)
        if alert is None:
            raise Http404
        return alert

    def story(self, row: Alert, request: HttpRequest) -> dict[str, Any]:
        return alert_page.story(row, request, may_acknowledge=self.has_acknowledge_permission(request))
