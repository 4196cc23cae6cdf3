"""What is told of single alerts: times, labels and annotations, and what several alerts have alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import safe, words
from deliveries.messages.fit import units
from deliveries.messages.story import Story

IN_FULL = 5  # alerts; more are listed one a line
_LABELS_SHOWN = 12
_TOLD = ("summary", "message", "description")

Episode = tuple[str, datetime | None]


@dataclass(frozen=True, slots=True)
class Shared:
    """What several alerts have alike and a message says once; empty for a single alert, which owns all it says."""

    labels: dict[str, str]
    notes: dict[str, str]
    when: str


def key(alert: IncomingAlert) -> Episode:
    return alert.fingerprint, alert.starts_at


def together(story: Story) -> frozenset[Episode]:
    """Those of its resolved alerts whose firing the message tells too."""
    fired = {key(alert) for alert in story.fired_too}
    return frozenset(key(alert) for alert in story.alerts if alert.status == "resolved" and key(alert) in fired)


def time(alert: IncomingAlert, fired_too: frozenset[Episode], now: datetime) -> str:
    if key(alert) in fired_too:
        return words.fired_and_resolved(alert.starts_at, alert.ends_at, now)
    return words.when(alert, now)


def shared(alerts: tuple[IncomingAlert, ...], fired_too: frozenset[Episode], now: datetime) -> Shared:
    if len(alerts) < 2:
        return Shared({}, {}, "")
    labels, notes = dict(alerts[0].labels), {name: alerts[0].annotations.get(name, "") for name in _TOLD}
    for alert in alerts[1:]:
        labels = {name: value for name, value in labels.items() if alert.labels.get(name) == value}
        notes = {name: value for name, value in notes.items() if alert.annotations.get(name, "") == value}
    spans = {(alert.status, alert.starts_at, alert.ends_at, key(alert) in fired_too): alert for alert in alerts}
    if len(spans) > IN_FULL:  # starts apart by seconds within one minute are rare enough beyond this
        return Shared(labels, notes, "")
    times = {time(alert, fired_too, now) for alert in spans.values()}
    return Shared(labels, notes, times.pop() if len(times) == 1 else "")


def own(alert: IncomingAlert, alike: Shared) -> tuple[dict[str, str], dict[str, str]]:
    """The labels and annotations that are not said once for all."""
    labels = {name: value for name, value in alert.labels.items() if name not in alike.labels}
    return labels, {name: alert.annotations.get(name, "") for name in _TOLD if name not in alike.notes}


def summary(notes: Mapping[str, str]) -> str:
    return notes.get("summary") or notes.get("message") or notes.get("description", "")


def notes(told: Mapping[str, str], limit: int, line_break: str) -> list[str]:
    """Summary and description, each once."""
    first = summary(told)
    description = told.get("description", "")
    texts = [first, "" if description.strip() == first.strip() else description]
    shown = (safe.prose(text, min(1000, limit // 2), line_break) for text in texts if limit >= 40)
    return [text for text in shown if text]


def distinctive(labels: Mapping[str, str]) -> dict[str, str]:
    """The labels that the headline does not already say."""
    return {name: value for name, value in labels.items() if name not in ("alertname", "severity")}


def row(labels: Mapping[str, str], limit: int) -> str:
    """Labels as code, as many as fit."""
    shown: list[str] = []
    for name, value in labels.items():
        label = safe.code(f"{name}={value}")
        if len(shown) == _LABELS_SHOWN or units(label) + 14 > limit:
            shown.append(f"+{len(labels) - len(shown)} labels")
            break
        shown.append(label)
        limit -= units(label) + 1
    return " ".join(shown)
