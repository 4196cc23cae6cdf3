"""The frozen values a notification is read into, and every flag that can say what was odd about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

# One flag is a name, or a name, a colon and a count ("alerts_skipped:3").
FLAGS = {
    "alerts_missing": "the notification names a group but carries no alerts list",
    "alerts_skipped": "entries of the alerts list were no objects and were left out",
    "annotations_odd": "annotations were not an object and were read as empty",
    "ends_at_odd": "endsAt could not be read or was missing on a resolved alert",
    "ends_before_start": "endsAt is earlier than startsAt",
    "fingerprint_computed": "the fingerprint was missing or odd and was computed from the labels",
    "grafana": "sent by Grafana's own alerting",
    "group_key_computed": "groupKey was missing and was made from the receiver and the group labels",
    "invalid_utf8": "the body was not valid UTF-8; unreadable bytes became U+FFFD",
    "labels_cut": "more than 200 labels or annotations; the rest was left out",
    "labels_odd": "labels were not an object and were read as empty",
    "name_truncated": "a label or annotation name was too long and was cut",
    "starts_at_odd": "startsAt was missing or could not be read",
    "status_unknown": "the status was neither firing nor resolved; an alert is then taken as firing",
    "text_repaired": "NUL or half a surrogate pair in a text became U+FFFD",
    "time_without_zone": "a time had no zone and was read as UTC",
    "truncated_alerts_odd": "truncatedAlerts was no count and was read as near as possible",
    "value_coerced": "a value that must be text was something else and was written as text",
    "value_truncated": "a value was longer than 64 KiB and was cut",
    "version_unknown": "the payload version is not one AlertHub knows",
}


@dataclass(frozen=True, slots=True)
class IncomingAlert:
    """One alert of a notification. Empty labels are left out: to Alertmanager an empty label is a missing one.

    A fingerprint has at most 64 characters. grafana_fields are what only Grafana sends, as texts by their name there.
    """

    status: str
    labels: dict[str, str]
    annotations: dict[str, str]
    starts_at: datetime | None
    ends_at: datetime | None
    generator_url: str
    fingerprint: str
    flags: tuple[str, ...] = ()
    grafana_fields: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Falco sends no alertname; what it calls a rule is one."""
        return self.labels.get("alertname") or self.labels.get("rule", "")


@dataclass(frozen=True, slots=True)
class Payload:
    """One notification as sent. Texts are raw: making them harmless for a screen is the renderer's work."""

    version: str
    group_key: str
    receiver: str
    status: str
    truncated_alerts: int
    notification_reason: str
    group_labels: dict[str, str]
    external_url: str
    alerts: tuple[IncomingAlert, ...]
    flags: tuple[str, ...] = ()
