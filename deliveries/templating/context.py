"""What a template can use: plain texts, lists and dicts of one story, documented in docs/templates.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import Story
from deliveries.messages.words import duration

_MOST_ALERTS = 200
_LONGEST_VALUE = 4_000  # characters of a label or annotation
_LARGEST = 500_000  # characters of all alerts together: a few enormous ones are told of with fewer beside them
# "values" and the like would be methods of a dict in a template.
_GRAFANA_FIELDS = {
    "value": "values",
    "dashboard_url": "dashboardURL",
    "panel_url": "panelURL",
    "silence_url": "silenceURL",
}


def context_of(story: Story) -> dict[str, Any]:
    alerts = _alerts(story)
    return {
        "status": story.status,
        "severity": story.severity,
        "alerts": alerts,
        "firing": [alert for alert in alerts if alert["status"] == "firing"],
        "resolved": [alert for alert in alerts if alert["status"] == "resolved"],
        "count": len(story.alerts),
        "labels": _cut(_common([alert.labels for alert in story.alerts])),
        "annotations": _cut(_common([alert.annotations for alert in story.alerts])),
        "group_labels": _cut(story.group_labels),
        "receiver": story.receiver,
        "source": story.source_name,
        "rule": story.rule_name,
        "external_url": story.external_url[:_LONGEST_VALUE],
        "trail_url": story.trail_url,
        "truncated": story.truncated_alerts,
    }


def _alerts(story: Story) -> list[dict[str, Any]]:
    """Those that fit; the first in any case."""
    found: list[dict[str, Any]] = []
    left = _LARGEST
    for alert in story.alerts[:_MOST_ALERTS]:
        one = _alert(alert, story.now)
        left -= sum(len(name) + len(value) for part in ("labels", "annotations") for name, value in one[part].items())
        if found and left < 0:
            break
        found.append(one)
    return found


def _alert(alert: IncomingAlert, now: datetime) -> dict[str, Any]:
    return {
        "name": alert.name[:_LONGEST_VALUE],
        "status": alert.status,
        "labels": _cut(alert.labels),
        "annotations": _cut(alert.annotations),
        "starts_at": _time(alert.starts_at),
        "ends_at": _time(alert.ends_at),
        "lasted": duration(alert.starts_at, alert.ends_at if alert.status == "resolved" else now),
        "url": alert.generator_url[:_LONGEST_VALUE],
        **{name: alert.grafana_fields.get(field, "")[:_LONGEST_VALUE] for name, field in _GRAFANA_FIELDS.items()},
    }


def _cut(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value[:_LONGEST_VALUE] for name, value in values.items()}


def _time(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M UTC}" if moment else ""


def _common(all_of_them: list[dict[str, str]]) -> dict[str, str]:
    if not all_of_them:
        return {}
    first, *others = all_of_them
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
