"""The one line that push notifications, the sidebar and the plain fallback show."""

from __future__ import annotations

from collections import Counter

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import safe, words
from deliveries.messages.fit import cut, units
from deliveries.messages.story import Story

_NAMES_SHOWN = 3
NAMELESS = "alert without a name"


def line(story: Story, limit: int) -> str:
    """At most limit UTF-16 units; the delivery's id at its end is never cut off."""
    tail = f" · {_marks(story)}"
    room = limit - units(tail)
    front = _front(story, room)
    return (front if units(front) <= room else cut(_shortest(story), room)) + tail


def title(story: Story) -> str:
    """The card's title: plain text."""
    if story.is_test:
        return "AlertHub test message"
    names = Counter(alert.name or NAMELESS for alert in story.alerts)
    shown = ", ".join(safe.title(name, 80) or NAMELESS for name in list(names)[:_NAMES_SHOWN]) or "No alerts"
    others = _others(len(names) - _NAMES_SHOWN)
    count = f" ({len(story.alerts)})" if len(story.alerts) > 1 else ""
    return f"{shown}{others}{count}"


def _shortest(story: Story) -> str:
    return "🧪 *TEST*" if story.is_test else f"{_state(story)} {len(story.alerts)}"


def _state(story: Story) -> str:
    return f"{words.emoji(story.status, story.severity)} *{'RESOLVED' if story.is_resolved else 'FIRING'}*"


def _front(story: Story, limit: int) -> str:
    if story.is_test:
        works = f"{safe.name(story.rule_name or story.source_name) or 'this target'} works"
        return f"🧪 *TEST* · AlertHub test message: if you can read this, {works}"
    count = f" ({len(story.alerts)})" if len(story.alerts) > 1 else ""
    severity = safe.name(cut(safe.clean(story.severity), 40)) or "no severity"
    start = f"{_state(story)}{count} · {severity} · "
    names = _names(story.alerts, limit - units(start))
    front = f"{start}{names}{_lasted(story)}"
    room = limit - units(front) - units(" — ")
    told = _told(story.alerts, room) if room >= 20 else ""
    return f"{front} — {told}" if told else front


def _lasted(story: Story) -> str:
    if not story.is_resolved or len(story.alerts) != 1:
        return ""
    lasted = words.duration(story.alerts[0].starts_at, story.alerts[0].ends_at)
    return f" (lasted {lasted})" if lasted else ""


def _names(alerts: tuple[IncomingAlert, ...], limit: int) -> str:
    counts = Counter(alert.name for alert in alerts)
    several = len(counts) > 1
    shown: list[str] = []
    for name, count in list(counts.items())[:_NAMES_SHOWN]:
        word = (safe.name(name) or NAMELESS) + (f" ×{count}" if several and count > 1 else "")
        if units(word) + 2 > limit - 25:
            break
        shown.append(word)
        limit -= units(word) + 2
    rest = len(counts) - len(shown)
    if shown:
        shown[-1] += _others(rest)
    return ", ".join(shown) or cut("alerts", max(limit, 0))


def _others(count: int) -> str:
    if count < 1:
        return ""
    return f" and {count} other kinds" if count > 1 else " and 1 other kind"


def _told(alerts: tuple[IncomingAlert, ...], limit: int) -> str:
    """The summaries when they are few enough to say in one line, else which one it is."""
    told = list(dict.fromkeys(summary(alert.annotations) for alert in alerts))
    if len(told) == 1 and told[0]:
        return safe.prose(told[0], limit)
    if len(told) <= 3 and any(told):
        share = limit // len(told) - 3
        return " / ".join(safe.prose(one, share) for one in told if one) if share >= 20 else ""
    if len(alerts) != 1:
        return ""
    labels = [safe.code(f"{name}={value}", 60) for name, value in distinctive(alerts[0].labels).items()][:3]
    return " ".join(label for label in labels if label) if units(" ".join(labels)) <= limit else ""


def summary(notes: dict[str, str]) -> str:
    return notes.get("summary") or notes.get("message") or notes.get("description", "")


def distinctive(labels: dict[str, str]) -> dict[str, str]:
    """The labels that the headline does not already say."""
    return {name: value for name, value in labels.items() if name not in ("alertname", "severity")}


def _marks(story: Story) -> str:
    own = f"D-{story.delivery_id}"
    if story.possible_duplicate:
        own = f"possible duplicate (attempt {story.possible_duplicate}, {own})"
    return own if story.resend_of is None else f"sent again (first as D-{story.resend_of}) · {own}"
