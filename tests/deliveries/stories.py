"""Ready stories for the message tests: one alert or many, changed by keyword."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import Story

NOW = datetime(2026, 11, 23, 16, 7, tzinfo=UTC)
START = datetime(2026, 11, 23, 14, 2, 11, tzinfo=UTC)
TRAIL = "https://alerthub.example.com/d/42"


def an_alert(**changes: Any) -> IncomingAlert:
    alert = IncomingAlert(
        status="firing",
        labels={"alertname": "DiskFull", "severity": "critical", "instance": "db1:9100"},
        annotations={"summary": "Disk is full"},
        starts_at=START,
        ends_at=None,
        generator_url="http://prometheus.example.com/graph",
        fingerprint="9266ef3da838ad95",
    )
    return replace(alert, **changes)


def a_story(*alerts: IncomingAlert, **changes: Any) -> Story:
    story = Story(
        status="firing",
        severity="critical",
        alerts=alerts or (an_alert(),),
        source_name="production",
        rule_name="Databases",
        delivery_id=42,
        trail_url=TRAIL,
        external_url="http://alertmanager.example.com:9093",
        receiver="alerthub",
        group_labels={"alertname": "DiskFull"},
        truncated_alerts=0,
        now=NOW,
    )
    return replace(story, **changes)
