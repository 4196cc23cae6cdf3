"""What a template can use: plain texts, lists and dicts of one story, documented in docs/templates.md."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import Story
from deliveries.messages.words import duration

_MOST_ALERTS = 200


def context_of(story: Story) -> dict[str, Any]:
    alerts = [_alert(alert, story.now) for alert in story.alerts[:_MOST_ALERTS]]
    return {
        "status": story.status,
        "severity": story.severity,
        "alerts": alerts,
        "firing": [alert for alert in alerts if alert["status"] == "firing"],
        "resolved": [alert for alert in alerts if alert["status"] == "resolved"],
        "count": len(story.alerts),
        "labels": _common([alert.labels for alert in story.alerts]),
        "annotations": _common([alert.annotations for alert in story.alerts]),
        "group_labels": dict(story.group_labels),
        "receiver": story.receiver,
        "source": story.source_name,
        "rule": story.rule_name,
        "external_url": story.external_url,
        "trail_url": story.trail_url,
        "truncated": story.truncated_alerts,
    }


def _alert(alert: IncomingAlert, now: datetime) -> dict[str, Any]:
    return {
        "name": alert.name,
        "status": alert.status,
        "labels": dict(alert.labels),
        "annotations": dict(alert.annotations),
        "starts_at": _time(alert.starts_at),
        "ends_at": _time(alert.ends_at),
        "lasted": duration(alert.starts_at, alert.ends_at if alert.status == "resolved" else now),
        "url": alert.generator_url,
    }


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M UTC}" if moment else ""


def _common(all_of_them: list[dict[str, str]]) -> dict[str, str]:
    if not all_of_them:
        return {}
    first, *others = all_of_them
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
