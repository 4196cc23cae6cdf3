"""What a template must be able to say before it can be saved: the alerts that come, and those that come rarely."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import Story
from deliveries.templating.context import context_of

_NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def contexts() -> Mapping[str, Mapping[str, Any]]:
    """What it is -> what the template is given."""
    one = _alert("DiskFull", instance="db-1:9100", team="db")
    over = _alert("DiskFull", status="resolved", instance="db-1:9100", team="db")
    many = [_alert(f"Alert{number}", instance=f"host-{number}") for number in range(150)]
    odd = IncomingAlert("firing", {"alertname": "`*_<@all>\n| [x](y) {{ a }}", "": "x" * 3000}, {}, None, None, "", "1")
    return {
        "one alert that fires": context_of(_story(one)),
        "one alert that is resolved": context_of(_story(over, status="resolved")),
        "150 alerts": context_of(_story(*many)),
        "an alert without labels": context_of(_story(IncomingAlert("firing", {}, {}, None, None, "", "0"))),
        "labels with odd characters": context_of(_story(odd)),
    }


def _alert(name: str, status: str = "firing", **labels: str) -> IncomingAlert:
    told = {"summary": f"{name} happened", "description": "What it means.", "runbook_url": "https://runbooks.example/1"}
    ends = _NOW if status == "resolved" else None
    named = {"alertname": name, "severity": "critical", **labels}
    return IncomingAlert(status, named, told, _NOW - timedelta(hours=1), ends, "https://prometheus.example/graph", name)


def _story(*alerts: IncomingAlert, status: str = "firing") -> Story:
    return Story(
        status=status,
        severity="critical",
        alerts=alerts,
        source_name="alertmanager",
        rule_name="Databases",
        delivery_id=1,
        trail_url="https://alerthub.example/admin/",
        external_url="https://alertmanager.example",
        receiver="alerthub",
        group_labels={"team": "db"},
        truncated_alerts=0,
        now=_NOW,
    )
