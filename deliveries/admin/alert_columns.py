"""The columns of the flat list of alerts."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, IntegerField, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

from deliveries.admin import alert_marks, words
from deliveries.messages.words import duration
from deliveries.models import Alert
from routing.admin import marks
from routing.rules.severity import ORDER, rank

WORST = Case(
    *(When(severity=word, then=Value(rank(word))) for word in ORDER),
    default=Value(rank("")),
    output_field=IntegerField(),
)


class AlertColumns:
    """Each alert has its `whereabouts`."""

    @display(description="Alert", ordering="name")
    def alert(self, alert: Alert) -> SafeString:
        page = reverse("admin:deliveries_alert_change", args=[alert.pk])
        name = format_html('<a class="ah-link ah-strong" href="{}">{}</a>', page, alert)
        resolved = format_html(" {}", words.status(alert.status)) if alert.status != "firing" else ""
        return format_html("{}{}{}", name, resolved, alert_marks.chips(alert.labels))

    @display(description="Severity", ordering=WORST)
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
        return alert_marks.told(alert.whereabouts)

    @display(description="Who is at it")
    def attention(self, alert: Any) -> SafeString | str:
        parts = alert_marks.badges(alert, alert.whereabouts, timezone.now())
        return format_html_join(" ", "{}", ((part,) for part in parts)) or marks.NONE
