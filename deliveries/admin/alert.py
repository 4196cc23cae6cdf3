"""Alerts: what fires now, the worst first, where it was told and who is at it; and the timeline of one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.forms.widgets import Script
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import MultipleRelatedDropdownFilter
from unfold.decorators import action, display

from deliveries import acknowledging
from deliveries.accept import ghosts
from deliveries.admin import alert_acts, alert_page, search, whereabouts, words
from deliveries.admin.alert_filters import AtItFilter, GroupFilter, KeyFilter, StatusFilter
from deliveries.admin.filters import SeverityFilter
from deliveries.admin.readonly import ReadOnly
from deliveries.admin.whereabouts import Whereabouts
from deliveries.messages.words import duration
from deliveries.models import Alert, carried
from routing.admin import marks
from routing.admin.declared import Unreadable
from routing.admin.forgiving import LONGEST_SEARCH
from routing.inputs import visible
from routing.rules.matchers.matcher import written
from routing.rules.severity import ORDER, rank

_CHIPS = 6
_LONGEST_CHIP = 60
_TARGETS_NAMED = 3
_WORST = Case(
    *(When(severity=word, then=Value(rank(word))) for word in ORDER),
    default=Value(rank("")),
    output_field=IntegerField(),
)


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    list_display = ["alert", "severity_shown", "since", "heard", "where", "attention", "source_name"]
    list_display_links = None
    list_select_related = ["source"]
    list_filter = [
        StatusFilter, SeverityFilter, AtItFilter, ("source", MultipleRelatedDropdownFilter), GroupFilter, KeyFilter,
    ]  # fmt: skip
    search_fields = ["name"]
    search_help_text = 'Alert name, labels (team="db" env="prod") or fingerprint'
    show_full_result_count = False
    change_form_template = "deliveries/alert.html"
    list_before_template = "deliveries/alerts_before.html"
    actions = ["acknowledge_chosen"]
    ordering = ("status", _WORST, "-starts_at", "-id")  # firing before resolved

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(js=[Script("deliveries/refresh.js", defer=True)])  # type: ignore[list-item]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Alert], search_term: str
    ) -> tuple[QuerySet[Alert], bool]:
        for term in search.terms(search_term):
            queryset = queryset.filter(pk__in=search.alerts(term).values("pk"))
        return queryset, False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """What a page of alerts needs besides the rows is read for all of them at once."""
        changelist = super().get_changelist_instance(request)
        found = whereabouts.of([alert.pk for alert in changelist.result_list])
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

    @display(description="Alert", ordering="name")
    def alert(self, alert: Alert) -> SafeString:
        page = reverse("admin:deliveries_alert_change", args=[alert.pk])
        name = format_html('<a class="ah-link ah-strong" href="{}">{}</a>', page, alert)
        resolved = format_html(" {}", words.status(alert.status)) if alert.status != "firing" else ""
        return format_html("{}{}{}", name, resolved, _chips(alert))

    @display(description="Severity", ordering=_WORST)
    def severity_shown(self, alert: Alert) -> SafeString | str:
        return marks.severity(alert.severity)

    @display(description="Since", ordering="starts_at")
    def since(self, alert: Alert) -> SafeString | str:
        start = alert.starts_at or alert.first_seen_at
        if alert.status == "closed":
            return format_html('{} <span class="ah-quiet">began</span>', marks.moment(start, brief=True))
        if alert.status == "resolved":
            lasted = duration(alert.starts_at, alert.ends_at)
            ended = marks.moment(alert.ends_at or alert.last_seen_at, brief=True)
            return format_html('{} <span class="ah-quiet">lasted {}</span>', ended, lasted) if lasted else ended
        return format_html("{}<br>{}", duration(start, timezone.now()) or "now", marks.moment(start, brief=True))

    @display(description="Last heard", ordering="last_seen_at")
    def heard(self, alert: Alert) -> SafeString | str:
        return marks.moment(alert.last_seen_at, brief=True)

    @display(description="Told to")
    def where(self, alert: Any) -> SafeString | str:
        return _told(alert.whereabouts)

    @display(description="Who is at it")
    def attention(self, alert: Any) -> SafeString | str:
        found: Whereabouts = alert.whereabouts
        parts = []
        if found.acknowledgement:
            parts.append(marks.badge(f"{found.acknowledgement.by} is at it", "blue", found.acknowledgement.comment))
        if found.kept_back and alert.status == "firing":
            parts.append(marks.badge(found.kept_back.get_outcome_display(), "orange", found.kept_back.why))
        if ghosts.is_unheard(alert, timezone.now()):
            parts.append(marks.badge("not heard of lately", "orange", alert_page.UNHEARD))
        return format_html_join(" ", "{}", ((part,) for part in parts)) or marks.NOTHING


def _chips(alert: Alert) -> SafeString:
    """Labels beside the name; a click looks for all that have them too."""
    shown = [(name, value) for name, value in alert.labels.items() if name not in ("alertname", "severity")][:_CHIPS]
    return format_html(
        '<span class="ah-labels">{}</span>',
        format_html_join(
            "",
            '<a class="ah-labelled" href="?{}" title="Alerts with this label">{}</a>',
            (
                (urlencode({"q": written(name, "=", value)}), f"{name}={value}"[:_LONGEST_CHIP])
                for name, value in shown
                if '"' not in value and "\\" not in value and len(written(name, "=", value)) <= LONGEST_SEARCH
            ),
        ),
    )


def _told(found: Whereabouts) -> SafeString | str:
    told = found.told
    if not told:
        return "nobody"
    shown = format_html_join(
        ", ",
        "{}{}",
        (
            (
                one.delivery.target_name,
                "" if carried.of(one.delivery) in carried.TOLD else format_html(" {}", words.state(one.delivery)),
            )
            for one in told[:_TARGETS_NAMED]
            if one.delivery is not None
        ),
    )
    more = len(told) - _TARGETS_NAMED
    return format_html("{} and {} more", shown, more) if more > 0 else shown
