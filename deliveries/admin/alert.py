"""Alerts as last heard, and everything that became of them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import MultipleRelatedDropdownFilter, RadioFilter
from unfold.decorators import display

from deliveries.admin import search, words
from deliveries.admin.filters import SeverityFilter
from deliveries.admin.readonly import ReadOnly
from deliveries.models import Alert
from routing.admin import marks

_OCCURRENCES_SHOWN = 100


class StatusFilter(RadioFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("firing", "firing"), ("resolved", "resolved")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Alert]) -> QuerySet[Alert]:
        return queryset.filter(status=self.value()) if self.value() else queryset


@admin.register(Alert)
class AlertAdmin(ReadOnly):
    list_display = ["alert", "severity_shown", "told", "since", "source_name", "last_seen"]
    list_filter = [StatusFilter, SeverityFilter, ("source", MultipleRelatedDropdownFilter)]
    search_fields = ["name"]
    search_help_text = 'Alert name, label (team="db" or any text in labels) or fingerprint'
    change_form_template = "deliveries/alert.html"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Alert], search_term: str
    ) -> tuple[QuerySet[Alert], bool]:
        for term in search.terms(search_term):
            queryset = queryset.filter(pk__in=search.alerts(term).values("pk"))
        return queryset, False

    def story(self, row: Alert, request: HttpRequest) -> dict[str, Any]:
        occurrences = row.occurrences.select_related("notification", "delivery").order_by("-id")
        return {
            "status": words.status(row.status),
            "severity": marks.severity(row.severity),
            "labels": sorted(row.labels.items()),
            "annotations": sorted(row.annotations.items()),
            "link": row.generator_url if row.generator_url.startswith(("http://", "https://")) else "",
            "facts": [
                ("Source", row.source_name),
                ("Fingerprint", marks.code(row.fingerprint)),
                ("Started", marks.moment(row.starts_at)),
                ("Ended", marks.moment(row.ends_at)),
                ("First heard", marks.moment(row.first_seen_at)),
                ("Last heard", marks.moment(row.last_seen_at)),
            ],
            "occurrences": [
                (one, words.status(one.status), marks.moment(one.notification.received_at), _delivery_state(one))
                for one in occurrences.defer("notification__body")[:_OCCURRENCES_SHOWN]
            ],
            "occurrence_count": occurrences.count(),
        }

    @display(description="Alert", ordering="name")
    def alert(self, alert: Alert) -> str:
        return str(alert)

    @display(description="Severity")
    def severity_shown(self, alert: Alert) -> SafeString | str:
        return marks.severity(alert.severity)

    @display(description="Status")
    def told(self, alert: Alert) -> SafeString | str:
        return words.status(alert.status)

    @display(description="Since", ordering="starts_at")
    def since(self, alert: Alert) -> SafeString | str:
        return marks.moment(alert.ends_at if alert.status == "resolved" and alert.ends_at else alert.starts_at)

    @display(description="Last heard", ordering="last_seen_at")
    def last_seen(self, alert: Alert) -> SafeString | str:
        return marks.moment(alert.last_seen_at)


def _delivery_state(occurrence: Any) -> SafeString | str:
    return words.state(occurrence.delivery) if occurrence.delivery else ""
