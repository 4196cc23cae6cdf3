"""Ready digests for the message tests, and a reader that finds the counts of a digest in the room again."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from deliveries.messages import Digest, Look, Told, render_digest
from tests.deliveries.stories import NOW, START

LIST = "https://alerthub.example.com/list"

_LINE = re.compile(r"\S+ \*\*(\d+) (?:more )?(`[^`]*`|[^*]+)\*\* · (.+)")
# One name: "🔴 DiskFull ×3 (1 resolved) · …", or with its severity "⚪ sev-7: Odd · …".
_OWN_LINE = re.compile(r"(\S+) (?:(`[^`]*`|[^`:]+): )?((?:`[^`]*`|[^`·])+?)(?: · .*)?")
_MARKS = "🔴🟠🔵⚪✅"
_SEVERITY_OF = {"🔴": "critical", "🟠": "warning", "🔵": "info"}
_ENTRY = re.compile(r"(`[^`]*`|[^`,×(]+?)(?: ×(\d+))?(?: \((?:(\d+) )?(resolved)\))?(?:, |$)")
_MORE = re.compile(r"\*\*\+(\d+) more kinds? \((\d+) alerts?\)\*\*")


def a_told(name: str = "DiskFull", severity: str = "critical", **changes: Any) -> Told:
    labels = {"alertname": name, "severity": severity, "instance": "db1:9100"}
    told = Told(name=name, severity=severity, status="firing", starts_at=START, ends_at=None, labels=labels)
    return replace(told, **changes)


def resolved(name: str = "DiskFull", severity: str = "critical", **changes: Any) -> Told:
    return a_told(name, severity, status="resolved", ends_at=START + timedelta(minutes=7), **changes)


def a_digest(*told: Told, **changes: Any) -> Digest:
    digest = Digest(
        told=told or (a_told(), a_told("HostDown", "warning")),
        message_count=2,
        oldest_at=NOW,
        delivery_id=99,
        list_url=LIST,
        now=NOW,
    )
    return replace(digest, **changes)


@dataclass(slots=True)
class Counts:
    """What a room can read out of the counts of a digest: alerts and resolved ones by (severity, name) as shown."""

    alerts: Counter[tuple[str, str]] = field(default_factory=Counter)
    resolved: Counter[tuple[str, str]] = field(default_factory=Counter)
    severities: dict[str, int] = field(default_factory=dict)
    more_kinds: int = 0
    more_alerts: int = 0

    @property
    def total(self) -> int:
        return self.alerts.total() + self.more_alerts


def counts_in(text: str, line_break: str = "  \n") -> Counts:
    """Read the counts of a digest's card: names on lines of their own, and those that share the line of their severity."""
    counts = Counts()
    for line in text.split(line_break):
        if more := _MORE.fullmatch(line):
            counts.more_kinds, counts.more_alerts = int(more[1]), int(more[2])
            continue
        if found := _LINE.fullmatch(line):
            severity, entries = found[2], found[3]
        elif line[:1] in _MARKS and (found := _OWN_LINE.fullmatch(line)):
            severity, entries = found[2] or _SEVERITY_OF[found[1]], found[3]
        else:
            break
        for name, count, some, any_resolved in _ENTRY.findall(entries):
            number = int(count or 1)
            counts.alerts[severity, name] += number
            counts.severities[severity] = counts.severities.get(severity, 0) + number
            counts.resolved[severity, name] += int(some or number) if any_resolved else 0
    return counts


def card(digest: Digest, limit: int = 5000) -> dict[str, Any]:
    [attachment] = render_digest(digest, Look(text_limit=limit))["attachments"]
    return dict(attachment)


def lines(digest: Digest, limit: int = 5000) -> list[str]:
    return str(card(digest, limit)["text"]).split("  \n")


def line(digest: Digest) -> str:
    return str(render_digest(digest, Look())["text"])


def on(number: int, **changes: Any) -> dict[str, Any]:
    return {"labels": {"instance": f"db{number}", "job": "node"}} | changes
