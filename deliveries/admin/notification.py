"""Notifications: what came, what was decided for each alert, and the rules as they were then."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import MultipleRelatedDropdownFilter
from unfold.decorators import display

from deliveries.admin import rule_then, search, words
from deliveries.admin.filters import MomentRange, ReceivedRecently, StatusFilter
from deliveries.admin.readonly import ReadOnly
from deliveries.alertmanager import IncomingAlert
from deliveries.models import Alert, Delivery, Notification, Occurrence, carried
from deliveries.redaction import redact
from routing.admin import marks

_OCCURRENCES_SHOWN = 200
_BODY_SHOWN = 64 * 1024
# Indenting costs several times a body's size; a larger one is shown as it came.
_BODY_INDENTED = 512 * 1024


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    list_display = [
        "number", "received", "source_name", "told", "receiver", "group", "alert_count_shown", "state_shown", "same_as",
    ]  # fmt: skip
    list_filter = [
        ("state", StatusFilter),
        ("source", MultipleRelatedDropdownFilter),
        ReceivedRecently,
        ("received_at", MomentRange),
    ]
    search_fields = ["group_key"]
    search_help_text = 'Number (N-7), group, receiver, alert name, label (team="db") or fingerprint'
    change_form_template = "deliveries/notification.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        every = super().get_queryset(request)
        match = request.resolver_match
        # Bodies may be large; a list needs none.
        return every.defer("body") if match and (match.url_name or "").endswith("_changelist") else every

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Notification], search_term: str
    ) -> tuple[QuerySet[Notification], bool]:
        if (number := search.number(search_term)) is not None and queryset.filter(pk=number).exists():
            return queryset.filter(pk=number), False
        for term in search.terms(search_term):
            mentions = Occurrence.objects.filter(alert__in=search.alerts(term).values("pk")).order_by()
            named = Q(group_key__icontains=term) | Q(receiver__icontains=term) | Q(source_name__icontains=term)
            queryset = queryset.filter(named | Q(pk__in=mentions.values("notification_id")))
        return queryset, False

    def story(self, row: Notification, request: HttpRequest) -> dict[str, Any]:
        occurrences = row.occurrences.select_related("alert", "delivery").order_by("position", "id")
        text, is_cut = shown_body(bytes(row.body))
        return {
            "state": words.notification_state(row),
            "status": words.status(row.status),
            "sentence": _sentence(row),
            "facts": _facts(row),
            "occurrences": [(one, labels_beside_name(one.alert)) for one in occurrences[:_OCCURRENCES_SHOWN]],
            "occurrence_count": occurrences.count(),
            "deliveries": [
                (one, words.state(one)) for one in row.deliveries.select_related(carried.CARRIERS).order_by("id")
            ],
            "duplicates": list(row.duplicates.defer("body").order_by("id")[:50]),
            "flags": [words.flag(flag) for flag in row.flags],
            "rules_then": rule_then.shown(row.ruleset.content) if row.ruleset else [],
            "body": text,
            "body_is_cut": is_cut,
        }

    @display(description="Number", ordering="id")
    def number(self, notification: Notification) -> str:
        return str(notification)

    @display(description="Received", ordering="received_at")
    def received(self, notification: Notification) -> SafeString | str:
        return marks.moment(notification.received_at)

    @display(description="Says")
    def told(self, notification: Notification) -> SafeString | str:
        return words.status(notification.status)

    @display(description="Group")
    def group(self, notification: Notification) -> SafeString | str:
        return marks.code(notification.group_key[:120])

    @display(description="Alerts")
    def alert_count_shown(self, notification: Notification) -> str:
        return str(notification.alert_count)

    @display(description="Status")
    def state_shown(self, notification: Notification) -> SafeString:
        return words.notification_state(notification)

    @display(description="Duplicate of")
    def same_as(self, notification: Notification) -> SafeString | str:
        return f"N-{notification.duplicate_of_id}" if notification.duplicate_of_id else marks.NONE


def _sentence(row: Notification) -> str:
    """What became of it; a duplicate and an unread one are told by the page itself."""
    if row.state != Notification.State.ROUTED:
        return ""
    first = row.deliveries.filter(resend_of=None)
    numbers = dict(first.order_by().values_list("state").annotate(Count("id")))
    alerts = f"{row.alert_count} alert{'s' if row.alert_count != 1 else ''}"
    if not numbers:
        return f"Nobody was told about its {alerts}: the decisions below say why."
    made = sum(numbers.values())
    states = ", ".join(f"{number} {Delivery.State(state).said}" for state, number in sorted(numbers.items()))
    return f"Its {alerts} became {made} deliver{'ies' if made != 1 else 'y'}: {states}."


def labels_beside_name(alert: Alert | IncomingAlert) -> str:
    """What tells alerts of one name apart."""
    shown = [f"{name}={value}" for name, value in sorted(alert.labels.items()) if name not in ("alertname", "severity")]
    text = " ".join(shown)
    return text if len(text) <= 120 else f"{text[:119]}…"


def _facts(row: Notification) -> list[tuple[str, Any]]:
    cut = f" (and {row.truncated_alerts} more that Alertmanager left out)" if row.truncated_alerts else ""
    facts: list[tuple[str, Any]] = [
        ("Source", row.source_name),
        ("Received", marks.moment(row.received_at)),
        ("From", row.sender or marks.NOTHING),
        ("Receiver", row.receiver or marks.NOTHING),
        ("Group", marks.code(row.group_key)),
        ("Alerts", f"{row.alert_count}{cut}"),
    ]
    return [*facts, ("Why it was sent", row.reason)] if row.reason else facts


def shown_body(body: bytes) -> tuple[str, bool]:
    """The body as text for a page, indented if it is JSON of a moderate size, secrets taken out; True if it was cut."""
    text = body.decode("utf-8", "replace")
    if len(body) <= _BODY_INDENTED:
        try:
            text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
        except (ValueError, RecursionError):
            pass
    return redact(text[:_BODY_SHOWN]), len(text) > _BODY_SHOWN
