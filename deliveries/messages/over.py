"""The card of what is over: one line. When it was, what it said, which alerts the headline has not named, where to look."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from deliveries.alertmanager import IncomingAlert
from deliveries.messages import details, headline, identifying, links, notes, safe, words
from deliveries.messages.fit import units
from deliveries.messages.headline import Line
from deliveries.messages.story import Story

_BETWEEN = " · "
_LONGEST_SUMMARY = 200  # units
_LONGEST_LIST = 600


def text(story: Story, line: Line, limit: int) -> str:
    """At most limit UTF-16 units."""
    parts = [_when(story), _was(story.alerts, min(_LONGEST_SUMMARY, limit // 3)), _others(story, line, limit)]
    if story.truncated_alerts:
        parts.append(details.cut_off(story.truncated_alerts))
    shown: list[str] = []
    for part in parts:
        if part and units(part) + units(_BETWEEN) <= limit:
            shown.append(part)
            limit -= units(part) + units(_BETWEEN)
    return _BETWEEN.join(part for part in (*shown, links.line(story, limit)) if part)


def was(told: notes.Notes) -> str:
    """What an alert that is over said: never so that it reads as if it were so."""
    summary = notes.summary(told)
    return f"was: {safe.prose(summary, _LONGEST_SUMMARY)}" if summary else ""


def _when(story: Story) -> str:
    """What the headline does not say: it has how long a single one lasted, or both times of what it tells together."""
    both = details.together(story)
    if both and len(both) == len({details.key(alert) for alert in story.alerts}):
        return ""
    starts = [alert.starts_at for alert in story.alerts if alert.starts_at]
    ends = [alert.ends_at for alert in story.alerts if alert.ends_at]
    span = words.span(_first(starts), max(ends, default=None), story.now)
    if not both:
        return span
    which = headline.which([alert for alert in story.alerts if details.key(alert) in both], _LONGEST_LIST)
    return f"{span}{_BETWEEN}fired meanwhile: {which}" if which else span


def _first(moments: list[datetime]) -> datetime | None:
    return min(moments, default=None)


def _was(alerts: tuple[IncomingAlert, ...], limit: int) -> str:
    told = [one for one in notes.summaries(alerts, headline.SUMMARIES_SHOWN) if one]
    shown = " / ".join(told[: headline.SUMMARIES_SHOWN])
    more = " / …" if len(told) > headline.SUMMARIES_SHOWN else ""
    return f"was: {safe.prose(shown, limit)}{more}" if shown else ""


def _others(story: Story, line: Line, limit: int) -> str:
    """Names and values of labels for which the headline had no room: of what is over, all is named."""
    names = list(Counter(alert.name for alert in story.alerts))[headline.NAMES_SHOWN :]
    parts = [safe.name(name) or headline.NAMELESS for name in names]
    for each in identifying.identities([alert.labels for alert in story.alerts]):
        left = [value for value in each.values if (each.name, value) not in line.labels]
        parts += [safe.code(f"{each.name}={', '.join(left)}", _LONGEST_LIST)] if left else []
    told = ", ".join(parts)
    room = min(_LONGEST_LIST, limit // 2)
    while units(told) > room and parts:
        parts.pop()
        told = ", ".join([*parts, "…"])
    return f"also {told}" if parts else ""
