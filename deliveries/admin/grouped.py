"""Groups of alerts that fire, as a line each: since when, where they were told, who is at them, what they share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from deliveries.admin import alert_marks, leading, shared
from deliveries.admin.alert_marks import Label
from deliveries.figures import groups as read
from deliveries.figures.burning import By, Group
from deliveries.figures.groups import Sampled
from deliveries.messages import notes
from deliveries.messages.words import duration
from deliveries.models import Alert, Delivery, carried
from routing.admin import marks

Targets = Mapping[str, set[str]]
TONES = {"critical": "red", "warning": "orange", "info": "blue"}
_TARGETS_NAMED = 2
_PEOPLE_NAMED = 2
_LONGEST_NAME = 120
_LONGEST_SUMMARY = 300
_LABELS_ASKED = 12
_NAMELESS = {"name": "(no alert name)", "group": "(no group)", "label": "(without this label)"}


@dataclass(frozen=True, slots=True)
class Line:
    """One group, in words. `key` and `by` name it in forms and addresses; `only` is the id of what is alone in it."""

    group: Group
    by: str
    key: str
    name: str
    severity: SafeString | str
    tone: str
    since: str
    heard: SafeString | str
    told: str
    people: str
    link: str
    silence: str
    summary: str
    labels: list[Label]
    label_names: frozenset[str]
    runbook: str
    only: int | None


def lines(
    groups: Sequence[Group], by: By, now: datetime, only: QuerySet[Alert] | None = None, *, with_labels: bool = True
) -> list[Line]:
    """Two to four statements, however many groups there are and however large they are."""
    if not groups:
        return []
    keys = [group.key for group in groups]
    sampled = read.sample(by, keys, only)
    told, names = read.told(sampled), read.titles(by, keys)
    some: dict[Any, list[Sampled]] = {key: [] for key in keys}
    for one in sampled:
        some[one.key].append(one)
    same: Mapping[Any, dict[str, str]] = _same(groups, by, some, only) if with_labels else {}
    return [
        _line(
            group, by, names.get(group.key, ""), some[group.key], same.get(group.key, {}), told.get(group.key, {}), now
        )
        for group in groups
        if some[group.key]  # it fired a moment ago
    ]


def address(**asked: Any) -> str:
    """The list of alerts, narrowed."""
    query = urlencode(asked, doseq=True)
    return f"{reverse('admin:deliveries_alert_changelist')}{'?' if query else ''}{query}"


def cut(text: str, longest: int = _LONGEST_NAME) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _same(
    groups: Sequence[Group], by: By, some: dict[Any, list[Sampled]], only: QuerySet[Alert] | None
) -> dict[Any, dict[str, str]]:
    """By group, the labels that all of it has: those of what was read, and of larger groups what the database confirms."""
    same = {key: shared.labels([one.labels for one in read_of_it]) for key, read_of_it in some.items()}
    larger = [group.key for group in groups if group.count > len(some[group.key])]
    if larger:
        asked = Counter(name for key in larger for name in same[key] if name != "severity")
        names = [name for name, _ in asked.most_common(_LABELS_ASKED)]
        confirmed = read.constant(by, larger, names, only)
        for key in larger:
            same[key] = {name: value for name, value in same[key].items() if confirmed.get(key, {}).get(name) == value}
    return same


def _line(
    group: Group, by: By, name: str, some: list[Sampled], same: dict[str, str], told: Targets, now: datetime
) -> Line:
    key = "" if group.key is None else str(group.key)
    asked = {"group": by.word, "key": key}
    return Line(
        group=group,
        by=by.word,
        key=key,
        name=cut(name) or _NAMELESS[by.what],
        severity=marks.severity(cut(group.severity, 30)),
        tone=TONES.get(group.severity, "plain"),
        since=duration(group.since, now) or "a moment",
        heard=marks.moment(group.heard, brief=True),
        told=_told(group, told),
        people=_people(group, some),
        link=address(**asked),
        silence=f"{reverse('admin:deliveries_alert_silence_chosen')}?{urlencode(asked)}",
        summary=_summary(some),
        labels=_labels(same, by, key),
        label_names=frozenset(name for one in some for name in one.labels),
        runbook=leading.runbook(one.annotations for one in some),
        only=some[0].pk if group.count == 1 else None,
    )


def _labels(same: dict[str, str], by: By, key: str) -> list[Label]:
    """What all of them have in common and the line does not say yet."""
    said = {"severity", by.label} if by.what == "label" else {"severity"}
    if same.get("alertname") == key:
        said.add("alertname")
    return alert_marks.labels(same, said)


def _summary(some: list[Sampled]) -> str:
    """What they say; of several sentences the newest alert's, as an example."""
    told = Counter(notes.summary(one.annotations) for one in some)
    first = cut(notes.summary(some[0].annotations), _LONGEST_SUMMARY)
    return f"Such as: {first}" if first and len(told) > 1 else first


def _told(group: Group, told: Targets) -> str:
    """ "told to ops, web (held) and 2 more": the targets, with what became of it where that is not known to be well."""
    if not told:
        return "told to nobody"
    named = [f"{cut(name, 40)}{_state(states)}" for name, states in list(told.items())[:_TARGETS_NAMED]]
    more = len(told) - len(named)
    shown = "told to " + ", ".join(named) + (f" and {more} more" if more else "")
    return shown + (f"; {group.untold} of {group.count} to nobody" if group.untold else "")


def _state(states: set[str]) -> str:
    """The worst of them, in brackets; nothing where all are in the room."""
    for state in (Delivery.State.REJECTED, Delivery.State.EXPIRED, Delivery.State.HELD, Delivery.State.WAITING):
        if state in states:
            return f" ({state.said})"
    return "" if states & set(carried.TOLD) else " (on its way)"


def _people(group: Group, some: list[Sampled]) -> str:
    """ "ann at it", "ann at 3 of 8"."""
    people = list(dict.fromkeys(one.person for one in some if one.person))
    if not people:
        return "silenced" if group.silenced == group.count else "nobody at it"
    named = [cut(person, 30) for person in people[:_PEOPLE_NAMED]]
    more = len(people) - len(named)
    who = ", ".join(named) + (f" and {more} more" if more else "")
    return f"{who} at it" if group.acknowledged == group.count else f"{who} at {group.acknowledged} of {group.count}"
