"""The one line that push notifications, the sidebar and the plain text show."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import details, identifying, notes, safe, words
from deliveries.messages.fit import cut, shorten, units
from deliveries.messages.identifying import Identity
from deliveries.messages.story import Story

NAMES_SHOWN = 3
_VALUES_SHOWN = 3
SUMMARIES_SHOWN = 3
_LONGEST_LABEL = 60  # units, its name included
_LONGEST_VALUE = 40
_READ_FIRST = 120  # characters
NAMELESS = "alert without a name"


@dataclass(frozen=True, slots=True)
class Line:
    """The line, and what it says in full, so that nothing below it says it again: labels (name, value), annotations."""

    text: str
    labels: frozenset[tuple[str, str]] = frozenset()
    notes: frozenset[str] = frozenset()


def line(story: Story, limit: int) -> Line:
    """At most limit UTF-16 units; the delivery's id at its end is never cut off."""
    tail = f" · {_marks(story)}"
    room = limit - units(tail)
    front = _front(story, room)
    found = front if units(front.text) <= room else Line(cut(_shortest(story), room))
    return replace(found, text=found.text + tail)


def marked(story: Story, text: str, limit: int) -> str:
    """Somebody's own line with AlertHub's marks at its end."""
    tail = f" · {_marks(story)}"
    return shorten(" ".join(text.split()), limit - units(tail)) + tail


def names_title(story: Story) -> str:
    """A card's title below somebody's own line, which may not name the alerts: plain text."""
    names = Counter(alert.name or NAMELESS for alert in story.alerts)
    shown = ", ".join(safe.title(name, 80) or NAMELESS for name in list(names)[:NAMES_SHOWN]) or "No alerts"
    others = _others(len(names) - NAMES_SHOWN)
    count = f" ({len(story.alerts)})" if len(story.alerts) > 1 else ""
    return f"{shown}{others}{count}"


def _shortest(story: Story) -> str:
    return "🧪 *TEST*" if story.is_test else f"{_state(story)} {len(story.alerts)}"


def _state(story: Story) -> str:
    return f"{words.emoji(story.status, story.severity)} *{'RESOLVED' if story.is_resolved else 'FIRING'}*"


def _front(story: Story, limit: int) -> Line:
    if story.is_test:
        works = f"{safe.name(story.rule_name or story.source_name) or 'this target'} works"
        return Line(f"🧪 *TEST* · AlertHub test message: if you can read this, {works}")
    start = f"{_state(story)}{_count(story)} · {words.severity(story.severity)} · "
    # Of a message that is edited in place: what fires is the news, as long as anything does.
    alerts = tuple(alert for alert in story.alerts if alert.status == story.status) or story.alerts
    lasted = _lasted(story)
    names = _names(alerts, limit - units(start) - units(lasted))
    room = limit - units(start) - units(names) - units(lasted)
    identities = identifying.identities([alert.labels for alert in alerts])
    # What is over is not told as if it were so: the card says what was.
    summary, said = ("", frozenset[str]()) if story.is_resolved else _summary(alerts, identities)
    which = _which([each for each in identities if not _is_in(each, summary)], room)
    room -= units(which.text) + units(" — ")
    told = safe.prose(summary, room) if room >= 20 else ""
    front = f"{start}{names}{' ' if which.text else ''}{which.text}{lasted}"
    if not told:
        return Line(front, which.labels)
    return Line(f"{front} — {told}", which.labels, said if _is_whole(summary, told) else frozenset())


def _is_whole(text: str, shown: str) -> bool:
    """Whether nothing of a text, its lines included, is missing in how it is shown."""
    return "\n" not in text.strip() and shown == safe.prose(text, units(shown) + len(text) + 2)


def which(alerts: Sequence[IncomingAlert], limit: int) -> str:
    """The labels that say which of several these are."""
    return _which(identifying.identities([alert.labels for alert in alerts]), limit).text


def _which(identities: Sequence[Identity], limit: int) -> Line:
    """As many as fit: `namespace=shop` `pod=web-1, web-2, web-3` +2."""
    shown: list[str] = []
    said: set[tuple[str, str]] = set()
    for identity in identities:
        values = identity.values[:_VALUES_SHOWN]
        longest = _LONGEST_VALUE if len(values) > 1 else _LONGEST_LABEL - units(identity.name) - 1
        label = safe.code(f"{identity.name}={', '.join(cut(value, longest) for value in values)}")
        rest = f" +{len(identity.values) - len(values)}" if len(identity.values) > len(values) else ""
        if units(label) + units(rest) + 1 > limit:
            continue
        shown.append(label + rest)
        limit -= units(label) + units(rest) + 1
        said |= {(identity.name, value) for value in values if units(value) <= longest}
    return Line(" ".join(shown), frozenset(said))


def _is_in(identity: Identity, summary: str) -> bool:
    """Whether the summary names it, the port aside: a push has no room to say it twice."""
    if identity.differs or len(identity.values[0]) < 2:
        return False
    value, text = identity.values[0], summary[:_READ_FIRST]
    # Most values are in no text at all, and a pattern for each would cost more than the rest of the message.
    return any(word in text for word in _words(value)) and _named_in(value).search(text) is not None


def _named_in(value: str) -> re.Pattern[str]:
    """Finds a value of a label in a text, or what stands before its port."""
    return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, _words(value)))})(?![\w-]|\.\w)")


def _words(value: str) -> list[str]:
    return [word for word in (value, value.rpartition(":")[0]) if word]


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
    for name, count in list(counts.items())[:NAMES_SHOWN]:
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


def _summary(alerts: tuple[IncomingAlert, ...], identities: Sequence[Identity]) -> tuple[str, frozenset[str]]:
    """What they all say, and the summaries that this tells.

    Where they differ, and no label says in what, what each of a few says; where one does, what they say but for that.
    """
    told = notes.summaries(alerts, SUMMARIES_SHOWN)
    if len(told) > 1 and (differing := [each.name for each in identities if each.differs]):
        return _but_for(differing, alerts)
    if len(told) > SUMMARIES_SHOWN:
        return "", frozenset()
    return " / ".join(one for one in told if one), frozenset(told) - {""}


def _but_for(names: Sequence[str], alerts: tuple[IncomingAlert, ...]) -> tuple[str, frozenset[str]]:
    """ "Disk of … fills up" of alerts that say it of the host that each is about; "" if they say more than that."""
    alike, said = "", set()
    for alert in alerts:
        summary = notes.summary(notes.notes_of(alert), (alert.name,))
        text = summary
        for value in (alert.labels.get(name, "") for name in names):
            if len(value) > 1 and value.rpartition(":")[0] in text:
                text = _named_in(value).sub("…", text)
        if not text or (alike and text != alike):
            return "", frozenset()
        alike = text
        said.add(summary)
    return alike, frozenset(said)


def _marks(story: Story) -> str:
    own = marks(story.delivery_id, story.possible_duplicate, words.late(story.owed_at, story.now))
    return own if story.resend_of is None else f"sent again (first as D-{story.resend_of}) · {own}"


def marks(delivery_id: int, possible_duplicate: int, late: str) -> str:
    """How every message ends: its id, before it what is not as it should be."""
    own = f"D-{delivery_id}"
    if possible_duplicate:
        own = f"possible duplicate (attempt {possible_duplicate}, {own})"
    return f"{late} · {own}" if late else own
