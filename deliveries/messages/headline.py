"""The one line that push notifications, the sidebar and the plain fallback show."""

from __future__ import annotations

from collections import Counter

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import details, notes, safe, words
from deliveries.messages.fit import cut, shorten, units
from deliveries.messages.story import Story

_NAMES_SHOWN = 3
NAMELESS = "alert without a name"


def line(story: Story, limit: int) -> str:
    """At most limit UTF-16 units; the delivery's id at its end is never cut off."""
    tail = f" · {_marks(story)}"
    room = limit - units(tail)
    front = _front(story, room)
    return (front if units(front) <= room else cut(_shortest(story), room)) + tail


def marked(story: Story, text: str, limit: int) -> str:
    """Somebody's own line with AlertHub's marks at its end."""
    tail = f" · {_marks(story)}"
    return shorten(" ".join(text.split()), limit - units(tail)) + tail


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
    start = f"{_state(story)}{_count(story)} · {words.severity(story.severity)} · "
    # Of a message that is edited in place: what fires is the news, as long as anything does.
    alerts = tuple(alert for alert in story.alerts if alert.status == story.status) or story.alerts
    names = _names(alerts, limit - units(start))
    front = f"{start}{names}{_lasted(story)}"
    room = limit - units(front) - units(" — ")
    told = _told(alerts, room) if room >= 20 else ""
    return f"{front} — {told}" if told else front


def _count(story: Story) -> str:
    """ "(2 of 3 alerts)" where one message tells of firing and resolved alerts."""
    total = len(story.alerts)
    alike = sum(alert.status == story.status for alert in story.alerts)
    if 0 < alike < total:
        return f" ({alike} of {total} alerts)"
    return f" ({total})" if total > 1 else ""


def _lasted(story: Story) -> str:
    if not story.is_resolved:
        return ""
    if both := details.together(story):
        return f" ({_fired_and_resolved(story, both)})"
    if len(story.alerts) != 1:
        return ""
    lasted = words.duration(story.alerts[0].starts_at, story.alerts[0].ends_at)
    return f" (lasted {lasted})" if lasted else ""


def _fired_and_resolved(story: Story, both: frozenset[details.Episode]) -> str:
    """For a message that tells the firing and the resolved of all or some of its alerts."""
    told = [alert for alert in story.alerts if details.key(alert) in both]
    if len(told) < len(story.alerts):
        return f"{len(told)} of them fired meanwhile"
    starts = [alert.starts_at for alert in told if alert.starts_at]
    ends = [alert.ends_at for alert in told if alert.ends_at]
    return words.fired_and_resolved(min(starts, default=None), max(ends, default=None), story.now)


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
    told = list(dict.fromkeys(notes.summary(notes.notes_of(alert), alert.name) for alert in alerts))
    if len(told) == 1 and told[0]:
        return safe.prose(told[0], limit)
    if len(told) <= 3 and any(told):
        share = limit // len(told) - 3
        return " / ".join(safe.prose(one, share) for one in told if one) if share >= 20 else ""
    if len(alerts) != 1:
        return ""
    labels = [safe.code(f"{name}={value}", 60) for name, value in details.distinctive(alerts[0].labels).items()][:3]
    return " ".join(label for label in labels if label) if units(" ".join(labels)) <= limit else ""


def _marks(story: Story) -> str:
    own = marks(story.delivery_id, story.possible_duplicate, words.late(story.owed_at, story.now))
    return own if story.resend_of is None else f"sent again (first as D-{story.resend_of}) · {own}"


def marks(delivery_id: int, possible_duplicate: int, late: str) -> str:
    """How every message ends: its id, before it what is not as it should be."""
    own = f"D-{delivery_id}"
    if possible_duplicate:
        own = f"possible duplicate (attempt {possible_duplicate}, {own})"
    return f"{late} · {own}" if late else own
