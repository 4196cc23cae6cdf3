"""What makes two alerts, groups or notifications the same: fingerprint, group key, receiver name, state; and why it was sent."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from deliveries.alertmanager.payload import Payload

_FNV_OFFSET = 0xCBF29CE484222325
_FNV_PRIME = 0x100000001B3
_FNV_MASK = 0xFFFFFFFFFFFFFFFF
_QUOTED = re.compile(r"\\([\\.+*?()|\[\]{}^$])")
_SPECIAL = re.compile(r"([\\.+*?()|\[\]{}^$])")


def fingerprint(labels: Mapping[str, str]) -> str:
    """Prometheus's own: 64-bit FNV-1a over the labels sorted by name, every name and value ended by 0xFF."""
    digest = _FNV_OFFSET
    parts = (part.encode("utf-8", "replace") for name in sorted(labels) for part in (name, labels[name]))
    for byte in b"".join(part + b"\xff" for part in parts):
        digest = (digest ^ byte) * _FNV_PRIME & _FNV_MASK
    return f"{digest:016x}"


def group_key(receiver: str, group_labels: Mapping[str, str]) -> str:
    """What is taken for a missing groupKey, in the same look: equal for the same receiver and group labels."""
    pairs = ", ".join(f"{name}={json.dumps(group_labels[name], ensure_ascii=False)}" for name in sorted(group_labels))
    return f"{receiver}:{{{pairs}}}"


def plain_receiver(quoted: str) -> str:
    """The receiver's name as written in alertmanager.yml: the payload carries it through regexp.QuoteMeta."""
    return _QUOTED.sub(r"\1", quoted) if "\\" in quoted else quoted


def quoted_receiver(plain: str) -> str:
    """The inverse: what Alertmanager's own page expects in its receiver filter."""
    return _SPECIAL.sub(r"\\\1", plain)


class State(NamedTuple):
    """What a notification says is so: two digests, equal when two Alertmanager peers tell the same.

    `shape` is which alerts of the group fire and which are resolved; `starts` is since when each does. They are apart
    because replicas that evaluate by themselves see the same alert begin some seconds apart.
    """

    shape: str
    starts: str


def state_of(payload: Payload) -> State:
    """Left out: externalURL and generatorURL (each peer or Prometheus names itself), annotations ({{ $value }} differs
    between Prometheus replicas, and Alertmanager itself never notifies for a changed annotation), endsAt (each peer
    takes its own from the last report) and notification_reason (see `is_repeat`).
    """
    alerts = sorted(
        (alert.fingerprint, alert.status, alert.starts_at.isoformat() if alert.starts_at else "")
        for alert in payload.alerts
    )
    told = [payload.receiver, payload.group_key, payload.truncated_alerts, [alert[:2] for alert in alerts]]
    return State(_digest(told), _digest([alert[2] for alert in alerts]))


def _digest(told: list[Any]) -> str:
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def is_repeat(payload: Payload) -> bool:
    """The sender itself (Alertmanager 0.32 and newer) says that only its repeat_interval made it send again."""
    return _reason(payload) == "repeat interval elapsed"


def says_that_it_begins(payload: Payload) -> bool:
    """The sender says that by its own log the receiver was not told yet that something of this fires.

    "first notification": nothing of the group fires by that log; "new alerts added" and "alerts unmuted": something
    does, but not all of it. "some alerts resolved" and "repeat interval elapsed" say that all of it was told as firing.
    None of them says of which moment that log was: a copy that comes late has the reason of what it is a copy of.
    """
    return _reason(payload) in ("first notification", "new alerts added", "alerts unmuted")


def _reason(payload: Payload) -> str:
    return payload.notification_reason.strip().lower()
