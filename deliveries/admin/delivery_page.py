"""What the page of a delivery tells, top to bottom: where it stands, what came, why here, what was sent, every attempt."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Case, Value, When
from django.http import HttpRequest

from deliveries.admin import alert_acts, alert_buttons, attempt, bubble, rule_then, standing, words
from deliveries.admin.alert_buttons import Buttons
from deliveries.admin.bubble import Bubble
from deliveries.admin.notification import labels_beside_name
from deliveries.figures import firing as figures
from deliveries.models import Attempt, Delivery, carried
from deliveries.send import stories
from routing import rulebook
from routing.admin import marks

log = logging.getLogger(__name__)

_ALERTS_SHOWN = 50
_CARRIED_SHOWN = 200
_ALERTS_READ = 200


def story(delivery: Delivery, now: datetime, request: HttpRequest) -> dict[str, Any]:
    attempts = attempt.newest(delivery)
    message, is_preview = _message(delivery, attempts, now)
    again = list(delivery.resends.order_by("id"))
    occurrences = list(delivery.occurrences.select_related("alert")[:_ALERTS_SHOWN])
    members = Delivery.objects.filter(carried_by=delivery).select_related(carried.CARRIERS).order_by("id")
    told_of = list(members[:_CARRIED_SHOWN])
    return {
        "standing": standing.of(delivery, now, next(iter(attempts), None)),
        "state": words.state(delivery),
        "status": words.status(delivery.status) if delivery.status else "",
        "severity": marks.severity(delivery.severity) if delivery.severity else "",
        "came": _came(delivery),
        "occurrences": [(one, labels_beside_name(one.alert)) for one in occurrences],
        "occurrence_count": len(occurrences) if len(occurrences) < _ALERTS_SHOWN else delivery.occurrences.count(),
        "rule_then": rule_then.of(delivery),
        "rule_history": rule_then.history_url(delivery),
        "message": message,
        "is_preview": is_preview,
        "attempts": attempt.lines(attempts),
        "buttons": _buttons(delivery, request),
        "sent_again": [one for one in again if one.asked_by],
        "copies": [one for one in again if not one.asked_by],
        "deeds": [(deed, marks.moment(deed.at)) for deed in delivery.interventions.order_by("id")],
        "carried": [(one, words.state(one), marks.severity(one.severity)) for one in told_of],
        "carried_count": len(told_of) if len(told_of) < _CARRIED_SHOWN else members.count(),
        "kind": words.kind(delivery),
        "created": marks.moment(delivery.created_at),
    }


def _buttons(delivery: Delivery, request: HttpRequest) -> Buttons | None:
    """For its alerts: where a chat's link leads, somebody wants to do something."""
    if not request.user.has_perm("deliveries.view_alert"):
        return None
    alerts = alert_acts.of_delivery(str(delivery.pk)).order_by("status", "-id")  # firing first
    acknowledged = Case(When(figures.acknowledged(), then=Value(1)), default=Value(0))
    some: list[Any] = list(alerts.annotate(is_acknowledged=acknowledged)[:_ALERTS_READ])
    return alert_buttons.of(some, request, sum(alert.is_acknowledged for alert in some))


def _came(delivery: Delivery) -> list[tuple[str, Any]]:
    """Facts about the notification; empty for what AlertHub or a person asked for."""
    notification = delivery.notification
    if notification is None:
        return []
    return [
        ("Notification", words.link(notification)),
        ("Source", notification.source_name),
        ("Received", marks.moment(notification.received_at)),
        ("Group", marks.code(notification.group_key)),
        ("Receiver", notification.receiver or marks.NOTHING),
        ("Alerts", f"{len(delivery.positions)} of the {notification.alert_count} in the notification"),
    ]


def _message(delivery: Delivery, attempts: Sequence[Attempt], now: datetime) -> tuple[Bubble | None, bool]:
    """What was sent last; if nothing was, what would be sent now, and True."""
    sent = attempt.last_sent(delivery, attempts)
    if sent is not None:
        return bubble.of_text(sent.sent), False
    try:
        return bubble.of(stories.body_of(delivery, delivery.target, now, wordings=rulebook.current().wordings)), True
    except Exception:
        # The page is where people look when something is wrong: it opens even then.
        log.exception("%s could not be rendered for its page.", delivery)
        return None, True
