"""read(): the body of one webhook request as a Payload."""

from __future__ import annotations

import re
from typing import Any

from deliveries.alertmanager import body as json_body
from deliveries.alertmanager import grafana, identity, times, values
from deliveries.alertmanager.malformed import Malformed
from deliveries.alertmanager.payload import IncomingAlert, Payload

MAX_ALERTS = 10_000

_FINGERPRINT = re.compile(r"[0-9A-Za-z_-]{1,64}")
_GROUP_KEYS = ("groupKey", "groupLabels", "commonLabels")


def read(body: bytes, content_type: str = "") -> Payload:
    """Raises Malformed when body is no notification; whatever else is odd becomes a default and a flag."""
    flags: set[str] = set()
    try:
        raw = json_body.parse(body, content_type, flags)
        if type(raw) is not dict:
            raise Malformed("prometheus_list" if _is_prometheus_list(raw) else "not_an_object")
        return _payload(raw, _alerts_of(raw, flags), flags)
    except RecursionError:  # some label values json can read but not write again
        raise Malformed("too_deep") from None


def _is_prometheus_list(raw: Any) -> bool:
    return type(raw) is list and bool(raw) and type(raw[0]) is dict and "labels" in raw[0]


def _alerts_of(raw: dict[str, Any], flags: set[str]) -> list[Any]:
    items = raw.get("alerts")
    if type(items) is list:
        if len(items) > MAX_ALERTS:
            raise Malformed("too_many_alerts", str(len(items)))
        return items
    if items is None and any(key in raw for key in _GROUP_KEYS):
        flags.add("alerts_missing")
        return []
    raise Malformed("no_alerts")


def _payload(raw: dict[str, Any], items: list[Any], flags: set[str]) -> Payload:
    alerts = tuple(_alert(item) for item in items if type(item) is dict)
    receiver = identity.plain_receiver(values.text(raw.get("receiver"), flags))
    group_labels = values.label_map(raw.get("groupLabels"), "labels_odd", flags)
    group_key = values.text(raw.get("groupKey"), flags)
    if not group_key:
        flags.add("group_key_computed")
        group_key = identity.group_key(receiver, group_labels)
    if len(alerts) < len(items):
        flags.add(f"alerts_skipped:{len(items) - len(alerts)}")
    return Payload(
        version=_version(raw, flags),
        group_key=group_key,
        receiver=receiver,
        status=_group_status(raw.get("status"), alerts, flags),
        truncated_alerts=values.count(raw.get("truncatedAlerts"), flags),
        notification_reason=values.text(raw.get("notification_reason"), flags),
        group_labels=group_labels,
        external_url=values.text(raw.get("externalURL"), flags),
        alerts=alerts,
        flags=tuple(sorted(flags)),  # last: arguments are evaluated in order, and those above add flags
    )


def _version(raw: dict[str, Any], flags: set[str]) -> str:
    version = raw.get("version")
    if version == "4":
        return "4"
    if type(version) is int:  # 4 and "4" mean the same to every reader
        version = str(version)
    if version == "1" and "orgId" in raw:
        flags.add("grafana")
    elif version != "4":
        flags.add("version_unknown")
    return values.text(version, flags)[:64]


def _group_status(value: Any, alerts: tuple[IncomingAlert, ...], flags: set[str]) -> str:
    status = values.status(value)
    if status:
        return status
    flags.add("status_unknown")
    return "resolved" if alerts and all(alert.status == "resolved" for alert in alerts) else "firing"


def _alert(raw: dict[str, Any]) -> IncomingAlert:
    flags: set[str] = set()
    labels = values.label_map(raw.get("labels"), "labels_odd", flags)
    annotations = values.label_map(raw.get("annotations"), "annotations_odd", flags)
    status = values.status(raw.get("status"))
    if not status:  # never drop what may be burning
        flags.add("status_unknown")
        status = "firing"
    starts_at = times.moment(raw.get("startsAt"), "starts_at_odd", flags)
    if starts_at is None:
        flags.add("starts_at_odd")
    ends_at = None
    if status == "resolved":  # while firing, endsAt is at most a promise
        ends_at = times.moment(raw.get("endsAt"), "ends_at_odd", flags)
        if ends_at is None:
            flags.add("ends_at_odd")
        elif starts_at is not None and ends_at < starts_at:
            flags.add("ends_before_start")
    fingerprint = raw.get("fingerprint")
    if type(fingerprint) is not str or _FINGERPRINT.fullmatch(fingerprint) is None:
        flags.add("fingerprint_computed")
        fingerprint = identity.fingerprint(labels)
    generator_url = values.text(raw.get("generatorURL"), flags)
    own_fields = grafana.fields(raw, flags) if "silenceURL" in raw or "valueString" in raw or "values" in raw else {}
    return IncomingAlert(
        status, labels, annotations, starts_at, ends_at, generator_url, fingerprint, tuple(sorted(flags)), own_fields
    )
