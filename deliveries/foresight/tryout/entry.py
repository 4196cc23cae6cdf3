"""What a person wants to try: labels they typed, a body they pasted, or a notification that is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deliveries import alertmanager
from deliveries.alertmanager import Malformed, Payload
from deliveries.models import Notification
from routing.models import Source
from routing.rules import matchers


class Unreadable(ValueError):
    """str() says what to change."""


@dataclass(frozen=True, slots=True)
class Entry:
    """`body` is what the webhook would have received; `source_id` from whom, None: it is not said."""

    body: bytes
    content_type: str
    source_name: str
    payload: Payload
    source_id: int | None = None


def of_labels(text: str, status: str, now: datetime, source: Source | None = None) -> Entry:
    """One alert with these labels: a matcher a line, each with =. Raises Unreadable."""
    try:
        parsed = matchers.entered(text)
    except matchers.MatcherError as error:
        raise Unreadable(str(error)) from None
    if odd := next((each for each in parsed if each.op != "="), None):
        raise Unreadable(f'{odd}: an alert has values, so write labels with =, for example {odd.name}="…".')
    labels = {each.name: each.value for each in parsed}
    if len(labels) < len(parsed):
        raise Unreadable("A label is given twice. An alert has each label once.")
    if not labels:
        raise Unreadable('Write at least one label, for example alertname="DiskFull".')
    return of_alert(labels, status, now, source)


def of_alert(labels: Mapping[str, str], status: str, now: datetime, source: Source | None = None) -> Entry:
    """One alert with these labels that began, or ended, at `now`."""
    moment = now.isoformat()
    alert = {"status": status, "labels": dict(labels), "annotations": {}, "startsAt": moment, "endsAt": moment}
    told = {"version": "4", "status": status, "groupLabels": {}, "groupKey": "{}:{tryout}", "alerts": [alert]}
    return of_body(json.dumps(told).encode(), source=source)


def of_body(body: bytes, content_type: str = "application/json", source: Source | None = None) -> Entry:
    """What Alertmanager or Grafana would have posted, as `source`. Raises Unreadable."""
    name, number = (source.name, source.pk) if source is not None else ("", None)
    return Entry(body, content_type, name, _read(body, content_type), number)


def of_notification(notification: Notification) -> Entry:
    """As it came. Raises Unreadable, for one that cannot be read today either."""
    body, content_type = bytes(notification.body), notification.content_type
    return Entry(body, content_type, notification.source_name, _read(body, content_type), notification.source_id)


def _read(body: bytes, content_type: str) -> Payload:
    try:
        return alertmanager.read(body, content_type)
    except Malformed as error:
        raise Unreadable(str(error)) from None
