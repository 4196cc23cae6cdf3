"""What Alertmanager sends and what Rocket.Chat must get: every payload has the message of the same name."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deliveries.alertmanager import read
from deliveries.messages import Look, Story, render

PAYLOADS = Path(__file__).parents[2] / "payloads"
MESSAGES = PAYLOADS.parent / "messages"
NAMES = sorted(path.stem for path in PAYLOADS.glob("*.json"))
NOW = datetime(2026, 11, 23, 16, 7, tzinfo=UTC)


def told(name: str) -> Story:
    payload = read((PAYLOADS / f"{name}.json").read_bytes())
    alerts = tuple(alert for alert in payload.alerts if alert.status == payload.status)
    return Story(
        status=payload.status,
        severity=alerts[0].labels.get("severity", "").lower(),
        alerts=alerts,
        source_name="production",
        rule_name="Everything",
        delivery_id=42,
        trail_url="https://alerthub.example.com/admin/deliveries/delivery/42/change/",
        external_url=payload.external_url,
        receiver=payload.receiver,
        group_labels=payload.group_labels,
        truncated_alerts=payload.truncated_alerts,
        now=NOW,
    )


def test_every_payload_has_its_message() -> None:
    assert sorted(path.stem for path in MESSAGES.glob("*.json")) == NAMES
    assert NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_payload_becomes_its_message(name: str) -> None:
    expected = json.loads((MESSAGES / f"{name}.json").read_text(encoding="utf-8"))
    assert render(told(name), Look()) == expected
