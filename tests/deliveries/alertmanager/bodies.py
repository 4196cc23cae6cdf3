"""A normal notification, changed by keyword, and what came of reading it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from deliveries.alertmanager import IncomingAlert, Malformed, Payload, read

ALERT = {
    "status": "firing",
    "labels": {"alertname": "DiskFull", "severity": "warning"},
    "annotations": {"summary": "Disk is full"},
    "startsAt": "2026-11-23T14:02:11.123456789Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "http://prometheus/graph",
    "fingerprint": "9266ef3da838ad95",
}
BODY = {
    "version": "4",
    "groupKey": '{}:{alertname="DiskFull"}',
    "truncatedAlerts": 0,
    "receiver": "alerthub",
    "status": "firing",
    "alerts": [ALERT],
    "groupLabels": {"alertname": "DiskFull"},
    "commonLabels": {"alertname": "DiskFull", "severity": "warning"},
    "commonAnnotations": {"summary": "Disk is full"},
    "externalURL": "http://alertmanager:9093",
}


def sent(**changes: Any) -> Payload:
    return read(json.dumps({**BODY, **changes}).encode())


def without(key: str) -> Payload:
    return read(json.dumps({name: value for name, value in BODY.items() if name != key}).encode())


def alert(**changes: Any) -> IncomingAlert:
    return sent(alerts=[{**ALERT, **changes}]).alerts[0]


def refusal(body: bytes) -> Malformed:
    with pytest.raises(Malformed) as caught:
        read(body)
    return caught.value


def outcome(body: bytes) -> str:
    try:
        read(body)
    except Malformed as refused:
        return refused.reason
    return "read"
